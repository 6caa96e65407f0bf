"""The table of a comparison for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
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
_BETWEEN = 3  # characters from one column to the next

_FIRST_TO_GO = ("time", *_SHORT.values(), "±", "silver", "× gold", "cost")
"""Columns that a narrow table does without, in this order; the score itself always stays."""


def table(comparison: Comparison, width: int | None = None) -> Table:
    """F1 or accuracy with its 95 % interval, figures beside it, gain, share of silver, time; the best on dev in bold.

    Columns that would say nothing (± for one seed, the gain where gold-only was not run) are left out.

    Args:
        width: characters in a line; columns that matter less give way to it, and the caption names them. None is as
            wide as it takes.
    """
    rows = lines(comparison)
    names = short_names([row.condition for row in rows])
    cells = [_cells(row, names[row.name], comparison) for row in rows]
    used = {name: max(cell_len(each[name]) for each in cells) for name in cells[0] if any(each[name] for each in cells)}
    gone = _too_many(used, _short(comparison.figures.name), width)
    shown = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        caption=_caption(comparison, rows, gone),
        caption_justify="left",
    )
    for name in (kept := [name for name in used if name not in gone]):
        first = name == "strategy"
        shown.add_column(name, justify="left" if first else "right", overflow="fold", no_wrap=not first)
    for row, each in zip(rows, cells, strict=True):
        # Text, not str: brackets in a user's name for a strategy are no markup.
        shown.add_row(*(Text(each[name]) for name in kept), style="bold" if row.best else "")
    return shown


def _too_many(used: Mapping[str, int], score: str, width: int | None) -> list[str]:
    """The columns that don't fit, of these with their widest cells."""
    gone: list[str] = []
    candidates = [name for name in _FIRST_TO_GO if name in used and name != score]
    while width is not None and candidates:
        needed = sum(max(wide, cell_len(name)) + _BETWEEN for name, wide in used.items() if name not in gone)
        if needed <= width:
            break
        gone.append(candidates.pop(0))
    return gone


def _short(figure: str) -> str:
    return _SHORT.get(figure, figure)


def _cells(row: Line, name: str, comparison: Comparison) -> dict[str, str]:
    return {
        "strategy": visible(name) + " ←" * row.best,
        **{_short(head): known(row.beside[name]) for head, name in comparison.figures.beside.items()},
        _short(comparison.figures.name): percent(row.score.value),
        "95 %": bounds(row.score),
        "±": percent(row.spread) if row.spread is not None else "",
        "gain": f"{signed(row.against.value)} {mark(row)}".strip() if row.against else "",
        "× gold": times_gold(row.worth)[0] if row.worth and row.worth.used else "",
        "cost": visible(money(row.cost, comparison.costs)),
        "silver": f"{100 * row.share:.0f} %",
        "time": duration(row.seconds),
    }


def _caption(comparison: Comparison, rows: tuple[Line, ...], gone: Sequence[str]) -> str:
    steps = sorted({row.steps for row in rows})
    each = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    parts = [f"{each} steps each"]
    parts += ["← best on dev"] if any(row.best for row in rows) else []
    parts += [f"gain: {comparison.figures.name} points over {BASELINE}"] if any(row.against for row in rows) else []
    parts += [f"not shown at this width: {', '.join(gone)}"] if gone else []
    return "; ".join([*parts, *marks(comparison)])
