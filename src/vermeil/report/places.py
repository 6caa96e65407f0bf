"""Where rows stand in a grid: what varies, what stands beside what, and the shortest names that tell rows apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from vermeil.compare import BASELINE, Comparison, Condition, Row

_EMPTY: dict[str, Any] = {field.name: field.default for field in fields(Condition) if field.name != "strategy"}
AXES = tuple(_EMPTY)
"""All axes of a grid besides the strategy: teacher, sizes of gold and silver, student, whatever a condition has."""

MOST = 24
"""Rows of a figure, or of a table that isn't folded: more than a page can hold is not read."""


def varying(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The axes of which the conditions have more than one value; an empty one is no value."""
    conditions = tuple(conditions)
    return tuple(axis for axis in AXES if len({getattr(c, axis) for c in conditions} - {"", None}) > 1)


def short_names(conditions: Sequence[Condition]) -> dict[str, str]:
    """By name: the strategy, and only those axes that vary among these conditions."""
    shown = varying(conditions)
    hidden = {axis: empty for axis, empty in _EMPTY.items() if axis not in shown}
    return {condition.name: replace(condition, **hidden).name for condition in conditions}


def amount(size: int | str | None) -> str:
    """A size as tables write it: 1,000, all, or nothing."""
    return f"{size:,}" if isinstance(size, int) else size or ""


def beside(chosen: Row, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that could draw on the same labels with the same student: equal on each axis that both have.

    Beside a row that draws no gold stand those with the most gold that there is, as gold alone does.
    """
    at = chosen.condition
    if at.gold is None:
        at = replace(at, gold=max(rows, key=lambda row: row.gold).condition.gold)
    return tuple(row for row in rows if _alike(row.condition, at))


def within(condition: Condition, place: Condition) -> bool:
    """Whether it draws on no other labels, nor another student, than the place has: equal on each axis of its own."""
    return all(getattr(condition, axis) in ("", None, getattr(place, axis)) for axis in AXES)


def widest(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The places of a grid: conditions without their strategy that lie within no other one."""
    places = dict.fromkeys(replace(condition, strategy="") for condition in conditions)
    return tuple(p for p in places if not any(p != other and within(p, other) for other in places))


def _alike(one: Condition, other: Condition) -> bool:
    pairs = ((getattr(one, axis), getattr(other, axis)) for axis in AXES)
    return all(a == b or a in ("", None) or b in ("", None) for a, b in pairs)


def in_view(comparison: Comparison) -> tuple[Row, ...]:
    """The rows that figures show: all of a small comparison; of a grid those beside the one that is best on dev.

    Without a dev set, those beside the first row that has a value on the most axes: nothing is chosen by test.
    """
    rows = comparison.rows
    if len(rows) <= MOST:
        return rows
    chosen = comparison.best or max(rows, key=lambda row: sum(1 for axis in AXES if getattr(row.condition, axis)))
    near = beside(chosen, rows)
    must = [row for row in near if row is chosen or row.strategy == BASELINE][:MOST]
    others = [row for row in near if row not in must][: MOST - len(must)]
    kept = {row.name for row in (*must, *others)}
    return tuple(sorted((row for row in rows if row.name in kept), key=lambda row: row.strategy != BASELINE))
