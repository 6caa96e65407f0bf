"""Which class is taken for which: a confusion matrix for each row."""

from __future__ import annotations

from collections.abc import Mapping

from vermeil.evaluate.counts import ratio
from vermeil.evaluate.shown import NONE, sides
from vermeil.report.content import Content
from vermeil.report.numbers import percent
from vermeil.report.places import MOST, short_names
from vermeil.report.tables.layout import Cell, Columns, Table, laid_out, shade
from vermeil.report.words import left_out

_Gold = tuple[str, Mapping[str, float]]
"""A gold class, and how many of its texts were given which class."""


def confusion(content: Content) -> Table | None:
    """A row for each gold class, a column for each predicted one; None where labels are no classes."""
    shown = [line for line in content.viewed if line.name in content.confusion]
    if not shown:
        return None
    gold, given = sides(pair for line in shown for pair in content.confusion[line.name])
    names = short_names([line.condition for line in shown])
    groups: dict[str, list[_Gold]] = {}
    for line in shown:
        counts = content.confusion[line.name]
        groups[names[line.name]] = [(name, {to: counts.get((name, to), 0.0) for to in given}) for name in gold]

    def cell(row: _Gold, to: str) -> Cell:
        count, part = row[1][to], ratio(row[1][to], sum(row[1].values()))
        return Cell(f"{count:,.1f}".removesuffix(".0"), f"{percent(part)} %", shade(part, 0, 1))

    columns: Columns[_Gold] = [
        ("gold \\ predicted", lambda row: Cell(row[0] or NONE)),
        *((to or NONE, lambda row, to=to: cell(row, to)) for to in given),
    ]
    heads, laid = laid_out(columns, groups)
    notes = ["each line is a gold class, each column what was predicted; beneath: the part of that gold class"]
    notes += ["means over seeds"] * content.several_seeds + [left_out(content)] * bool(left_out(content))
    folded = len(shown) * len(gold) > 2 * MOST
    return Table("confusion", "Which class is taken for which", heads, laid, tuple(notes), "confusion", folded)
