"""Intervals and paired comparisons by resampling texts, or whole documents where they are known.

Sentences of one document are not independent, so documents are drawn where there are enough of them.
Runs of several seeds are scored on the same draws and their measures averaged: an interval speaks of
other *texts* for these trained students; how far seeds scatter is shown beside it, not inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vermeil.errors import DataError
from vermeil.evaluate.score import Scores

Measure = Literal["precision", "recall", "f1"]
Floats = NDArray[np.float64]

MIN_DOCUMENTS = 10
"""With fewer documents, texts are drawn instead: a bootstrap over a handful of units is far too narrow."""

_CHUNK = 256  # draws at a time, which bounds the memory: 256 x 3,453 texts are 7 MB


@dataclass(frozen=True)
class Interval:
    """A measure with its interval: `low` and `high` hold it at the confidence `level`.

    Args:
        units: what was drawn: "texts" or "documents".
    """

    value: float
    low: float
    high: float
    level: float
    units: str


@dataclass(frozen=True)
class Difference:
    """How much better `a` is than `b`, with its interval and two p-values, both two-sided.

    Args:
        p: bootstrap; under 1 - level just where the interval leaves out 0.
        p_swap: approximate randomisation: how often swapping a and b on random units differs as much.
    """

    value: float
    low: float
    high: float
    level: float
    units: str
    p: float
    p_swap: float


def interval(
    runs: Sequence[Scores], measure: Measure = "f1", *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """A percentile bootstrap interval of a micro measure, averaged over runs (seeds) on the same texts.

    Raises:
        DataError: there is no run, no text, or the runs are of different texts.
    """
    counts, units = _counts(runs)
    drawn = _bootstrap(counts, lambda sums: _measure(sums, measure).mean(axis=-1), resamples, seed)
    low, high = _bounds(drawn, level)
    return Interval(float(_measure(counts.sum(axis=0), measure).mean()), low, high, level, units)


def difference(
    a: Sequence[Scores],
    b: Sequence[Scores],
    measure: Measure = "f1",
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Difference:
    """Compare two systems on the same texts: each draw holds the same texts (and seeds) of both.

    Raises:
        DataError: the runs are of different texts, or one side has more runs than the other.
    """
    if len(a) != len(b):
        raise DataError(f"a paired comparison needs as many runs on both sides, got {len(a)} and {len(b)}")
    counts, units = _counts([*a, *b])
    gap = _gap(measure, len(a))
    value = float(gap(counts.sum(axis=0)))
    drawn = _bootstrap(counts, gap, resamples, seed)
    low, high = _bounds(drawn, level)
    # One is added above and below: the observed sample is itself one of the possible ones, so p is never 0.
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p = min(1.0, 2 * (tail + 1) / (resamples + 1))
    return Difference(value, low, high, level, units, p, _swap_p(counts, gap, value, resamples, seed))


def _counts(runs: Sequence[Scores]) -> tuple[Floats, str]:
    """Right, predicted and gold labels as units x runs x 3, and what the units are."""
    if not runs or not runs[0].per_example:
        raise DataError("an interval needs at least one scored text")
    first = runs[0]
    truth = [counts.gold for counts in first.per_example]
    for other in runs[1:]:
        if other.documents != first.documents or [counts.gold for counts in other.per_example] != truth:
            raise DataError(
                f"runs can only be compared on the same texts, in the same order; "
                f"got {len(first.per_example)} and {len(other.per_example)} texts with different gold labels"
            )
    columns = [[(c.right, c.predicted, c.gold) for c in run.per_example] for run in runs]
    per_text = np.asarray(columns, dtype=np.float64).transpose(1, 0, 2)
    if len(set(first.documents) - {""}) < MIN_DOCUMENTS:
        return per_text, "texts"
    names = [name or str(number) for number, name in enumerate(first.documents)]
    return _add_up(per_text, [(bool(d), n) for d, n in zip(first.documents, names, strict=True)]), "documents"


def _add_up(per_text: Floats, keys: Sequence[tuple[bool, str]]) -> Floats:
    """One row per key, summed; a text without a document is a unit of its own."""
    rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    summed = np.zeros((len(rows), *per_text.shape[1:]))
    np.add.at(summed, [rows[key] for key in keys], per_text)
    return summed


def _measure(sums: Floats, measure: Measure) -> Floats:
    """The measure from sums of right, predicted, gold on the last axis; 0 where it would divide by 0."""
    right, predicted, gold = np.moveaxis(sums, -1, 0)
    # F1 = 2PR / (P + R) is 2 right / (predicted + gold), also where one of the two is 0.
    parts: dict[Measure, tuple[Floats, Floats]] = {
        "precision": (right, predicted),
        "recall": (right, gold),
        "f1": (2 * right, predicted + gold),
    }
    part, whole = parts[measure]
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0))


def _gap(measure: Measure, runs: int) -> Callable[[Floats], Floats]:
    def gap(sums: Floats) -> Floats:
        values = _measure(sums, measure)
        return np.asarray(values[..., :runs].mean(axis=-1) - values[..., runs:].mean(axis=-1))

    return gap


def _bootstrap(counts: Floats, statistic: Callable[[Floats], Floats], resamples: int, seed: int) -> Floats:
    """The statistic of `resamples` draws of as many units, with replacement."""
    units, rng = len(counts), np.random.default_rng(seed)
    drawn = []
    for size in _chunks(resamples):
        picks = rng.integers(0, units, (size, units)) + units * np.arange(size)[:, None]
        weights = np.bincount(picks.ravel(), minlength=size * units).reshape(size, units)
        drawn.append(statistic(_sums(weights, counts)))
    return np.concatenate(drawn)


def _swap_p(counts: Floats, gap: Callable[[Floats], Floats], value: float, resamples: int, seed: int) -> float:
    """Two-sided p by approximate randomisation: were the names a and b interchangeable, unit by unit?"""
    runs = counts.shape[1] // 2
    swapped = np.concatenate([counts[:, runs:], counts[:, :runs]], axis=1) - counts
    swapped = swapped[swapped.any(axis=(1, 2))]
    total, rng = counts.sum(axis=0), np.random.default_rng(seed)
    extreme = 0
    for size in _chunks(resamples):
        gaps = gap(total + _sums(rng.integers(0, 2, (size, len(swapped))), swapped))
        extreme += int((np.abs(gaps) >= abs(value) - 1e-12).sum())  # equal up to rounding is as extreme
    return (extreme + 1) / (resamples + 1)


def _sums(weights: NDArray[np.int64], counts: Floats) -> Floats:
    """For each row of weights, the weighted sum of the units' counts."""
    columns = np.ascontiguousarray(counts.reshape(len(counts), prod(counts.shape[1:])).T)
    # No BLAS here: its threads wait for each other, which on a busy machine takes many times as long.
    summed: Floats = np.einsum("du,cu->dc", weights.astype(np.float64), columns)
    return summed.reshape(len(weights), *counts.shape[1:])


def _bounds(drawn: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _chunks(total: int) -> Iterator[int]:
    for start in range(0, total, _CHUNK):
        yield min(_CHUNK, total - start)
