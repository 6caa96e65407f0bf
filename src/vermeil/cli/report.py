"""`vermeil report`: a results folder as HTML, Markdown and CSV."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.options import Json
from vermeil.cli.terminal import counting, note, print_json, print_table
from vermeil.compare import Comparison, Costs, read_comparison
from vermeil.errors import SettingsError
from vermeil.report import report, table
from vermeil.settings import check

EXAMPLE = (
    "Example: [bold]vermeil report results/[/bold]; "
    "[bold]vermeil report results/ --gold-cost 0.5 --silver-cost 0.002 --currency EUR[/bold] weighs costs."
)


def command(
    results: Annotated[Path, typer.Argument(help="Folder that vermeil compare wrote.")],
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder, or one .html file, for the report; the results folder itself by default."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Heading of the page.", show_default=False)] = None,
    examples: Annotated[int, typer.Option(help="Mistakes shown with their texts, per kind and label; 0: none.")] = 3,
    gold_cost: Annotated[
        float | None, typer.Option(help="Price of one gold sentence; with --silver-cost.", show_default=False)
    ] = None,
    silver_cost: Annotated[
        float | None, typer.Option(help="Price of one answer of the teacher.", show_default=False)
    ] = None,
    currency: Annotated[str | None, typer.Option(help="How prices are written.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Write report.html, report.md, results.csv and the figures of a comparison, finished or not."""
    prices = {"gold": gold_cost, "silver": silver_cost, "currency": currency}
    given = {name: value for name, value in prices.items() if value is not None}
    if given and not {"gold", "silver"} <= given.keys():
        raise SettingsError("--gold-cost and --silver-cost go together: give both")
    comparison = read_comparison(results)
    if given:
        comparison = comparison.priced(check(given, Costs, "prices of labels"))
    dressed = {"title": title} if title else {}
    with counting("writing the report") as on_progress:
        written = report(comparison, out_folder or results, examples=examples, on_progress=on_progress, **dressed)
    if json:
        print_json(comparison.as_dict())
    else:
        show(comparison)
    note(f"written: {written}")


def show(comparison: Comparison) -> None:
    """The table, and what to know before believing it."""
    print_table(partial(table, comparison))
    for warning in comparison.warnings:
        note(f"note: {warning}")
