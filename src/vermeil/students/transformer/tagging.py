"""Texts to labels, in a stream: the same for every way of computing what a network makes of a batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Span
from vermeil.parts import parts
from vermeil.students.transformer.batches import by_length
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.reader import Reader
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.words import Pieces

Compute = Callable[[Sequence[Row]], NDArray[np.float32]]
"""The logits of the units (as a rule words) of a group of rows, units x tags, row by row."""

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


class _Part(NamedTuple):
    """Some examples, ready to be computed."""

    examples: list[Example]
    pieces: list[Pieces]
    groups: list[list[Row]]


class Tagger:
    """Labels texts in the order they come; words are cut in a thread of their own while `compute` works.

    Args:
        head: makes labels of what is computed.
        budget: pieces in a group of rows, with padding.
        at_once: groups that are computed side by side, each in a thread.
    """

    def __init__(self, reader: Reader, head: Head, compute: Compute, *, budget: int, at_once: int = 1) -> None:
        self._reader, self._head, self._compute = reader, head, compute
        self._budget, self._at_once = budget, at_once

    def stream(
        self, examples: Iterable[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> Iterator[tuple[Example, tuple[Span, ...]]]:
        """Each example with its labels, in order; no more than some thousand texts are in memory.

        Args:
            on_done: called with the number of examples done since the last call.
        """
        for part in _one_ahead(self._prepared, parts(examples)):
            labels = self._head.spans(part.examples, part.pieces, self._made(part, on_done))
            yield from zip(part.examples, labels, strict=True)

    def probabilities(self, examples: Iterable[Example]) -> list[dict[str, float]]:
        """How likely each class is, for each text.

        Raises:
            VermeilError: labels are no classes.
        """
        prepared = _one_ahead(self._prepared, parts(examples))
        return [likely for part in prepared for likely in self._head.probabilities(part.examples, self._made(part))]

    def _prepared(self, examples: list[Example]) -> _Part:
        pieces = self._reader.pieces_of(examples)
        rows = [row for number, each in enumerate(pieces) for row in self._reader.rows(number, each)]
        return _Part(examples, pieces, by_length(rows, self._budget))

    def _made(
        self, part: _Part, on_done: Callable[[int], None] = lambda count: None
    ) -> Iterator[tuple[list[Row], NDArray[np.float32]]]:
        """The groups of a part with what is computed of them."""
        last = {row.example: row for group in part.groups for row in group}
        on_done(len(part.examples) - len(last))
        for group, made in zip(part.groups, self._computed(part.groups), strict=True):
            yield group, made
            on_done(sum(last[row.example] is row for row in group))

    def _computed(self, groups: list[list[Row]]) -> Iterator[NDArray[np.float32]]:
        if min(self._at_once, len(groups)) < 2:
            yield from map(self._compute, groups)
            return
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="compute") as pool:
            yield from pool.map(self._compute, groups)


def _one_ahead(make: Callable[[_Item], _Made], items: Iterator[_Item]) -> Iterator[_Made]:
    """What is made of each item, the next made in a thread while the last is used; a single item needs no thread."""
    first = [item for _, item in zip(range(2), items, strict=False)]
    if len(first) < 2:
        yield from map(make, first)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="cut into words") as pool:
        coming: deque[Future[_Made]] = deque(pool.submit(make, item) for item in first)
        while coming:
            made = coming.popleft().result()
            for item in items:
                coming.append(pool.submit(make, item))
                break
            yield made
