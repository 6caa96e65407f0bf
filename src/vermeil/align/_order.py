"""The longest choice of places that keeps the order of the quotes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

from vermeil.align._places import Place

_FEW = 100  # places that are faster looked at than chosen from
_start = attrgetter("start")

_Chain = tuple[int, Place, "_Chain | None"]


def longest_in_order(candidates: Sequence[Sequence[Place]]) -> dict[int, Place]:
    """At most one place for each quote, without overlap and rising with the quotes' order, for as many as can be.

    `candidates[i]` holds the places of quote i, sorted; equal quotes share one list. Where several choices are as
    long, the leftmost is taken. It is the patience method for increasing subsequences: `ends[c]` is the earliest
    place at which a choice of c + 1 quotes can end, so each new quote needs one look per place (or per length,
    where those are fewer).
    """
    ends: list[int] = []
    chains: list[_Chain] = []
    usable: Sequence[Place]
    earlier: set[int] = set()  # where the last quote moved an end
    for index, places in enumerate(candidates):
        if index and places is candidates[index - 1] and len(places) > _FEW:
            usable = _first_after_each(places, [ends[count] for count in earlier])
        elif len(places) <= len(ends) + 1:
            usable = places
        else:
            usable = _first_after_each(places, [0, *ends])
        earlier = set()
        # From the right, so that no quote is put after itself.
        for place in reversed(usable):
            count = bisect_right(ends, place.start)
            if count < len(ends) and place.end >= ends[count]:
                continue
            ends[count : count + 1] = [place.end]
            chains[count : count + 1] = [(index, place, chains[count - 1] if count else None)]
            earlier.add(count)
    chosen: dict[int, Place] = {}
    link = chains[-1] if chains else None
    while link:
        index, place, link = link
        chosen[index] = place
    return chosen


def _first_after_each(places: Sequence[Place], ends: Iterable[int]) -> list[Place]:
    """Of very many places, those that could matter: the first one after each end."""
    wanted = {bisect_left(places, end, key=_start) for end in ends}
    return [places[k] for k in sorted(wanted) if k < len(places)]
