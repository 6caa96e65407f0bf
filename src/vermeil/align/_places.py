"""All places in one text at which a quote could stand."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from vermeil.align._boundaries import Cuts
from vermeil.align._effort import Effort
from vermeil.align._folding import Folded, fold, folded_name
from vermeil.align._words import Words
from vermeil.data import Found

_SHORT = 3
_MOST_PLACES = 1000  # for each quote, unless it is listed more often


class Place(NamedTuple):
    """A stretch of the text, and how it was found."""

    start: int
    end: int
    found: Found


class Search:
    """Looks for quotes in one text; what is costly is made once, and only when needed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cuts = Cuts(text)
        self._effort = Effort()
        self._inside_words: set[str] = set()
        self._fuzzy: dict[str, list[Place]] = {}

    def exact(self, quote: str, wanted: int = 1) -> list[Place]:
        """Letter by letter; at least `wanted` places where there are so many."""
        text, cuts, size = self._text, self._cuts, len(quote)
        places: list[Place] = []
        start = text.find(quote)
        for _ in self._effort.tries(wanted, size):
            if start < 0 or len(places) >= max(_MOST_PLACES, wanted):
                break
            if not cuts.can_start(start):
                start = text.find(quote, cuts.next_start(start))
                continue
            if cuts.can_end(start + size):
                places.append(Place(start, start + size, "exact"))
            start = text.find(quote, start + 1)
        return places

    def normalised(self, quote: str, wanted: int = 1) -> list[Place]:
        """After folding (case, accents, quotes, dashes, white space); exact places are left out."""
        text, cuts, folded, name = self._text, self._cuts, self._folded, folded_name(quote)
        capitals = sum(map(str.isupper, quote)) if sum(map(str.isalnum, name)) <= _SHORT else 0
        places: list[Place] = []
        at = folded.text.find(name) if name else -1
        for _ in self._effort.tries(wanted, len(name)):
            if at < 0 or len(places) >= max(_MOST_PLACES, wanted):
                break
            after = at + 1
            place = folded.original(at, at + len(name))
            if place and not self._is_other_word(place, capitals):
                start, end = self._with_marks(place)
                if not cuts.can_start(start):
                    self._inside_words.add(quote)
                    after = max(after, folded.first_from(cuts.next_start(start)))
                elif not cuts.can_end(end):
                    self._inside_words.add(quote)
                elif text[start:end] != quote:
                    places.append(Place(start, end, "normalised"))
            at = folded.text.find(name, after)
        return places

    def fuzzy(self, quote: str) -> list[Place]:
        """Spelled nearly so, see `_words`."""
        if quote not in self._fuzzy:
            places = (self._folded.original(*place) for place in self._words.find(folded_name(quote), self._effort))
            wholes = (self._with_marks(place) for place in places if place)
            self._fuzzy[quote] = [Place(*whole, "fuzzy") for whole in wholes if self._fits(*whole)]
        return self._fuzzy[quote]

    def is_cut(self, quote: str) -> bool:
        """Whether `normalised` met the letters of a quote as a part of longer words."""
        return quote in self._inside_words

    def _fits(self, start: int, end: int) -> bool:
        return self._cuts.can_start(start) and self._cuts.can_end(end)

    def _with_marks(self, place: tuple[int, int]) -> tuple[int, int]:
        """The folded text has no accents, so what follows the last letter is not in its place."""
        return place[0], self._cuts.end_of_marks(place[1])

    def _is_other_word(self, place: tuple[int, int], capitals: int) -> bool:
        """Short names live by their capitals: "US" is not "us", though "Bob" may be "BOB"."""
        if not capitals:
            return False
        self._effort.spend(place[1] - place[0])
        return sum(map(str.isupper, self._text[place[0] : place[1]])) < capitals

    @cached_property
    def _folded(self) -> Folded:
        return fold(self._text)

    @cached_property
    def _words(self) -> Words:
        return Words(self._folded.text)
