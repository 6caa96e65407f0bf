"""Quotes to spans: each quote gets one place in the text, or a reason why not.

LLMs list names in the order of the text, as a rule, so the longest choice of places in the order of the
list is fixed first; what is left takes the first free place. Three preferences keep names apart:

- a place inside a longer quote's place is a last resort (with "Paris Hilton" listed too, "Paris" is the other one),
- a place that matches letter by letter comes before one that matches after folding, and that before a fuzzy one,
- of equal quotes, the n-th has the n-th of the places that they got.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vermeil.align._folding import folded_name
from vermeil.align._order import longest_in_order
from vermeil.align._places import Place, Search
from vermeil.data import Lost, Span

_RANK = {"exact": 0, "normalised": 1, "fuzzy": 2}


@dataclass(frozen=True)
class Quote:
    """Words that an LLM says are in the text, their label, and how sure it is (0 to 1) if it said so."""

    text: str
    label: str
    confidence: float | None = None


@dataclass(frozen=True)
class Alignment:
    """The spans that were found, in order of their start, and the quotes that were not."""

    spans: tuple[Span, ...]
    lost: tuple[Lost, ...] = ()


def align(quotes: Iterable[Quote], text: str, *, ordered: bool = True) -> Alignment:
    """Give every quote its place in the text.

    Args:
        ordered: the quotes come in the order of the text, as far as the LLM kept to it; False where they
            are known to be sorted otherwise (by label, say), so that each takes its first free place.
    """
    listed = tuple(quotes)
    if not listed:
        return Alignment(())
    board = _Board(listed, text)
    if ordered:
        board.take_in_order()
    for places_of in (board.own.__getitem__, board.inside.__getitem__, board.fuzzy):
        board.take_first_free(places_of)
    return board.result()


class _Board:
    """Which quote has which place, and which places are left."""

    def __init__(self, quotes: Sequence[Quote], text: str) -> None:
        self._quotes = quotes
        self._names = [quote.text.strip() for quote in quotes]
        self._search = Search(text)
        self._taken: dict[int, Place] = {}
        self._by_start: list[tuple[int, int, int]] = []  # start, end, quote
        self._listed: dict[str, int] = {}
        for name in filter(None, self._names):
            self._listed[name] = self._listed.get(name, 0) + 1
        self.own, self.inside = _set_apart({n: self._search_for(n, count) for n, count in self._listed.items()})

    def _search_for(self, name: str, count: int) -> list[Place]:
        places = self._search.exact(name, count)
        if len(places) < count:
            places += self._search.normalised(name, count)
        return sorted(places)

    def take_in_order(self) -> None:
        """Fix the longest choice that keeps the order of the list."""
        best = {name: _best(self.own[name], count) for name, count in self._listed.items()}
        candidates = [best.get(name, []) for name in self._names]
        for index, place in longest_in_order(candidates).items():
            self._take(index, place)

    def take_first_free(self, places_of: Callable[[str], Sequence[Place]]) -> None:
        """Every quote without a place takes the first of `places_of` it that overlaps nothing."""
        if len(self._taken) == len(self._names):
            return
        tried: dict[str, Iterator[Place]] = {}  # equal quotes go on where the last one stopped
        for index, name in enumerate(self._names):
            if index in self._taken or not name:
                continue
            if name not in tried:
                tried[name] = iter(places_of(name))
            place = next((place for place in tried[name] if self._overlapping(place) is None), None)
            if place:
                self._take(index, place)

    def fuzzy(self, name: str) -> list[Place]:
        """Fuzzy places, for names that have no other."""
        return [] if self.own[name] or self.inside[name] else self._search.fuzzy(name)

    def result(self) -> Alignment:
        """The spans, and the reasons for the rest."""
        spans = [
            Span(place.start, place.end, self._quotes[i].label, place.found, self._quotes[i].confidence)
            for i, place in self._in_turn().items()
        ]
        rest = [i for i in range(len(self._quotes)) if i not in self._taken]
        why = {name: self._why(name) for name in {self._names[i] for i in rest}}
        lost = [Lost(self._quotes[i].text, self._quotes[i].label, why[self._names[i]]) for i in rest]
        return Alignment(tuple(sorted(spans)), tuple(lost))

    def _take(self, index: int, place: Place) -> None:
        self._taken[index] = place
        entry = (place.start, place.end, index)
        self._by_start.insert(bisect_left(self._by_start, entry), entry)

    def _overlapping(self, place: Place) -> int | None:
        """The quote that has a part of this place."""
        after = bisect_left(self._by_start, (place.end,))
        if after and self._by_start[after - 1][1] > place.start:
            return self._by_start[after - 1][2]
        return None

    def _in_turn(self) -> dict[int, Place]:
        """The places of equal quotes, handed out in their order."""
        if len(self._listed) == len(self._names):
            return self._taken
        groups: dict[str, list[int]] = defaultdict(list)
        for index in sorted(self._taken):
            groups[self._names[index]].append(index)
        turns = ((group, sorted(self._taken[i] for i in group)) for group in groups.values())
        return {i: place for group, places in turns for i, place in zip(group, places, strict=True)}

    def _why(self, name: str) -> str:
        if not name:
            return "empty quote"
        places = [*self.own[name], *self.inside[name]] or self._search.fuzzy(name)
        if not places:
            return "cuts a word" if self._search.is_cut(name) else "not in the text"
        holders = [self._overlapping(place) for place in places]
        others = [h for h in holders if h is not None and folded_name(self._names[h]) != folded_name(name)]
        if len(others) < len(holders):
            count = len(holders) - len(others)
            return "occurs only once" if count == 1 else f"occurs only {count} times"
        quote = self._quotes[others[0]]
        return f"overlaps {quote.label} {quote.text!r}"


def _best(places: Sequence[Place], count: int) -> list[Place]:
    """The exact places, or all where those are too few."""
    exact = [place for place in places if place.found == "exact"]
    return exact if len(exact) >= count else list(places)


def _set_apart(found: dict[str, list[Place]]) -> tuple[dict[str, list[Place]], dict[str, list[Place]]]:
    """Places of a quote's own, and those inside (or better matched by) another quote's place."""
    own: dict[str, list[Place]] = {name: [] for name in found}
    inside: dict[str, list[Place]] = {name: [] for name in found}
    everything = [(p.start, -p.end, _RANK[p.found], k, p) for k, name in enumerate(found) for p in found[name]]
    names = list(found)
    covered, last, kind = 0, (0, 0, ""), own
    for _, _, _, k, place in sorted(everything):
        name = names[k]
        this = (place.start, place.end, folded_name(name))
        if this != last:  # other spellings of one name share their places
            kind = own if place.end > covered else inside
        kind[name].append(place)
        covered, last = max(covered, place.end), this
    return own, inside
