"""Texts to spans, in a stream: the same for every way of computing what a network makes of a batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Span
from vermeil.students.transformer.batches import by_length
from vermeil.students.transformer.decoding import likeliest, likeliest_legal, log_probabilities, scores_of
from vermeil.students.transformer.rows import Reader, Row
from vermeil.students.transformer.tags import tag_names, to_spans
from vermeil.students.transformer.words import Pieces

Compute = Callable[[Sequence[Row]], NDArray[np.float32]]
"""The logits of the words of a group of rows, words x tags, row by row."""

TEXTS, CHARACTERS = 1024, 2**18
"""How much is sorted by length at once: more saves no padding, and memory is bounded by it."""

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
        legal: choose the likeliest legal sequence of tags rather than each word's likeliest tag.
        budget: pieces in a group of rows, with padding.
        at_once: groups that are computed side by side, each in a thread.
    """

    def __init__(
        self, reader: Reader, labels: Sequence[str], compute: Compute, *, legal: bool, budget: int, at_once: int = 1
    ) -> None:
        self._reader, self._labels, self._compute = reader, tuple(labels), compute
        self._legal, self._budget, self._at_once = legal, budget, at_once

    def stream(
        self, examples: Iterable[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> Iterator[tuple[Example, tuple[Span, ...]]]:
        """Each example with its spans, in order; no more than some thousand texts are in memory.

        Args:
            on_done: called with the number of examples done since the last call.
        """
        for part in _one_ahead(self._prepared, _parts(iter(examples))):
            yield from zip(part.examples, self._labelled(part, on_done), strict=True)

    def _prepared(self, examples: list[Example]) -> _Part:
        pieces = self._reader.pieces_of(examples)
        rows = [row for number, each in enumerate(pieces) for row in self._reader.rows(number, each)]
        return _Part(examples, pieces, by_length(rows, self._budget))

    def _labelled(self, part: _Part, on_done: Callable[[int], None]) -> list[tuple[Span, ...]]:
        lengths = np.fromiter((len(each.words) for each in part.pieces), np.intp, len(part.pieces))
        starts = np.cumsum(lengths) - lengths
        logits = np.zeros((int(lengths.sum()), len(tag_names(self._labels))), np.float32)
        last = {row.example: row for group in part.groups for row in group}
        on_done(len(part.examples) - len(last))
        for group, computed in zip(part.groups, self._computed(part.groups), strict=True):
            logits[_places(group, starts)] = computed
            on_done(sum(last[row.example] is row for row in group))
        logs = log_probabilities(logits)
        tags = likeliest_legal(logs, lengths) if self._legal else likeliest(logs)
        return to_spans([each.words for each in part.pieces], tags, scores_of(logs, tags), self._labels)

    def _computed(self, groups: list[list[Row]]) -> Iterator[NDArray[np.float32]]:
        if min(self._at_once, len(groups)) < 2:
            yield from map(self._compute, groups)
            return
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="compute") as pool:
            yield from pool.map(self._compute, groups)


def _places(group: Sequence[Row], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers of the group's words among all words of the part."""
    counts = [len(row.words) for row in group]
    words = np.fromiter(chain.from_iterable(row.words for row in group), np.intp, sum(counts))
    return np.asarray(words + np.repeat(starts[[row.example for row in group]], counts))


def _parts(examples: Iterator[Example]) -> Iterator[list[Example]]:
    """As many examples as are sorted by length together."""
    part: list[Example] = []
    characters = 0
    for example in examples:
        part.append(example)
        characters += len(example.text)
        if len(part) == TEXTS or characters >= CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


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
