"""`vermeil answers`: look into the answer store, fill it, check it, empty it into a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vermeil import llms
from vermeil.annotate.importing import as_row, export_answers, import_answers
from vermeil.annotate.ledger import Ledger
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import Stored
from vermeil.cli.options import Json
from vermeil.cli.terminal import bar, note, out, print_json, working
from vermeil.counted import many
from vermeil.errors import SettingsError
from vermeil.settings import override
from vermeil.tasks import read_task

app = typer.Typer(no_args_is_help=True, help="Look at, check, import, export and forget the stored answers of LLMs.")

Store = Annotated[Path, typer.Option(help="Answer store.")]
STORE = Path("answers.db")


@app.command("stats", epilog="Example: [bold]vermeil answers stats --json | jq .ledger.unknown[/bold]")
def stats_command(store: Store = STORE, json: Json = False) -> None:
    """Count the stored answers by LLM, and what was asked for them: answered, failed, unknown, and its tokens.

    Unknown is what a killed run had under way: it may have been paid for. What waited for its turn when a run was
    stopped was not asked, and is counted apart.
    """
    with _existing(store) as kept, working("counting"):
        stats, ledger = kept.stats(), kept.ledger()
    if json:
        print_json(asdict(stats) | {"ledger": asdict(ledger)})
    else:
        out.print("\n".join([str(stats), *_ledger_lines(ledger)]), markup=False)


@app.command("show", epilog='Example: [bold]vermeil answers show "Ada Lovelace" --prompt --limit 1[/bold]')
def show_command(
    sought: Annotated[str, typer.Argument(help="Part of a text, or the beginning of a key.", show_default=False)] = "",
    store: Store = STORE,
    prompt: Annotated[bool, typer.Option("--prompt", help="Show what was asked, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most answers to show.")] = 10,
    json: Json = False,
) -> None:
    """Show stored answers raw, the newest first: when, by which LLM, to which text."""
    with _existing(store) as kept, working("searching"):
        found = list(kept.matching(sought, limit))
    if json:
        print_json([_shown_row(stored, prompt) for stored in found])
    else:
        out.print("\n\n".join(_shown(found, prompt)) or "no such answer", markup=False)


@app.command("export", epilog="Example: [bold]vermeil answers export answers.jsonl --store answers.db[/bold]")
def export_command(
    answers: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="File to write; - is standard output.")],
    store: Store = STORE,
    json: Json = False,
) -> None:
    """Write every stored answer as JSONL, raw, with its prompt and settings."""
    with _existing(store) as kept, bar("exporting", len(kept)) as advance:
        count = export_answers(kept, answers, advance)
    if str(answers) != "-":
        _say({"exported": count}, f"{many(count, 'answer')} written to {answers}", json)


@app.command(
    "import",
    epilog="Example: [bold]vermeil answers import answers.jsonl --task task.toml --llm openai:gpt-5-mini[/bold]",
)
def import_command(
    answers: Annotated[Path, typer.Argument(help='JSONL rows: {"text": …, "answer": the raw reply}.')],
    task: Annotated[Path, typer.Option(help="Task file: it gives the prompt that the answers belong to.")],
    llm: Annotated[str, typer.Option(help="ADAPTER:MODEL that gave the answers.")],
    store: Store = STORE,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Setting that they were given with: temperature=0."),
    ] = None,
    json: Json = False,
) -> None:
    """Keep answers that were recorded elsewhere, as if they had been asked for here: all of them, or none."""
    llm_settings: dict[str, Any] = {}
    override(llm_settings, settings or ())
    with AnswerStore(store) as kept, bar("importing", None) as advance:
        imported = import_answers(answers, read_task(task), llms.llm(llm, **llm_settings), kept, advance)
    _say(asdict(imported), str(imported), json)


@app.command("verify", epilog="Example: [bold]vermeil answers verify --store answers.db && echo sound[/bold]")
def verify_command(store: Store = STORE, json: Json = False) -> None:
    """Check the file, and every answer against its key; exit code 1 if anything is damaged."""
    with _existing(store) as kept:
        count = len(kept)
        with bar("checking", count) as advance:
            kept.verify(advance)
    _say({"answers": count, "sound": True}, f"{store} is sound: {many(count, 'answer')}", json)


@app.command("forget", epilog="Example: [bold]vermeil answers forget --key 6511746e --yes[/bold]")
def forget_command(
    llm: Annotated[str, typer.Option(help="Only answers of the LLM of this name.", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="Only answers under keys that begin like this.", show_default=False)] = "",
    store: Store = STORE,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask first.")] = False,
    json: Json = False,
) -> None:
    """Delete answers for good, so that the next run asks, and pays, for them again. Export them first."""
    with _existing(store) as kept:
        if (llm or key) and not (yes or _agreed(f"Delete answers from {store} that were paid for?")):
            note("nothing was deleted")
            raise typer.Exit(1)
        count = kept.forget(llm=llm, key=key)
    _say({"forgotten": count}, f"{many(count, 'answer')} forgotten", json)


def _agreed(question: str) -> bool:
    """No answer is a no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False


def _existing(store: Path) -> AnswerStore:
    if not store.exists():
        raise SettingsError(
            f"there is no answer store {store}; name one with --store, or make it with vermeil annotate"
        )
    return AnswerStore(store)


def _say(values: dict[str, Any], line: str, json: bool) -> None:
    print_json(values) if json else out.print(line, markup=False)


def _ledger_lines(ledger: Ledger) -> list[str]:
    lines = [str(ledger)] if ledger.attempts or ledger.unasked else []
    if ledger.unknown:
        words = ", ".join(repr(words) for words in ledger.unknown_words)
        lines.append(f"unknown, and perhaps paid for, since a run was killed: {words or 'texts that are not known'}")
    return lines


def _shown_row(stored: Stored, prompt: bool) -> dict[str, Any]:
    return {name: value for name, value in as_row(stored).items() if prompt or name not in ("prompt", "settings")}


def _shown(found: Iterable[Stored], prompt: bool) -> Iterable[str]:
    for stored in found:
        row = as_row(stored)
        yield f"{stored.key[:12]}  {stored.created}  {stored.llm}  attempt {stored.attempt}"
        if prompt:
            yield "\n\n".join(f"[{role}]\n{content}" for role, content in row["prompt"]["messages"])
        else:
            yield stored.text
        yield stored.body
