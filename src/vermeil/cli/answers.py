"""`vermeil answers`: look into the answer store, fill it, empty it into a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vermeil import llms
from vermeil.annotate.importing import export_answers, import_answers
from vermeil.annotate.store import AnswerStore
from vermeil.cli.options import Json
from vermeil.cli.terminal import out, print_json
from vermeil.errors import StoreError
from vermeil.settings import override
from vermeil.tasks import read_task

app = typer.Typer(no_args_is_help=True, help="Import, export and count the stored answers of LLMs.")

Store = Annotated[Path, typer.Option(help="Answer store.")]
STORE = Path("answers.db")


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
    """Keep answers that were recorded elsewhere, as if they had been asked for here."""
    llm_settings: dict[str, Any] = {}
    override(llm_settings, settings or ())
    with AnswerStore(store) as kept:
        imported = import_answers(answers, read_task(task), llms.llm(llm, **llm_settings), kept)
    print_json(asdict(imported)) if json else out.print(str(imported), markup=False)


@app.command("export", epilog="Example: [bold]vermeil answers export answers.jsonl --store answers.db[/bold]")
def export_command(
    answers: Annotated[Path, typer.Argument(help="JSONL file to write; - is standard output.")],
    store: Store = STORE,
) -> None:
    """Write every stored answer as JSONL, raw, with its prompt and settings."""
    with _existing(store) as kept:
        count = export_answers(kept, answers)
    if str(answers) != "-":
        out.print(f"{count:,} answers written to {answers}", markup=False)


@app.command("stats", epilog="Example: [bold]vermeil answers stats --json | jq .answers[/bold]")
def stats_command(store: Store = STORE, json: Json = False) -> None:
    """Count the stored answers by LLM."""
    with _existing(store) as kept:
        stats = kept.stats()
    print_json(asdict(stats)) if json else out.print(str(stats), markup=False)


def _existing(store: Path) -> AnswerStore:
    if not store.exists():
        raise StoreError(f"there is no answer store {store}; name one with --store, or make it with vermeil annotate")
    return AnswerStore(store)
