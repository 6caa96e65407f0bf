"""Spans that may not overlap: which of them stay."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from vermeil.data import Span


def apart(preferred: Iterable[Span]) -> tuple[Span, ...]:
    """The spans, the best one first, less those that overlap one before them; in the order of the text."""
    kept: list[Span] = []
    for span in preferred:
        at = bisect_left(kept, span)
        if (at == 0 or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            insort(kept, span)
    return tuple(kept)
