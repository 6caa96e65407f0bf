"""Write a comparison down: a page for people, Markdown for a repository, CSV for the next program."""

from __future__ import annotations

from pathlib import Path

from vermeil.compare import Comparison
from vermeil.errors import SettingsError
from vermeil.files import write_text
from vermeil.report.content import content
from vermeil.report.figures import figures
from vermeil.report.html import html
from vermeil.report.markdown import markdown
from vermeil.report.sheets import results, sheets
from vermeil.report.svg import standalone

TITLE = "Which labels, in which order?"


def report(comparison: Comparison, target: Path | str, *, title: str = TITLE, examples: int = 3) -> Path:
    """Write the report and return the path of its HTML page.

    Args:
        target: a file that ends in .html, for the page alone; else a folder for `report.html`, `report.md`,
            `results.csv`, and `figures/` with an SVG and a CSV each.
        examples: mistakes shown with their texts in the page, per kind and label; 0 keeps the texts of the test
            set out of it. They are never in the other files.

    Raises:
        MissingExtra: matplotlib is not installed.
        OutputError: a file cannot be written.
        SettingsError: `examples` is negative, or `target` names a file of another kind.
    """
    target = Path(target)
    if examples < 0:
        raise SettingsError(f"examples of mistakes are 0 or more, got {examples}")
    if target.suffix[1:].isalpha() and target.suffix != ".html" and not target.is_dir():
        raise SettingsError(f"a report is a folder or a file that ends in .html, got {target}")
    made = content(comparison, examples)
    drawn = figures(made)
    page = target if target.suffix == ".html" else target / "report.html"
    if page is not target:
        write_text(target / "report.md", markdown(made, drawn, title))
        write_text(target / "results.csv", results(made))
        for figure in drawn:
            write_text(target / "figures" / f"{figure.name}.svg", standalone(figure.svg, figure.alt))
        for name, text in sheets(made).items():
            write_text(target / "figures" / f"{name}.csv", text)
    write_text(page, html(made, drawn, title))
    return page
