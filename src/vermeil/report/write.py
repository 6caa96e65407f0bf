"""Write a comparison down: a page for people, Markdown for a repository, CSV for the next program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vermeil.compare import Comparison, read_comparison
from vermeil.errors import SettingsError
from vermeil.files import replacing, write_text
from vermeil.report.content import Content, content, parts
from vermeil.report.figures import FIGURES, Figure, figures, pdf
from vermeil.report.html import html
from vermeil.report.markdown import markdown
from vermeil.report.sheets import results, sheets
from vermeil.report.svg import standalone

TITLE = "Which labels, in which order?"
FOLDER = "figures"


def report(
    comparison: Comparison | Path | str,
    target: Path | str,
    *,
    title: str = TITLE,
    examples: int = 3,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write the report and return the path of its HTML page.

    Args:
        comparison: or the folder of its results.
        target: a file that ends in .html, for the page alone; else a folder for `report.html`, `report.md`,
            `results.csv`, and `figures/` with an SVG, a PDF and a CSV each.
        examples: mistakes shown with their texts in the page, per kind and label; 0 keeps the texts of the test
            set out of it. They are never in the other files.
        on_progress: called with the parts of the work that are done, and how many there are.

    Raises:
        MissingExtra: matplotlib is not installed.
        OutputError: a file cannot be written.
        SettingsError: `examples` is negative, or `target` names a file of another kind.
    """
    target = Path(target)
    _check(target, examples)
    if not isinstance(comparison, Comparison):
        comparison = read_comparison(comparison)
    done, total = 0, parts(comparison) + 2 * len(FIGURES)  # drawn, and written

    def on_done(count: int) -> None:
        nonlocal done
        done += count
        on_progress(done, total)

    on_progress(0, total)
    made = content(comparison, examples, on_done)
    drawn = figures(made, on_done)
    numbers = {"results": results(made), **sheets(made)}
    page = target if target.suffix == ".html" else target / "report.html"
    if page is not target:
        _write_folder(target, made, drawn, numbers, title, on_done)
    write_text(page, html(made, drawn, numbers, title, beside="" if page is target else FOLDER))
    on_progress(total, total)
    return page


def _check(target: Path, examples: int) -> None:
    if examples < 0:
        raise SettingsError(f"examples of mistakes are 0 or more, got {examples}")
    if target.suffix[1:].isalpha() and target.suffix != ".html" and not target.is_dir():
        raise SettingsError(f"a report is a folder or a file that ends in .html, got {target}")


def _write_folder(
    folder: Path,
    made: Content,
    drawn: tuple[Figure, ...],
    numbers: dict[str, str],
    title: str,
    on_done: Callable[[int], None],
) -> None:
    write_text(folder / "report.md", markdown(made, drawn, title))
    write_text(folder / "results.csv", numbers["results"])
    for figure in drawn:
        write_text(folder / FOLDER / f"{figure.name}.svg", standalone(figure.svg, figure.alt))
        with replacing(folder / FOLDER / f"{figure.name}.pdf") as stream:
            stream.buffer.write(pdf(figure))
        on_done(1)
    for name, text in numbers.items():
        if name != "results":
            write_text(folder / FOLDER / f"{name}.csv", text)
