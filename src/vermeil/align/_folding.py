"""A text in a form in which spellings of the same name are equal, with the way back to the original."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True)
class Folded:
    """`text[k]` was made of `original[starts[k]:ends[k]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the original that `text[start:end]` was made of, None where it cuts one of its characters."""
        if start > 0 and self.ends[start - 1] > self.starts[start]:
            return None
        if end < len(self.text) and self.ends[end - 1] > self.starts[end]:
            return None
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Compatibility forms, case, accents, quotes and dashes made equal; white space counts only between words.

    Text that was tokenised long ago is met halfway: "AT & T" and "AT&T" fold to the same, and so do `` and ".
    """
    kept: list[tuple[str, int, int]] = []
    for place, character in enumerate(text):
        for piece in _fold_character(character):
            if piece == "'" and kept and kept[-1][0] == "'" and kept[-1][2] == place:
                kept[-1] = ('"', kept[-1][1], place + 1)
            elif piece != " ":
                if kept and kept[-1][0] == " " and not _is_word(piece):
                    kept.pop()
                kept.append((piece, place, place + 1))
            elif kept and _is_word(kept[-1][0]):
                kept.append((" ", place, place + 1))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return Folded("".join(k[0] for k in kept), tuple(k[1] for k in kept), tuple(k[2] for k in kept))


@lru_cache(maxsize=16384)
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
