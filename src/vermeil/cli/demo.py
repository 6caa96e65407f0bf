"""`vermeil demo`: the whole job on an embedded corpus."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.cells import CellBars
from vermeil.cli.terminal import highlighted, note, out, print_table
from vermeil.demo import Corpus, Outcome, Silver, corpora, demo
from vermeil.demo.corpus import DEFAULT
from vermeil.demo.job import STRATEGIES
from vermeil.report import table

EXAMPLE = "Example: [bold]vermeil demo --task classify[/bold]"


def command(
    task: Annotated[str, typer.Option(help=f"Which embedded corpus: {' or '.join(corpora())}.")] = DEFAULT,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for all results.", show_default="vermeil-demo[-TASK]")
    ] = None,
) -> None:
    """Annotate, train, compare, report and predict on an embedded corpus: no key, no network, about three minutes."""
    corpus = Corpus(task)
    folder = out_folder or corpus.job.out
    out.print(f"[bold]1. Annotate[/bold]: {corpus.job.about}, with the recorded answers of an LLM")
    with CellBars(len(STRATEGIES)) as progress:
        outcome = demo(
            folder,
            task=task,
            on_silver=_print_silver,
            on_progress=progress.on_progress,
            on_result=progress.on_result,
        )
    _print_outcome(outcome, folder)


def _print_silver(silver: Silver) -> None:
    out.print(f"   {silver.report}", markup=False)
    figure = f"{silver.scores.figures.name} {100 * silver.scores.value:.1f}"
    out.print(f"   {silver.calls} calls were made; against gold, these labels have {figure}")
    out.print(f"[bold]2. Train[/bold] a student with each of {len(STRATEGIES)} strategies, at equal steps")


def _print_outcome(outcome: Outcome, folder: Path) -> None:
    tested = len(next(iter(outcome.comparison)).results[0].scores.per_example)
    out.print(f"[bold]3. Compare[/bold] on {tested} test texts that no strategy has seen")
    print_table(partial(table, outcome.comparison))
    out.print("[bold]4. Predict[/bold] with the model that is best on dev")
    out.print("   ", highlighted(outcome.labelled.text, outcome.labelled.labels))
    note(
        "\nnext, on your own data (one text a line in raw.txt):\n"
        f"  1. say what is labelled in a copy of {folder / 'task.toml'}\n"
        "  2. vermeil annotate raw.txt --task task.toml --llm openai:MODEL --out silver.jsonl --plan\n"
        "     the same without --plan asks the LLM; its key comes from OPENAI_API_KEY\n"
        "  3. vermeil train --task task.toml --gold gold.jsonl --silver silver.jsonl --out model/"
    )
