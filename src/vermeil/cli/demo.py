"""`vermeil demo`: the whole job on the embedded corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.cells import CellBars
from vermeil.cli.terminal import highlighted, note, out
from vermeil.demo import Outcome, Silver, demo
from vermeil.demo.job import STRATEGIES
from vermeil.report import table

EXAMPLE = "Example: [bold]vermeil demo --out vermeil-demo[/bold]"


def command(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for all results.")] = Path("vermeil-demo"),
) -> None:
    """Annotate, train, compare, report and predict on the embedded corpus: no key, no network, about three minutes."""
    out.print("[bold]1. Annotate[/bold]: 800 texts, with the recorded answers of an LLM")
    with CellBars(len(STRATEGIES)) as progress:
        outcome = demo(
            out_folder,
            on_silver=_print_silver,
            on_progress=progress.on_progress,
            on_result=progress.on_result,
        )
    _print_outcome(outcome, out_folder)


def _print_silver(silver: Silver) -> None:
    out.print(f"   {silver.report}", markup=False)
    out.print(f"   {silver.calls} calls were made; against gold, these labels have F1 {100 * silver.scores.f1:.1f}")
    out.print(f"[bold]2. Train[/bold] a student with each of {len(STRATEGIES)} strategies, at equal steps")


def _print_outcome(outcome: Outcome, folder: Path) -> None:
    out.print("[bold]3. Compare[/bold] on 300 test sentences that no strategy has seen")
    out.print(table(outcome.comparison))
    out.print("[bold]4. Predict[/bold] with the model that is best on dev")
    out.print("   ", highlighted(outcome.labelled.text, outcome.labelled.labels))
    note(f"\nreport: {outcome.report}\nmodel: {outcome.model}\nlabels: {folder / 'silver.jsonl'}")
    note(
        "\nnext, on your own data (one text a line in raw.txt):\n"
        f"  1. say what is labelled in a copy of {folder / 'task.toml'}\n"
        "  2. vermeil annotate raw.txt --task task.toml --llm openai:MODEL --out silver.jsonl --plan\n"
        "     the same without --plan asks the LLM; its key comes from OPENAI_API_KEY\n"
        "  3. vermeil train --task task.toml --gold gold.conll --silver silver.jsonl --out model/"
    )
