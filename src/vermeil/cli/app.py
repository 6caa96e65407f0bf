"""The program `vermeil`: its verbs, and how errors leave it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from vermeil import __version__
from vermeil.cli import (
    annotate,
    answers,
    batch,
    compare,
    demo,
    evaluate,
    export,
    list_,
    merge,
    predict,
    push,
    report,
    serve,
    train,
)
from vermeil.cli.terminal import complain, flush, out
from vermeil.errors import VermeilError
from vermeil.execute.interrupts import sigterm_is_ctrl_c

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong option; typer exports only its subclass."""

_CTRL_C, _SIGTERM = 130, 143
_KEEPING_NOTHING = ("answers", "evaluate", "export", "list", "merge", "push", "report")
"""Verbs that write their result at the end, or none."""

app = typer.Typer(
    name="vermeil",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Turn an LLM's labels (silver) and a few human ones (gold) into a small, fast model that you own.",
    epilog="Start with: [bold]vermeil demo[/bold]",
)
app.command("demo", epilog=demo.EXAMPLE)(demo.command)
app.command("annotate", epilog=annotate.EXAMPLE)(annotate.command)
app.add_typer(answers.app, name="answers")
app.add_typer(batch.app, name="batch")
app.command("merge", epilog=merge.EXAMPLE)(merge.command)
app.command("train", epilog=train.EXAMPLE)(train.command)
app.command("evaluate", epilog=evaluate.EXAMPLE)(evaluate.command)
app.command("predict", epilog=predict.EXAMPLE)(predict.command)
app.command("export", epilog=export.EXAMPLE)(export.command)
app.command("push", epilog=push.EXAMPLE)(push.command)
app.command("serve", epilog=serve.EXAMPLE)(serve.command)
app.command("compare", epilog=compare.EXAMPLE)(compare.command)
app.command("report", epilog=report.EXAMPLE)(report.command)
app.command("list", epilog=list_.EXAMPLE)(list_.command)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"vermeil {__version__}")
        raise typer.Exit


@app.callback()
def _vermeil(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options before the verb."""


def main() -> None:
    """Run the program.

    Exit code 0: done; 1: it failed; 2: something for the user to put right; 130: Ctrl-C; 143: SIGTERM, which is
    treated alike.
    """
    terminated = sigterm_is_ctrl_c()
    code = _exit_code()
    _drop_unwritten()
    sys.exit(_SIGTERM if code == _CTRL_C and terminated.is_set() else code)


def _exit_code() -> int:
    try:
        code: int = app(standalone_mode=False) or 0
        if code == _CTRL_C:  # what newer versions of typer make of it
            raise KeyboardInterrupt
        flush()
        return code
    except VermeilError as error:
        complain(str(error))
        return error.exit_code
    except UsageError as error:
        if error.format_message():  # else the help was printed, and says it all
            said = error.format_message().replace("Value error, ", "")  # pydantic's word, whom typer asks
            complain(f"{said} (vermeil --help, vermeil VERB --help)")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except BrokenPipeError:
        return 0  # `vermeil predict … | head` is no failure
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # what typer makes of it
            return 0
        raise
    except OSError as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # shutil.rmtree, struck while it closes, closes again
            return _stopped()
        raise


def _drop_unwritten() -> None:
    """Forget what could not be written: else Python tries again while it shuts down, and complains."""
    with suppress(ValueError):  # it is closed
        try:
            print(end="", flush=True)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stopped() -> int:
    verb = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    if verb in _KEEPING_NOTHING:
        complain(f"stopped; vermeil {verb} keeps nothing that is half done, and the same command starts anew")
    else:
        complain("stopped; answers, finished cells and training steps are kept, and the same command goes on from them")
    return _CTRL_C
