"""Several readings as one: what they cost and could not use, and of their spans those that overlap no better one."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable

from vermeil.annotate.reading import Reading
from vermeil.data import Span


def together(readings: Collection[Reading]) -> Reading:
    """All but labels, votes and failures; what several of them lost counts once."""
    return Reading(
        lost=tuple(dict.fromkeys(item for reading in readings for item in reading.lost)),
        repaired=", ".join(dict.fromkeys(reading.repaired for reading in readings if reading.repaired)),
        tokens_in=sum(reading.tokens_in for reading in readings),
        tokens_out=sum(reading.tokens_out for reading in readings),
        cut=any(reading.cut for reading in readings),
        again=any(reading.again for reading in readings),
        stored=all(reading.stored for reading in readings),
    )


def apart(preferred: Iterable[Span]) -> tuple[Span, ...]:
    """The spans, the best one first, less those that overlap one before them; in the order of the text."""
    kept: list[Span] = []
    for span in preferred:
        at = bisect_left(kept, span)
        if (at == 0 or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            insort(kept, span)
    return tuple(kept)
