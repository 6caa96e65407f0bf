"""All places in one text at which a quote could stand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from vermeil.align._boundaries import can_end, can_start, end_of_marks
from vermeil.align._folding import Folded, fold
from vermeil.align._words import Words
from vermeil.data import Found

_SHORT = 3
_MOST_TRIES = 1000  # occurrences looked at for each quote; only texts made to be slow have more


class Place(NamedTuple):
    """A stretch of the text, and how it was found."""

    start: int
    end: int
    found: Found


class Search:
    """Looks for quotes in one text; what is costly is made once, and only when needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def exact(self, quote: str) -> list[Place]:
        """Letter by letter."""
        text, size = self._text, len(quote)
        starts = _occurrences(quote, text)
        return [Place(s, s + size, "exact") for s in starts if can_start(text, s) and can_end(text, s + size)]

    def normalised(self, quote: str) -> list[Place]:
        """After folding (case, accents, quotes, dashes, white space); exact places are left out."""
        places = [place for place in self._folded_places(quote) if self._fits(*place)]
        return [Place(start, end, "normalised") for start, end in places if self._text[start:end] != quote]

    def fuzzy(self, quote: str) -> list[Place]:
        """Spelled nearly so, see `_words`."""
        places = (self._folded.original(*place) for place in self._words.find(folded_name(quote)))
        wholes = ((place[0], end_of_marks(self._text, place[1])) for place in places if place)
        return [Place(start, end, "fuzzy") for start, end in wholes if self._fits(start, end)]

    def is_cut(self, quote: str) -> bool:
        """Whether the letters are there, but only as part of longer words."""
        return next(self._folded_places(quote), None) is not None

    def _fits(self, start: int, end: int) -> bool:
        return can_start(self._text, start) and can_end(self._text, end)

    def _folded_places(self, quote: str) -> Iterator[tuple[int, int]]:
        name = folded_name(quote)
        for start in _occurrences(name, self._folded.text) if name else ():
            place = self._folded.original(start, start + len(name))
            if place is None:
                continue
            end = end_of_marks(self._text, place[1])
            if not _is_other_word(name, quote, self._text[place[0] : end]):
                yield place[0], end

    @cached_property
    def _folded(self) -> Folded:
        return fold(self._text)

    @cached_property
    def _words(self) -> Words:
        return Words(self._folded.text)


@lru_cache(maxsize=1024)
def folded_name(quote: str) -> str:
    """What is the same for all spellings of a quote."""
    return fold(quote).text


def _occurrences(part: str, whole: str) -> Iterator[int]:
    start = whole.find(part)
    for _ in range(_MOST_TRIES):
        if start < 0:
            return
        yield start
        start = whole.find(part, start + 1)


def _is_other_word(name: str, quote: str, stretch: str) -> bool:
    """Short names live by their capitals: "US" is not "us", though "Bob" may be "BOB"."""
    if sum(c.isalnum() for c in name) > _SHORT:
        return False
    return sum(c.isupper() for c in stretch) < sum(c.isupper() for c in quote)
