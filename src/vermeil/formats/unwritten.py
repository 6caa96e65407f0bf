"""What a format cannot say: all of it is counted, the first of it is kept."""

from __future__ import annotations

from collections.abc import Iterable

from vermeil.data import Lost

KEPT = 1000


class Unwritten:
    """The texts and labels that a file could not hold; its length is how many, however few are kept.

    Args:
        first: the first `KEPT` of them, each with its reason.
        respaced: texts that were written as tokens, and are other texts when these are read with blanks between them.
    """

    def __init__(self) -> None:
        self.first: list[Lost] = []
        self.respaced = 0
        self._count = 0

    def add(self, lost: Iterable[Lost]) -> None:
        """Count these, and keep them while there is room."""
        for each in lost:
            self._count += 1
            if self._count <= KEPT:
                self.first.append(each)

    def as_tokens(self, text: str, tokens: Iterable[str]) -> None:
        """The text was written as these tokens."""
        self.respaced += " ".join(tokens) != text

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<{self._count:,} texts or labels not written, the first of them {self.first[:3]}>"
