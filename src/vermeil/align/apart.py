"""Labels that cannot all be true of a text: which of them stay."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from vermeil.data import Kind, Span


def apart(preferred: Iterable[Span], kind: Kind = "spans") -> tuple[Span, ...]:
    """The labels, the best one first, less those that a text cannot have beside one before them; in their order.

    Spans may not overlap, and of classes a text has one, unless it may have several.
    """
    if kind == "classes":
        return tuple(sorted(dict.fromkeys(preferred)))
    kept: list[Span] = []
    for span in preferred:
        at = bisect_left(kept, span)
        if (at == 0 or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            insort(kept, span)
    return tuple(kept)
