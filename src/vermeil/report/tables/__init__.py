"""All tables of a report, those that its comparison has data for."""

from __future__ import annotations

from vermeil.report.tables.confusion import confusion
from vermeil.report.tables.contrasts import contrasts
from vermeil.report.tables.details import by_label, by_tests, price_list, rounds
from vermeil.report.tables.layout import Cell, Group, Table
from vermeil.report.tables.scores import pivots, scores, winners

__all__ = [
    "Cell",
    "Group",
    "Table",
    "by_label",
    "by_tests",
    "confusion",
    "contrasts",
    "pivots",
    "price_list",
    "rounds",
    "scores",
    "winners",
]
