"""Rows of like length side by side, so that little padding is computed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vermeil.students.transformer.rows import Row


def by_length(rows: Sequence[Row], budget: int) -> list[list[Row]]:
    """Groups of rows of like length, the longest first, of at most `budget` pieces with padding (or one row)."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: -len(row.ids)):
        if groups and (len(groups[-1]) + 1) * len(groups[-1][0].ids) <= budget:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def in_parts(rows: Sequence[Row], budget: int) -> list[list[Row]]:
    """The rows in order of their length, the longest first, in parts of at most `budget` pieces (or one row)."""
    parts: list[list[Row]] = []
    room = 0
    for row in sorted(rows, key=lambda row: -len(row.ids)):
        if parts and len(row.ids) <= room:
            parts[-1].append(row)
        else:
            parts.append([row])
            room = budget
        room -= len(row.ids)
    return parts


def inputs(group: Sequence[Row], padding: int) -> dict[str, NDArray[np.int64]]:
    """What the model is called with, rows x pieces; padding goes to the right."""
    lengths = np.fromiter((len(row.ids) for row in group), np.int64, len(group))
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, padding, np.int64)
    ids[mask] = np.fromiter(chain.from_iterable(row.ids for row in group), np.int64, lengths.sum())
    return {"input_ids": ids, "attention_mask": mask.astype(np.int64)}


def word_places(group: Sequence[Row]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and piece of each word's first piece in the group, row by row."""
    counts = [len(row.places) for row in group]
    places = np.fromiter(chain.from_iterable(row.places for row in group), np.intp, sum(counts))
    return np.repeat(np.arange(len(group)), counts), places
