"""The last resort: names whose spelling differs a little from the text, word by word.

Nearness alone would place hallucinations: Iran is near Iraq, Mary Smith near Mark Smith. So a name of the
same number of words is looked for, and each word must be equal or

- have eight letters for every edit (a similarity of at least 0.875), no digits, and
- begin and end with the same letter (Argentina is not Argentine, Christine not Christina).

Between words only spaces, hyphens, apostrophes and the points of abbreviations may differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from heapq import merge
from itertools import pairwise

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

from vermeil.align._boundaries import is_mark, is_unspaced
from vermeil.align._effort import CHARACTERS_A_TRY, Effort
from vermeil.align._tables import Table

BOUND = 0.875
"""The lowest similarity of two words that still counts as the same word: one edit in eight letters."""

SHORTEST = 4
"""Names with fewer letters and digits are never matched here: US is not UK."""

_LETTERS_FOR_AN_EDIT = 8
_CHARACTERS_A_COMPARISON = 4  # of effort: fifteen take as long as a try elsewhere
_LONGEST_ABBREVIATION = 3  # "Corp." keeps its point, "St." may lose it


class Words:
    """The words of a folded text and where they stand."""

    def __init__(self, folded: str) -> None:
        self._text = folded
        self._places = _split(folded)
        self._at: dict[str, list[int]] = defaultdict(list)
        for index, (start, end) in enumerate(self._places):
            self._at[folded[start:end]].append(index)
        self._known: dict[str, set[str]] = {}

    def find(self, name: str, effort: Effort) -> list[tuple[int, int]]:
        """Where a folded name stands in the folded text, spelled nearly so."""
        words = _split(name)
        if sum(end - start for start, end in words) < SHORTEST or not _is_bare(name, words):
            return []
        near = [self._near(name[start:end], effort) for start, end in words]
        rarest = min(range(len(words)), key=lambda k: sum(len(self._at[word]) for word in near[k]))
        gaps = _gaps(name, words)
        indices = merge(*(self._at[word] for word in near[rarest]))
        tries = effort.tries(0, len(words) * CHARACTERS_A_TRY)
        firsts = (index - rarest for index, _ in zip(indices, tries, strict=False))
        return [self._stretch(first, len(words)) for first in firsts if self._fits(first, near, gaps)]

    def _near(self, word: str, effort: Effort) -> set[str]:
        """The words of the text that may be meant by `word`."""
        if word not in self._known:
            self._known[word] = {word} & self._at.keys()
            if len(word) >= _LETTERS_FOR_AN_EDIT - 1 and not any(map(str.isdigit, word)):
                self._known[word].update(self._misspelled(word, effort))
        return self._known[word]

    def _misspelled(self, word: str, effort: Effort) -> Iterator[str]:
        edits = len(word) // (_LETTERS_FOR_AN_EDIT - 1)
        for length in range(len(word) - edits, len(word) + edits + 1):
            others = self._by_shape.get((word[0], word[-1], length), [])
            effort.spend(len(others) * _CHARACTERS_A_COMPARISON)
            if others and not effort.is_spent:
                scorer = Levenshtein.normalized_similarity
                yield from (
                    other for other, _, _ in extract(word, others, scorer=scorer, score_cutoff=BOUND, limit=None)
                )

    @cached_property
    def _by_shape(self) -> dict[tuple[str, str, int], list[str]]:
        """Words by first letter, last letter and length, so that few have to be compared."""
        shapes: dict[tuple[str, str, int], list[str]] = defaultdict(list)
        for word in self._at:
            if not any(c.isdigit() for c in word):
                shapes[word[0], word[-1], len(word)].append(word)
        return shapes

    def _fits(self, first: int, near: list[set[str]], gaps: list[str]) -> bool:
        places = self._places[max(first, 0) : first + len(near)]
        if first < 0 or len(places) < len(near):
            return False
        if any(self._text[start:end] not in words for (start, end), words in zip(places, near, strict=True)):
            return False
        return _gaps(self._text, places) == gaps

    def _stretch(self, first: int, count: int) -> tuple[int, int]:
        return self._places[first][0], self._places[first + count - 1][1]


def _split(folded: str) -> list[tuple[int, int]]:
    """Runs of letters, digits and marks; each character of a script without spaces is a word."""
    return [match.span() for match in _WORD.finditer(folded.translate(_KINDS))]


def _kind_of(character: str) -> str:
    if not (character.isalnum() or is_mark(character)):
        return " "
    return "1" if is_unspaced(character) else "a"


def _gaps(folded: str, places: list[tuple[int, int]]) -> list[str]:
    """What stands between the words, without what may differ."""
    gaps = []
    for (start, end), (after, _) in pairwise(places):
        free = " -'·." if end - start <= _LONGEST_ABBREVIATION else " -'·"
        gaps.append("".join(c for c in folded[end:after] if c not in free))
    return gaps


def _is_bare(name: str, words: list[tuple[int, int]]) -> bool:
    """Whether nothing but punctuation that LLMs add or drop stands before and after the words."""
    outside = name[: words[0][0]] + name[words[-1][1] :]
    return all(c in " .,;:!?\"'()[]" for c in outside)


_WORD = re.compile("a+|1")
_KINDS = Table(_kind_of)
