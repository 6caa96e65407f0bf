"""Texts that are labelled together: which these are depends on the texts alone, counted from the first one.

Texts of a part are sorted by length and share batches, and the numbers of an int8 model depend on what shares a batch.
So a run that goes on after a stop begins at the start of a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vermeil.data import Example

TEXTS, CHARACTERS = 1024, 2**18
"""How much is sorted by length at once: more saves no padding, and memory is bounded by it."""


class Parting:
    """Says of each text in turn whether a part ends with it."""

    def __init__(self) -> None:
        self._texts = self._characters = 0

    def ends_with(self, example: Example) -> bool:
        """Whether this text, the next one, is the last of its part."""
        self._texts += 1
        self._characters += len(example.text)
        ends = self._texts == TEXTS or self._characters >= CHARACTERS
        if ends:
            self._texts = self._characters = 0
        return ends


def parts(examples: Iterable[Example]) -> Iterator[list[Example]]:
    """The examples, part by part; only the last one may be shorter than it could be."""
    part: list[Example] = []
    parting = Parting()
    for example in examples:
        part.append(example)
        if parting.ends_with(example):
            yield part
            part = []
    if part:
        yield part
