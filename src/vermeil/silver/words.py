"""Spans over words, as numbers: the tag of each word, and which of the spans it is in.

A tag's number is that of the students: 0 for O, then B- and I- of each label.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Span

Look = Literal["capital", "first capital", "capitals", "lower", "digits", "other"]
"""How a word looks that is in no span; "first capital" where every word begins so, at the start of a text."""

Places = Sequence[tuple[int, int]]
"""(start, end) of each word in its text, in order."""


class Covered(NamedTuple):
    """For each word its tag, and the number of its span; -1 where it is in none."""

    tags: NDArray[np.intp]
    spans: NDArray[np.intp]


def covered(places: Places, spans: Sequence[Span], labels: Sequence[str]) -> Covered:
    """The words that spans touch; of spans that overlap, a later one stands."""
    starts, ends = [start for start, _ in places], [end for _, end in places]
    tags, numbers = np.zeros(len(places), np.intp), np.full(len(places), -1, np.intp)
    for number, span in enumerate(spans):
        first, after = bisect_right(ends, span.start), bisect_left(starts, span.end)
        if first < after:
            begin = 1 + 2 * labels.index(span.label)
            tags[first:after], tags[first] = begin + 1, begin
            numbers[first:after] = number
    return Covered(tags, numbers)


def look(word: str, *, first: bool) -> Look:
    """How a word looks; scripts without capitals have one look, and then nothing is told apart by it."""
    if any(map(str.isdigit, word)):
        return "digits"
    if len(word) > 1 and word.isupper():
        return "capitals"
    if word[:1].isupper():
        return "first capital" if first else "capital"
    return "lower" if word[:1].islower() else "other"
