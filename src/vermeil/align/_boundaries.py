"""Where a text may be cut: never inside a character that a reader sees as one, never silently inside a word.

- Scripts that put spaces between words: a span ends where a word ends. Hyphens, apostrophes and symbols
  end words (`German` in `German-born`, `Merkel` in `Merkel's`, `$5` in `US$5`); the point or comma inside
  a number and the points inside initials do not (`3` in `3.5`, `U.S.` in `U.S.A.`).
- Scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese, ...): anywhere between characters.
- Hangul: particles are written onto a name, so a span starts where a word starts but may end inside it
  (`서울` in `서울에서`, not in `남서울`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property, lru_cache

from vermeil.align._tables import Table

ZERO_WIDTH_SPACE = "\u200b"
_ZERO_WIDTH_JOINER = "\u200d"
_UNSPACED = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x2E80, 0x30FF),  # radicals, Han punctuation, kana
    (0x3100, 0x312F),  # Bopomofo
    (0x31A0, 0x31FF),  # Bopomofo and kana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9F),  # half-width kana
    (0x1B000, 0x1B16F),  # kana
    (0x20000, 0x323AF),  # Han
)
_UNSPACED_STARTS = [first for first, _ in _UNSPACED]
_HANGUL_RANGES = ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FF))


class Cuts:
    """Where one text may be cut; looking at a place takes no longer in the middle of 100,000 accents than elsewhere."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kinds = text.translate(_KINDS)

    def can_start(self, at: int) -> bool:
        """Whether a span may start at `at`."""
        if not self.can_end(at):
            return False
        return not 0 < at < len(self._text) or self._beside(at) != (_HANGUL, _HANGUL)

    def can_end(self, at: int) -> bool:
        """Whether a span may end before `at`."""
        if at <= 0 or at >= len(self._text):
            return True
        left, right = self._kinds[at - 1], self._kinds[at]
        if left == right == _LETTER:
            return False
        if _SPACE in (left, right):
            return self._text[at - 1 : at + 1] != "\r\n"
        if self._is_inside_character(at):
            return False
        left, right = self._beside(at)
        if left in _WORD_KINDS and right in _WORD_KINDS:
            return not left == right == _LETTER
        return not (self._is_inside_number(at) or self._is_inside_initials(at))

    def next_start(self, at: int) -> int:
        """A place after `at`, where no span may start, before which none may start either."""
        if self._kinds[at - 1] != _LETTER:
            return at + 1
        after = _RUN_OF_LETTERS.match(self._kinds, at)
        return max(at, self._kinds.rfind(_LETTER, at, after.end() if after else at)) + 1

    def end_of_marks(self, at: int) -> int:
        """The end of the accents and other marks that begin at `at` and belong to the character before it."""
        if at < len(self._text) and self._kinds[at] == _MARK:
            return self._marks.around(at)[1]
        return at

    def _beside(self, at: int) -> tuple[str, str]:
        """The kinds of the characters on both sides, "" outside; marks and invisible ones are looked through."""
        left, right = at - 1, at
        if self._kinds[left] in _TRANSPARENT:
            left = self._transparent.around(left)[0] - 1
        if self._kinds[right] in _TRANSPARENT:
            right = self._transparent.around(right)[1]
        return self._kinds[left] if left >= 0 else "", self._kinds[right : right + 1]

    def _is_inside_character(self, at: int) -> bool:
        """Whether a reader sees one character on both sides: an accented letter, a joined emoji, a flag, a syllable."""
        if self._kinds[at] == _MARK or self._text[at - 1] == _ZERO_WIDTH_JOINER:
            return True
        if self._kinds[at - 1] == self._kinds[at] == _FLAG_HALF:
            return (at - self._flags.around(at)[0]) % 2 == 1
        if self._kinds[at - 1] != _HANGUL and self._kinds[at] != _HANGUL:
            return False
        left, right = self._text[at - 1], self._text[at]
        vowel_or_final = "\u1160" <= right <= "\u11ff"
        return (vowel_or_final and is_hangul(left)) or ("\u1100" <= left <= "\u115f" and is_hangul(right))

    def _is_inside_number(self, at: int) -> bool:
        """Beside the point or comma of `3.5` or `1,000`."""
        text = self._text
        for middle in (at - 1, at):
            if text[middle] in ".," and 0 < middle < len(text) - 1:
                return text[middle - 1].isdigit() and text[middle + 1].isdigit()
        return False

    def _is_inside_initials(self, at: int) -> bool:
        """Beside a point of `U.S.A`: one letter on either side of it."""
        text = self._text
        for middle in (at - 1, at):
            if text[middle] == "." and 0 < middle < len(text) - 1:
                before, after = text[middle - 1], text[middle + 1]
                outside = text[max(middle - 2, 0) : middle - 1], text[middle + 2 : middle + 3]
                return before.isalpha() and after.isalpha() and not any(map(str.isalnum, outside))
        return False

    @cached_property
    def _marks(self) -> _Runs:
        return _Runs(_MARK, self._kinds)

    @cached_property
    def _transparent(self) -> _Runs:
        return _Runs(f"[{_TRANSPARENT}]", self._kinds)

    @cached_property
    def _flags(self) -> _Runs:
        return _Runs(_FLAG_HALF, self._kinds)


class _Runs:
    """The runs of some kinds of characters."""

    def __init__(self, kinds: str, text: str) -> None:
        self._spans = [match.span() for match in re.finditer(f"{kinds}+", text)]
        self._starts = [start for start, _ in self._spans]

    def around(self, at: int) -> tuple[int, int]:
        """Start and end of the run that `at` is in."""
        return self._spans[bisect_right(self._starts, at) - 1]


@lru_cache(maxsize=4096)
def is_mark(character: str) -> bool:
    """Whether it changes the character before it: accents, vowel signs, variation selectors, skin tones."""
    point = ord(character)
    if 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F or character in ("\u200c", _ZERO_WIDTH_JOINER):
        return True
    return unicodedata.category(character)[0] == "M"


def is_unspaced(character: str) -> bool:
    """Whether its script is written without spaces between words."""
    place = bisect_right(_UNSPACED_STARTS, ord(character)) - 1
    return place >= 0 and ord(character) <= _UNSPACED[place][1]


def is_hangul(character: str) -> bool:
    """Whether it is a Korean letter or syllable."""
    return any(first <= ord(character) <= last for first, last in _HANGUL_RANGES)


def _kind_of(character: str) -> str:
    if character.isspace():
        return _SPACE
    if is_mark(character):
        return _MARK
    if character == "_" or (unicodedata.category(character) == "Cf" and character != ZERO_WIDTH_SPACE):
        return _INVISIBLE
    if is_hangul(character):
        return _HANGUL
    if character.isalnum():
        return _UNSPACED_LETTER if is_unspaced(character) else _LETTER
    return _FLAG_HALF if "\U0001f1e6" <= character <= "\U0001f1ff" else _OTHER


# What a character does to the places beside it. Marks, invisible formatting and the underscore are transparent:
# they neither make nor end a word.
_LETTER, _UNSPACED_LETTER, _HANGUL = "a", "u", "h"  # letters and digits
_MARK, _INVISIBLE = "m", "i"
_SPACE, _FLAG_HALF, _OTHER = " ", "f", "."
_WORD_KINDS = (_LETTER, _UNSPACED_LETTER, _HANGUL)
_TRANSPARENT = _MARK + _INVISIBLE
_RUN_OF_LETTERS = re.compile(f"[{_LETTER}{_TRANSPARENT}]+")
_KINDS = Table(_kind_of)
