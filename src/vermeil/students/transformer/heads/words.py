"""Spans: the first piece of each word carries the word's tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Kind, Span
from vermeil.errors import VermeilError
from vermeil.evaluate.mistakes import Kind as Mistake
from vermeil.students.transformer.batches import word_places
from vermeil.students.transformer.decoding import likeliest, likeliest_legal, log_probabilities, scores_of
from vermeil.students.transformer.doubts import differences
from vermeil.students.transformer.heads.base import Array, Computed
from vermeil.students.transformer.rows import Frame, Row
from vermeil.students.transformer.tags import tag_names, to_spans, to_tags
from vermeil.students.transformer.windows import windows
from vermeil.students.transformer.words import Pieces


class Words:
    """A unit is a word, and a tag is O, or B- or I- of a label.

    Args:
        legal: choose the likeliest legal sequence of tags rather than each word's likeliest tag.
    """

    kind: Kind = "spans"
    task = "token-classification"
    pools = False
    options: Mapping[str, Any] = {}

    def __init__(self, labels: Sequence[str], *, legal: bool = True) -> None:
        self._labels, self._legal = tuple(labels), legal
        self.names = tag_names(labels)

    def targets(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        """The words that a span touches which begins or ends inside a word are ignored."""
        return to_tags(pieces.words, example.labels, self._labels)

    def places(self, example: Example, pieces: Pieces) -> list[tuple[int, int]]:
        """Those of the words."""
        return [(word.start, word.end) for word in pieces.words]

    def rows(self, number: int, pieces: Pieces, tags: Sequence[int], frame: Frame) -> list[Row]:
        """Each word is decided in one window."""
        return [
            Row(
                number,
                frame.ids(pieces, window.start, window.end),
                window.words,
                tuple(pieces.words[word].piece - window.start + len(frame.before) for word in window.words),
                tuple(tags[word] for word in window.words) if tags else (),
            )
            for window in windows(pieces, frame.room, frame.overlap)
        ]

    def units(self, logits: Array, group: Sequence[Row]) -> Array:
        """What stands at the first piece of each word."""
        return logits[word_places(group)]

    def spans(
        self, examples: Sequence[Example], pieces: Sequence[Pieces], computed: Computed
    ) -> list[tuple[Span, ...]]:
        """A span's score is the mean probability of its words."""
        lengths = np.fromiter((len(each.words) for each in pieces), np.intp, len(pieces))
        starts = np.cumsum(lengths) - lengths
        logits = np.zeros((int(lengths.sum()), len(self.names)), np.float32)
        for group, made in computed:
            logits[_numbers(group, starts)] = made
        logs = log_probabilities(logits)
        tags = likeliest_legal(logs, lengths) if self._legal else likeliest(logs)
        return to_spans([each.words for each in pieces], tags, scores_of(logs, tags), self._labels)

    def probabilities(self, examples: Sequence[Example], computed: Computed) -> list[dict[str, float]]:
        """None: a span is not one of the whole text."""
        raise VermeilError("this model finds spans; how likely each class of a text is can be asked of one of classes")

    def differences(self, found: Sequence[int], silver: Sequence[int]) -> Iterator[tuple[Mistake, int]]:
        """Words are paired as the spans that they belong to."""
        yield from differences(*([self.names[tag] for tag in tags] for tags in (found, silver)))


def _numbers(group: Sequence[Row], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers of the group's words among all words of all texts."""
    counts = [len(row.words) for row in group]
    words = np.fromiter(chain.from_iterable(row.words for row in group), np.intp, sum(counts))
    return np.asarray(words + np.repeat(starts[[row.example for row in group]], counts))
