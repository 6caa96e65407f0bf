"""Right, predicted and gold labels, and the four ways to be nearly right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Span
from vermeil.errors import DataError

Numbers = NDArray[np.int32]

Scheme = Literal["strict", "exact", "partial", "ent_type"]
SCHEMES: tuple[Scheme, ...] = ("strict", "exact", "partial", "ent_type")
"""nervaluate's names: bounds and label · bounds only · half a point for an overlap · overlap with the right label."""


def ratio(part: float, whole: float) -> float:
    """`part / whole`, and 0 where there is nothing to divide by (seqeval's `zero_division=0`)."""
    return part / whole if whole else 0.0


def f_measure(precision: float, recall: float) -> float:
    """The harmonic mean of precision and recall; 0 where both are 0."""
    return ratio(2 * precision * recall, precision + recall)


@dataclass(frozen=True)
class Counts:
    """How many labels are right, were predicted, and are there in truth; counts add up with `+`."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.right <= min(self.predicted, self.gold):
            raise DataError(
                f"counts need 0 <= right <= predicted and gold, "
                f"got right={self.right}, predicted={self.predicted}, gold={self.gold}"
            )

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """The part of the predicted labels that is right; 0 where none was predicted."""
        return ratio(self.right, self.predicted)

    @property
    def recall(self) -> float:
        """The part of the gold labels that was found; 0 where there is none."""
        return ratio(self.right, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where both are 0."""
        return f_measure(self.precision, self.recall)


def table_of(counts: Sequence[Counts], exact: Sequence[bool]) -> Numbers:
    """A row for each text: right, predicted, gold, and 1 where all of it is right."""
    rows = [(c.right, c.predicted, c.gold, same) for c, same in zip(counts, exact, strict=True)]
    return np.array(rows, np.int32).reshape(-1, 4)


@dataclass(frozen=True)
class Lenient:
    """One of nervaluate's views of the same predictions: COR, INC, PAR, MIS, SPU; half a point for a partial match."""

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0

    def __add__(self, other: Lenient) -> Lenient:
        return Lenient(
            self.correct + other.correct,
            self.incorrect + other.incorrect,
            self.partial + other.partial,
            self.missed + other.missed,
            self.spurious + other.spurious,
        )

    @property
    def precision(self) -> float:
        """Points by predicted labels."""
        points, matched = self.correct + 0.5 * self.partial, self.correct + self.incorrect + self.partial
        return ratio(points, matched + self.spurious)

    @property
    def recall(self) -> float:
        """Points by gold labels."""
        points, matched = self.correct + 0.5 * self.partial, self.correct + self.incorrect + self.partial
        return ratio(points, matched + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where both are 0."""
        return f_measure(self.precision, self.recall)


def overlap(left: Span, right: Span) -> int:
    """How many characters two spans share."""
    return max(0, min(left.end, right.end) - max(left.start, right.start))


def view(gold: Sequence[Span], predicted: Iterable[Span], scheme: Scheme) -> Lenient:
    """The labels of one text by one scheme: each prediction, in order, takes one gold label that is still free.

    Any shared character counts as an overlap. nervaluate asks for 1 % of the gold span, which only
    differs where that is longer than 100 characters.
    """
    free = list(gold)
    correct = near = spurious = 0
    for span in sorted(predicted):
        touching = [g for g in free if overlap(g, span)]
        same = [g for g in touching if _matches(g, span, scheme)]
        if same:
            correct += 1
            free.remove(_nearest(same, span))
        elif touching:
            near += 1
            free.remove(touching[0])
        else:
            spurious += 1
    incorrect, partial = (0, near) if scheme == "partial" else (near, 0)
    return Lenient(correct, incorrect, partial, len(free), spurious)


def _matches(gold: Span, predicted: Span, scheme: Scheme) -> bool:
    same_bounds = (gold.start, gold.end) == (predicted.start, predicted.end)
    if scheme == "strict":
        return same_bounds and gold.label == predicted.label
    return gold.label == predicted.label if scheme == "ent_type" else same_bounds


def _nearest(spans: Sequence[Span], to: Span) -> Span:
    return min(spans, key=lambda span: abs(span.start - to.start) + abs(span.end - to.end))
