"""The examples of a file as one dataset: what repeats is read once, what contradicts itself is told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from vermeil.data import Dataset, Example
from vermeil.errors import DataError
from vermeil.files import name_of

Placed = tuple[int, Example]
"""An example and the line of its file at which it starts."""

_log = logging.getLogger(__name__)


def gathered(path: str | Path, placed: Iterable[Placed]) -> tuple[Dataset, int]:
    """The dataset, and how many rows were whole repeats of an earlier one.

    Raises:
        DataError: an id stands for two texts or two sets of labels, or there is no text.
    """
    name = name_of(path)
    kept: list[Placed] = []
    seen: dict[str, Placed] = {}
    repeats = 0
    for line, example in placed:
        first, earlier = seen.setdefault(example.id, (line, example)) if example.id else (line, example)
        if earlier is not example:
            if repr(earlier) != repr(example):
                raise DataError(
                    f"{name}:{line}: the id {example.id!r} stands for another text or labels in line {first}; "
                    "make ids unique"
                )
            repeats += 1
            continue
        kept.append((line, example))
    if not kept:
        raise DataError(f"{name}: the file has no texts, only blank lines or comments")
    if repeats:
        _log.warning("%s: %s rows repeat an earlier one with its id; each was read once", name, f"{repeats:,}")
    if other := list(_contradictions(kept)):
        _log.warning(
            "%s: rows that give a text other classes than an earlier one: %s, such as %.60r in lines %d and %d; "
            "keep the right one",
            name,
            f"{len(other):,}",
            *other[0],
        )
    examples = tuple(example for _, example in kept)
    return Dataset(examples, name if name == "standard input" else Path(path).name), repeats


def _contradictions(placed: Iterable[Placed]) -> Iterator[tuple[str, int, int]]:
    """Texts that are in two rows with other classes: each with the lines of the first and the other one."""
    seen: dict[str, Placed] = {}
    for line, example in placed:
        if example.kind == "spans" or example.state not in ("labels", "empty"):
            continue
        first, earlier = seen.setdefault(example.text, (line, example))
        if earlier.classes != example.classes:
            yield example.text, first, line
