"""Whether a label that is given with a score of 0.8 is right in 8 of 10 cases."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import fmean

from vermeil.data import Example, Span
from vermeil.evaluate.counts import ratio

BINS = 15
"""As many as in Guo et al., "On Calibration of Modern Neural Networks" (2017)."""


@dataclass(frozen=True)
class Bin:
    """Predicted labels whose scores are near each other; bins add up with `+`.

    Args:
        scores: the sum of their scores; `right` how many of them gold has too.
    """

    count: int = 0
    right: int = 0
    scores: float = 0.0

    def __add__(self, other: Bin) -> Bin:
        return Bin(self.count + other.count, self.right + other.right, self.scores + other.scores)

    @property
    def confidence(self) -> float:
        """The mean score."""
        return ratio(self.scores, self.count)

    @property
    def accuracy(self) -> float:
        """The part that is right."""
        return ratio(self.right, self.count)


@dataclass(frozen=True)
class Calibration:
    """How far scores of predicted labels are from the part of them that is right.

    Args:
        bins: `BINS` of equal width from 0 to 1, each with its upper end (Guo et al. 2017).
        adaptive: the same error over bins of equal mass, which equal scores are never parted by.
        brier: the mean squared distance of a predicted label's score to 1 where it is right, to 0 where it is not.
    """

    bins: tuple[Bin, ...]
    adaptive: float
    brier: float

    @property
    def count(self) -> int:
        """How many predicted labels have a score."""
        return sum(each.count for each in self.bins)

    @property
    def error(self) -> float:
        """The expected calibration error (ECE): the mean distance of score and accuracy over bins of equal width."""
        return _error(self.bins)


def calibration(gold: Sequence[Example], predicted: Sequence[Sequence[Span]]) -> Calibration | None:
    """How well the scores of predicted labels tell which are right; None where none has a score."""
    pairs = sorted(
        (span.score, span in example.labels)
        for example, found in zip(gold, predicted, strict=True)
        for span in found
        if span.score is not None
    )
    if not pairs:
        return None
    equal_mass = [pairs[max(len(pairs) * at // BINS - 1, 0)][0] for at in range(1, BINS)]
    return Calibration(
        bins=_sorted_into([at / BINS for at in range(1, BINS)], pairs),
        adaptive=_error(_sorted_into(equal_mass, pairs)),
        brier=fmean((score - right) ** 2 for score, right in pairs),
    )


def pooled(several: Iterable[Calibration]) -> tuple[Bin, ...]:
    """The bins of several runs on the same texts, added up."""
    return tuple(reduce(add, alike) for alike in zip(*(each.bins for each in several), strict=True))


def _sorted_into(ends: Sequence[float], labels: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Each score in the first bin that doesn't end below it."""
    bins = [Bin()] * BINS
    for score, right in labels:
        bins[bisect_left(ends, score)] += Bin(1, int(right), score)
    return tuple(bins)


def _error(bins: Iterable[Bin]) -> float:
    every = tuple(bins)
    return ratio(sum(abs(each.right - each.scores) for each in every), sum(each.count for each in every))
