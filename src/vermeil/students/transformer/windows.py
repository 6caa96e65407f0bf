"""Windows over long texts, so that nothing is cut off: neither in training nor in prediction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vermeil.students.transformer.words import Pieces


class Window(NamedTuple):
    """Pieces [start, end) of a text, and the numbers of the words that are decided in this window."""

    start: int
    end: int
    words: tuple[int, ...]


def windows(pieces: Pieces, size: int, overlap: int) -> list[Window]:
    """Cover the pieces by windows of at most `size`; each word is decided once, where it has most context.

    Context is counted from the word's first piece to the nearer edge of the window; where the text itself
    begins or ends, nothing is missing.
    """
    if len(pieces.ids) <= size:  # nearly every text
        return [Window(0, len(pieces.ids), tuple(range(len(pieces.words))))] if pieces.words else []
    cuts = list(edges(len(pieces.ids), size, overlap))
    decided: list[list[int]] = [[] for _ in cuts]
    nearest = 0
    for number, word in enumerate(pieces.words):
        while nearest + 1 < len(cuts) and _context(word.piece, cuts, nearest + 1) > _context(word.piece, cuts, nearest):
            nearest += 1
        decided[nearest].append(number)
    return [Window(start, end, tuple(words)) for (start, end), words in zip(cuts, decided, strict=True) if words]


def edges(count: int, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Where windows of at most `size` begin and end that cover so many pieces; there is one even over none."""
    overlap = min(overlap, size // 2)
    start = 0
    while start + size < count:
        yield start, start + size
        start = min(start + size - overlap, count - size)  # the last window is as long as the others
    yield start, count


def _context(piece: int, cuts: list[tuple[int, int]], number: int) -> float:
    start, end = cuts[number]
    before = piece - start if number > 0 else float("inf")
    after = end - 1 - piece if number < len(cuts) - 1 else float("inf")
    return min(before, after)
