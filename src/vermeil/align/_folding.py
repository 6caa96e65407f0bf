"""A text in a form in which spellings of the same name are equal, with the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from vermeil.align._tables import Table

_VARIANTS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼʹ＇", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ß": "ss",
    }
)
_DOUBTFUL = re.compile(r"(?!(?<=[^\W_]) [^\W_]) +|''")  # what may not stay; a space between two letters does


@dataclass(frozen=True)
class Folded:
    """A folded text: `text[k]` was made of the character at `starts[k]` of the original (for k in `pairs`, of two)."""

    text: str
    starts: Sequence[int]
    pairs: frozenset[int] = frozenset()

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the original that `text[start:end]` was made of, None where it cuts one of its characters."""
        if start > 0 and self._end(start - 1) > self.starts[start]:
            return None
        if end < len(self.text) and self._end(end - 1) > self.starts[end]:
            return None
        return self.starts[start], self._end(end - 1)

    def first_from(self, place: int) -> int:
        """The first character that was made of what begins at `place` of the original, or later."""
        return bisect_left(self.starts, place)

    def _end(self, index: int) -> int:
        return self.starts[index] + (2 if index in self.pairs else 1)


def fold(text: str) -> Folded:
    """Compatibility forms, case, accents, quotes and dashes made equal; white space counts only between words.

    Text that was tokenised long ago is met halfway: "AT & T" and "AT&T" fold to the same, and so do `` and ".
    """
    places: Sequence[int] = range(len(text))
    widths = text.translate(_WIDTHS)
    if widths.strip("1"):
        places = [place for place, width in enumerate(widths) for _ in range(ord(width) - ord("0"))]
    return _squeezed(text.translate(_FOLDS), places)


@lru_cache(maxsize=4096)
def folded_name(quote: str) -> str:
    """What is the same for all spellings of a quote."""
    return fold(quote).text


def _squeezed(folded: str, places: Sequence[int]) -> Folded:
    """Without the white space that is not between words, and with two single quotation marks as one double."""
    parts: list[str] = []
    starts: list[int] = []
    pairs: list[int] = []
    done, match = 0, _DOUBTFUL.search(folded)
    while match:
        start, end = match.span()
        kept = start
        if folded[start] == "'":
            if places[start] + 1 != places[start + 1]:  # something invisible is between them
                match = _DOUBTFUL.search(folded, start + 1)
                continue
            parts += folded[done:start], '"'
            starts += places[done : start + 1]
            pairs.append(len(starts) - 1)
        else:
            kept += _is_between_words(folded, start, end)
            parts.append(folded[done:kept])
            starts += places[done:kept]
        done = end
        match = _DOUBTFUL.search(folded, end)
    parts.append(folded[done:])
    starts += places[done:]
    return Folded("".join(parts), starts, frozenset(pairs))


def _is_between_words(folded: str, start: int, end: int) -> bool:
    return start > 0 and end < len(folded) and _is_word(folded[start - 1]) and _is_word(folded[end])


def _fold_character(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":  # invisible: joiners, soft hyphens, direction marks
        return ""
    folded = unicodedata.normalize("NFKD", character.translate(_VARIANTS)).casefold().translate(_VARIANTS)
    folded = unicodedata.normalize("NFKD", folded)
    # Only the accents of Latin, Greek and Cyrillic go: elsewhere a mark makes another letter (か, が).
    return "".join(" " if c.isspace() else c for c in folded if not "\u0300" <= c <= "\u036f")


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


_FOLDS = Table(_fold_character)
_WIDTHS = Table(lambda character: chr(ord("0") + len(_fold_character(character))))
