"""Where a text may be cut: never inside a character that a reader sees as one, never silently inside a word.

- Scripts that put spaces between words: a span ends where a word ends. Hyphens, apostrophes and symbols
  end words (`German` in `German-born`, `Merkel` in `Merkel's`, `$5` in `US$5`); the point or comma inside
  a number and the points inside initials do not (`3` in `3.5`, `U.S.` in `U.S.A.`).
- Scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese, ...): anywhere between characters.
- Hangul: particles are written onto a name, so a span starts where a word starts but may end inside it
  (`서울` in `서울에서`, not in `남서울`).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

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
_HANGUL = ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FF))


def can_start(text: str, at: int) -> bool:
    """Whether a span may start at `at`."""
    return _can_cut(text, at) and not _between(text, at, is_hangul)


def can_end(text: str, at: int) -> bool:
    """Whether a span may end before `at`."""
    return _can_cut(text, at)


def end_of_marks(text: str, at: int) -> int:
    """The end of the accents and other marks that begin at `at` and belong to the character before it."""
    while at < len(text) and is_mark(text[at]):
        at += 1
    return at


@lru_cache(maxsize=4096)
def is_mark(character: str) -> bool:
    """Whether it changes the character before it: accents, vowel signs, variation selectors, skin tones."""
    point = ord(character)
    if 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F or character in ("\u200c", _ZERO_WIDTH_JOINER):
        return True
    return unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=4096)
def is_unspaced(character: str) -> bool:
    """Whether its script is written without spaces between words."""
    place = bisect_right(_UNSPACED_STARTS, ord(character)) - 1
    return place >= 0 and ord(character) <= _UNSPACED[place][1]


def is_hangul(character: str) -> bool:
    """Whether it is a Korean letter or syllable."""
    return any(first <= ord(character) <= last for first, last in _HANGUL)


def _can_cut(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text):
        return True
    left, right = text[at - 1], text[at]
    if left.isspace() or right.isspace():
        return not (left == "\r" and right == "\n")
    if not (left + right).isascii() and _inside_character(text, at):
        return False
    if _between(text, at, str.isalnum):
        return _between(text, at, is_unspaced, either=True) or _between(text, at, is_hangul, either=True)
    return not (_inside_number(text, at) or _inside_initials(text, at))


def _inside_character(text: str, at: int) -> bool:
    """Whether a reader sees one character on both sides: an accented letter, a joined emoji, a flag, a syllable."""
    left, right = text[at - 1], text[at]
    if is_mark(right) or left == _ZERO_WIDTH_JOINER:
        return True
    if _is_flag_half(left) and _is_flag_half(right):
        first = at
        while first > 0 and _is_flag_half(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 1
    vowel_or_final = "\u1160" <= right <= "\u11ff"
    return (vowel_or_final and is_hangul(left)) or ("\u1100" <= left <= "\u115f" and is_hangul(right))


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _between(text: str, at: int, is_kind: Callable[[str], bool], either: bool = False) -> bool:
    """Whether the characters on both sides (or on one) are of a kind; marks and invisible ones are looked through."""
    left, right = at - 1, at
    while left >= 0 and _is_transparent(text[left]):
        left -= 1
    while right < len(text) and _is_transparent(text[right]):
        right += 1
    if left < 0 or right >= len(text):
        return False
    sides = (is_kind(text[left]), is_kind(text[right]))
    return any(sides) if either else all(sides)


@lru_cache(maxsize=4096)
def _is_transparent(character: str) -> bool:
    """Marks, invisible formatting and the underscore: they neither make nor end a word."""
    if character == ZERO_WIDTH_SPACE:
        return False
    return character == "_" or is_mark(character) or unicodedata.category(character) == "Cf"


def _inside_number(text: str, at: int) -> bool:
    """Beside the point or comma of `3.5` or `1,000`."""
    for middle in (at - 1, at):
        if text[middle] in ".," and 0 < middle < len(text) - 1:
            return text[middle - 1].isdigit() and text[middle + 1].isdigit()
    return False


def _inside_initials(text: str, at: int) -> bool:
    """Beside a point of `U.S.A`: one letter on either side of it."""
    for middle in (at - 1, at):
        if text[middle] == "." and 0 < middle < len(text) - 1:
            before, after = text[middle - 1], text[middle + 1]
            alone = not text[max(middle - 2, 0) : middle - 1].isalnum() and not text[middle + 2 : middle + 3].isalnum()
            return before.isalpha() and after.isalpha() and alone
    return False
