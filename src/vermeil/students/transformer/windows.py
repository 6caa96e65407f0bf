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
    edges = list(_edges(len(pieces.ids), size, min(overlap, size // 2)))
    decided: list[list[int]] = [[] for _ in edges]
    nearest = 0
    for number, word in enumerate(pieces.words):
        while nearest + 1 < len(edges) and _context(word.piece, edges, nearest + 1) > _context(
            word.piece, edges, nearest
        ):
            nearest += 1
        decided[nearest].append(number)
    return [Window(start, end, tuple(words)) for (start, end), words in zip(edges, decided, strict=True) if words]


def _edges(count: int, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start + size < count:
        yield start, start + size
        start = min(start + size - overlap, count - size)  # the last window is as long as the others
    yield start, count


def _context(piece: int, edges: list[tuple[int, int]], number: int) -> float:
    start, end = edges[number]
    before = piece - start if number > 0 else float("inf")
    after = end - 1 - piece if number < len(edges) - 1 else float("inf")
    return min(before, after)
