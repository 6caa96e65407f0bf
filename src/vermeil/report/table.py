"""The table of a comparison for the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from vermeil.compare import BASELINE, Comparison
from vermeil.report.lines import Line, lines
from vermeil.report.numbers import bounds, duration, known, money, percent, signed, times_gold
from vermeil.report.places import short_names
from vermeil.report.text import visible
from vermeil.report.words import mark, marks

_SHORT = {
    "precision": "P",
    "recall": "R",
    "calibration error": "ECE",
    "macro F1": "macro",
    "micro F1": "F1",
    "accuracy": "acc.",
    "exact match": "exact",
}


def table(comparison: Comparison) -> Table:
    """F1 or accuracy with its 95 % interval, figures beside it, gain, share of silver, time; the best on dev in bold.

    Columns that would say nothing (± for one seed, the gain where gold-only was not run) are left out.
    """
    rows = lines(comparison)
    shown = Table(
        box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, caption=_caption(comparison, rows), caption_justify="left"
    )
    names = short_names([row.condition for row in rows])
    columns = [_cells(row, names[row.name], comparison) for row in rows]
    used = [name for name in columns[0] if any(cells[name] for cells in columns)]
    for name in used:
        shown.add_column(name, justify="left" if name == "strategy" else "right", overflow="fold")
    for row, cells in zip(rows, columns, strict=True):
        # Text, not str: brackets in a user's name for a strategy are no markup.
        shown.add_row(*(Text(cells[name]) for name in used), style="bold" if row.best else "")
    return shown


def _cells(row: Line, name: str, comparison: Comparison) -> dict[str, str]:
    return {
        "strategy": visible(name) + " ←" * row.best,
        **{_SHORT.get(head, head): known(row.beside[name]) for head, name in comparison.figures.beside.items()},
        _SHORT.get(comparison.figures.name, comparison.figures.name): percent(row.score.value),
        "95 %": bounds(row.score),
        "±": percent(row.spread) if row.spread is not None else "",
        "gain": f"{signed(row.against.value)} {mark(row)}".strip() if row.against else "",
        "× gold": times_gold(row.worth)[0] if row.worth and row.worth.used else "",
        "cost": visible(money(row.cost, comparison.costs)),
        "silver": f"{100 * row.share:.0f} %",
        "time": duration(row.seconds),
    }


def _caption(comparison: Comparison, rows: tuple[Line, ...]) -> str:
    steps = sorted({row.steps for row in rows})
    each = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    parts = [f"{each} steps each"]
    parts += ["← best on dev"] if any(row.best for row in rows) else []
    parts += [f"gain: {comparison.figures.name} points over {BASELINE}"] if any(row.against for row in rows) else []
    return "; ".join([*parts, *marks(comparison)])
