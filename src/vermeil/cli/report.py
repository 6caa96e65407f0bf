"""`vermeil report`: a results folder as HTML, Markdown and CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vermeil.cli.terminal import note, out, working
from vermeil.compare import read_comparison
from vermeil.report import report, table

EXAMPLE = "Example: [bold]vermeil report results/[/bold]"


def command(
    results: Annotated[Path, typer.Argument(help="Folder that vermeil compare wrote.")],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the report; the results folder itself by default.")
    ] = None,
) -> None:
    """Write report.html, report.md, results.csv and the figures of a comparison, finished or not."""
    with working("writing the report"):
        comparison = read_comparison(results)
        written = report(comparison, out_folder or results)
    out.print(table(comparison))
    note(f"written: {written}")
