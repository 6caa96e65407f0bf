"""Where a text can be cut: between paragraphs, sentences, words, and nowhere inside a character that is seen as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_LINE = r"(?>\r\n|[\n\r\v\f\x85\u2028\u2029])"
_CLOSERS = r"""["'”’»›)\]}」』】〕》〉］｝）]*+"""
_PARAGRAPH = re.compile(rf"(?:{_LINE}[^\S\n\r\v\f\x85\u2028\u2029]*+{_LINE}|[\f\u2029])\s*+")
_LINE_AFTER_SENTENCE = re.compile(rf"[.!?…。！？｡؟۔।॥።။։]{_CLOSERS}[^\S\n\r]*+{_LINE}\s*+")
_SENTENCE = re.compile(rf"([.!?…؟۔।॥።။։]++){_CLOSERS}\s++|([。！？｡]++){_CLOSERS}\s*+")
_NEW_LINE = re.compile(rf"{_LINE}\s*+")
_CLAUSE = re.compile(r"[^\w\s.]\s++|[，、；：]")
_SPACE = re.compile(r"\s++")

_LONGEST_ABBREVIATION = 4  # characters before the dot of "Prof." or "Capt."
_JOINER = "\u200d"
_STICKY = frozenset(("Mn", "Mc", "Me", "Cs"))  # marks, and the second half of a surrogate pair
_STICKY_POINTS = frozenset("\u200c\u200d\u0e33\u0eb3\uff9e\uff9f")
_VIRAMA = 9  # the combining class of the sign that joins two consonants in the scripts of India
_MOST_FLAGS = 10_000  # halves of flags in a row that are counted back, so that a text of nothing else takes no hour


def break_in(text: str, low: int, high: int, floor: int) -> int:
    """The best place to cut in [low, high], 0 < low <= high < len(text): the last one of the best kind there is.

    Args:
        floor: where none is in [low, high], how far back a character's edge may be looked for, at least 1.
    """
    for pattern, fits in _KINDS:
        found = [
            match.end()
            for match in pattern.finditer(text, low - 1, high + 1)
            if low <= match.end() <= high and fits(text, match) and is_edge(text, match.end())
        ]
        if found:
            return found[-1]
    for at in range(high, low - 1, -1):
        if not (_in_word(text[at - 1]) and _in_word(text[at])) and is_edge(text, at):
            return at
    return next((at for at in range(high, floor - 1, -1) if is_edge(text, at)), high)


def is_edge(text: str, at: int) -> bool:
    """Whether readers see the characters before and after as two; 0 < at < len(text)."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return (before, after) != ("\r", "\n")
    if after in _STICKY_POINTS or unicodedata.category(after) in _STICKY or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    if "\U000e0020" <= after <= "\U000e007f" or before == _JOINER:
        return False
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, at) % 2 == 0
    return not _is_one_syllable(before, after)


def _in_word(character: str) -> bool:
    return (
        character.isalnum()
        or character in "'’_"
        or (character > "\u02ff" and unicodedata.category(character)[0] == "M")
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, at: int) -> int:
    count = 0
    while count < min(at, _MOST_FLAGS) and _is_flag_half(text[at - 1 - count]):
        count += 1
    return count


def _is_one_syllable(before: str, after: str) -> bool:
    """Whether two Korean letters belong to one syllable."""
    if not "\u1160" <= after <= "\u11ff":
        return "\u1100" <= before <= "\u115f" and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")
    return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"


def _always(text: str, match: re.Match[str]) -> bool:
    return True


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Not the dot of "Mr. Luz" or "J. Luz", nor one that goes on in small letters."""
    if match[2]:
        return True
    if match.end() < len(text) and text[match.end()].islower():
        return False
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION - 1) : match.start()]
    word = re.split(r"[\W\d_]", before)[-1]
    short = len(word) == 1 or (len(word) <= _LONGEST_ABBREVIATION and word[:1].isupper())
    return not (match[1] == "." and short)


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], bool]], ...] = (
    (_PARAGRAPH, _always),
    (_LINE_AFTER_SENTENCE, _always),
    (_SENTENCE, _ends_sentence),
    (_NEW_LINE, _always),
    (_CLAUSE, _always),
    (_SPACE, _always),
)
