"""The longest choice of places that keeps the order of the quotes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from vermeil.align._places import Place

_Chain = tuple[int, Place, "_Chain | None"]


def longest_in_order(candidates: Sequence[Sequence[Place]]) -> dict[int, Place]:
    """At most one place for each quote, without overlap and rising with the quotes' order, for as many as can be.

    `candidates[i]` holds the places of quote i, sorted. Where several choices are as long, the leftmost is taken.
    It is the patience method for increasing subsequences: `ends[c]` is the earliest place at which a choice
    of c + 1 quotes can end, so each new quote needs one look per place (or per length, where those are fewer).
    """
    ends: list[int] = []
    chains: list[_Chain] = []
    for index, places in enumerate(candidates):
        usable = places if len(places) <= len(ends) + 1 else _first_after_each(places, ends)
        # From the right, so that no quote is put after itself.
        for place in reversed(usable):
            count = bisect_right(ends, place.start)
            chain: _Chain = (index, place, chains[count - 1] if count else None)
            if count == len(ends):
                ends.append(place.end)
                chains.append(chain)
            elif place.end < ends[count]:
                ends[count], chains[count] = place.end, chain
    chosen: dict[int, Place] = {}
    link = chains[-1] if chains else None
    while link:
        index, place, link = link
        chosen[index] = place
    return chosen


def _first_after_each(places: Sequence[Place], ends: Sequence[int]) -> list[Place]:
    """Of very many places, those that could matter: the first one after each end."""
    starts = [place.start for place in places]
    wanted = {bisect_right(starts, end - 1) for end in (0, *ends)}
    return [places[k] for k in sorted(wanted) if k < len(places)]
