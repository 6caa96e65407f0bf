"""A table as texts, which HTML and Markdown dress alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vermeil.evaluate.counts import ratio

Row = TypeVar("Row")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Args:
        small: a second line, such as an interval.
        shade: 0 to 10 for a colour behind it; -1 for none.
    """

    text: str
    small: str = ""
    shade: int = -1


@dataclass(frozen=True)
class Group:
    """Rows under one heading, which is empty where there is one group only.

    Args:
        best: the row that is marked, by its place.
    """

    heading: str
    rows: tuple[tuple[Cell, ...], ...]
    best: int | None = None


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        sheet: the name of the CSV that has its numbers in full; empty where another table has the same.
        folded: whether it is too long to be open from the start.
    """

    name: str
    title: str
    columns: tuple[Cell, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    sheet: str
    folded: bool = False

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(len(group.rows) for group in self.groups)


Columns = Sequence[tuple[str | Cell, Callable[[Row], Cell]]]
"""Heads, and what a row has beneath them."""


def laid_out(
    columns: Columns[Row], groups: Mapping[str, Sequence[Row]], best: Callable[[Row], bool] = lambda row: False
) -> tuple[tuple[Cell, ...], tuple[Group, ...]]:
    """Heads and groups; columns that would say nothing are left out."""
    cells = {heading: [[of(row) for _, of in columns] for row in rows] for heading, rows in groups.items()}
    every = [row for rows in cells.values() for row in rows]
    used = [at for at in range(len(columns)) if any(row[at].text for row in every)]
    heads = (columns[at][0] for at in used)
    return (
        tuple(Cell(head) if isinstance(head, str) else head for head in heads),
        tuple(
            Group(
                heading,
                tuple(tuple(row[at] for at in used) for row in rows),
                next((at for at, row in enumerate(groups[heading]) if best(row)), None),
            )
            for heading, rows in cells.items()
        ),
    )


def shade(value: float, low: float, high: float) -> int:
    """How dark a cell is: 0 for the lowest value of the table, 10 for the highest."""
    return round(10 * ratio(value - low, high - low))
