"""Classes: a text is decided about as a whole, by the mean of what its windows say where it is long.

The mean is one of log-probabilities, and windows count by their lengths, in learning too: what is made small there is
the loss of the very thing that is predicted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Kind, Span, whole
from vermeil.evaluate.mistakes import Kind as Mistake
from vermeil.students.transformer.decoding import log_probabilities
from vermeil.students.transformer.heads.base import Array, Computed
from vermeil.students.transformer.rows import Frame, Row
from vermeil.students.transformer.tags import IGNORED
from vermeil.students.transformer.windows import edges
from vermeil.students.transformer.words import Pieces

SURE = 0.5
"""A class that is likelier than not is given, where a text may have several."""


class _Text(ABC):
    """What both heads share.

    Args:
        units: of each text; `tags` of each unit.
    """

    task = "text-classification"
    pools = True

    def __init__(self, labels: Sequence[str], *, units: int, tags: int) -> None:
        self.names = tuple(labels)
        self._units, self._tags = tuple(range(units)), tags

    def places(self, example: Example, pieces: Pieces) -> list[tuple[int, int]]:
        """The whole text, for each unit."""
        return [(0, len(example.text))] * len(self._units)

    def rows(self, number: int, pieces: Pieces, tags: Sequence[int], frame: Frame) -> list[Row]:
        """Each window decides about every unit."""
        cuts = list(edges(len(pieces.ids), frame.room, frame.overlap))
        total = max(1, sum(end - start for start, end in cuts))
        return [
            Row(
                number,
                frame.ids(pieces, start, end),
                self._units,
                (),
                tuple(tags),
                (end - start) / total if len(cuts) > 1 else 1.0,
            )
            for start, end in cuts
        ]

    def probabilities(self, examples: Sequence[Example], computed: Computed) -> list[dict[str, float]]:
        """How likely each class is, for each text; of a blank text, none."""
        return [
            dict(zip(self.names, map(float, odds), strict=True)) if each.text.strip() else {}
            for each, odds in zip(examples, self._likely(len(examples), computed), strict=True)
        ]

    @abstractmethod
    def _likely(self, count: int, computed: Computed) -> NDArray[np.float64]:
        """How likely each class is, for so many texts: texts x classes."""

    def _probabilities(self, count: int, computed: Computed) -> NDArray[np.float64]:
        """Of the tags of each unit, for so many texts: texts x units x tags."""
        sums = np.zeros((count, len(self._units), self._tags))
        for group, made in computed:
            logs = log_probabilities(made).reshape(len(group), *sums.shape[1:])
            shares = np.fromiter((row.share for row in group), np.float64, len(group))
            np.add.at(sums, [row.example for row in group], logs * shares[:, None, None])
        return np.asarray(np.exp(log_probabilities(sums.reshape(-1, self._tags))).reshape(sums.shape))


class OneClass(_Text):
    """One class of each text: the text is one unit, and its class the tag."""

    kind: Kind = "class"
    options: Mapping[str, Any] = {"problem_type": "single_label_classification"}

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(labels, units=1, tags=len(labels))

    def targets(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        """Nothing is learnt from a text without a class."""
        return [self.names.index(name) for name in example.classes] or [IGNORED], ()

    def units(self, logits: Array, group: Sequence[Row]) -> Array:
        """One for each row already."""
        return logits

    def spans(
        self, examples: Sequence[Example], pieces: Sequence[Pieces], computed: Computed
    ) -> list[tuple[Span, ...]]:
        """The likeliest class with its probability; none of a blank text."""
        found = self._likely(len(examples), computed)
        chosen = found.argmax(axis=1).tolist()
        return [
            (whole(each.text, self.names[tag], float(found[number, tag])),) if each.text.strip() else ()
            for number, (each, tag) in enumerate(zip(examples, chosen, strict=True))
        ]

    def _likely(self, count: int, computed: Computed) -> NDArray[np.float64]:
        return self._probabilities(count, computed)[:, 0]

    def differences(self, found: Sequence[int], silver: Sequence[int]) -> Iterator[tuple[Mistake, int]]:
        """Another class is of the wrong type."""
        yield from (("type", unit) for unit, tags in enumerate(zip(found, silver, strict=True)) if len({*tags}) > 1)


class Classes(_Text):
    """Any number of classes: each class of a text is a unit, and the tags say whether the text is in it."""

    kind: Kind = "classes"
    options: Mapping[str, Any] = {"problem_type": "multi_label_classification"}

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(labels, units=len(labels), tags=2)

    def targets(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        """A text without classes is in none of them, and that is learnt."""
        return [int(name in example.classes) for name in self.names], ()

    def units(self, logits: Array, group: Sequence[Row]) -> Array:
        """A logit is the odds of being in a class: against 0, softmax is the sigmoid."""
        pairs = logits.reshape(-1)[:, None][:, [0, 0]]  # a copy, of numpy's arrays and of torch's
        pairs[:, 0] = 0.0
        return pairs

    def spans(
        self, examples: Sequence[Example], pieces: Sequence[Pieces], computed: Computed
    ) -> list[tuple[Span, ...]]:
        """Each class that is likelier than not, with its probability."""
        found = self._likely(len(examples), computed)
        return [
            self._sure(each.text, odds) if each.text.strip() else () for each, odds in zip(examples, found, strict=True)
        ]

    def _likely(self, count: int, computed: Computed) -> NDArray[np.float64]:
        return self._probabilities(count, computed)[:, :, 1]

    def differences(self, found: Sequence[int], silver: Sequence[int]) -> Iterator[tuple[Mistake, int]]:
        """A class that only silver has was invented, one that it has not was missed."""
        for unit, (ours, theirs) in enumerate(zip(found, silver, strict=True)):
            if ours != theirs:
                yield "invented" if theirs else "missed", unit

    def _sure(self, text: str, odds: NDArray[np.float64]) -> tuple[Span, ...]:
        return tuple(sorted(whole(text, self.names[unit], float(odds[unit])) for unit in np.flatnonzero(odds >= SURE)))
