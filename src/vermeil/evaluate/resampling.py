"""Drawing texts anew, or whole documents where they are known: what every interval and p-value here rests on.

Sentences of one document are not independent, so documents are drawn where there are enough of them. One seed gives the
same draws whatever is measured on them, so that many runs are measured at once: one product of two matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from vermeil.errors import DataError
from vermeil.evaluate.counts import Numbers
from vermeil.evaluate.figures import Measure
from vermeil.evaluate.score import Scores

Floats = NDArray[np.float64]
Weights = NDArray[np.uint8] | NDArray[np.uint16]

MIN_DOCUMENTS = 10
"""With fewer documents, texts are drawn instead: a bootstrap over a handful of units is far too narrow."""

_AT_ONCE = 1024  # draws: of fewer, the threads of a matrix product wait for each other longer than they work
_CELLS = 1 << 22  # draws x units at a time, which bounds the memory: 32 MB, and a few times as much in between
_KEPT = 1 << 24  # draws x units that are worth their bytes: 4,800 draws of 3,453 texts
_EXACT = 1 << 24  # 32-bit floats hold every whole number up to here

# Columns of `Scores.table`: right, predicted, gold, all right. F1 = 2PR / (P + R) is 2 right / (predicted + gold), also
# where one of the two is 0.
_PARTS: Mapping[Measure, Callable[[Numbers], tuple[Numbers, Numbers]]] = {
    "precision": lambda table: (table[:, 0], table[:, 1]),
    "recall": lambda table: (table[:, 0], table[:, 2]),
    "f1": lambda table: (2 * table[:, 0], table[:, 1] + table[:, 2]),
    "accuracy": lambda table: (table[:, 3], np.ones_like(table[:, 3])),
}
"""What texts bring to a measure: each of them is a ratio of two sums over texts."""


def units_of(runs: Sequence[Scores], measure: Measure | None = None) -> tuple[Floats, str]:
    """The two sums of the measure as units x runs x 2, and what the units are: "texts" or "documents".

    Args:
        measure: None is the one that labels of their kind are compared by.

    Raises:
        DataError: there is no run, no text, or the runs are of different texts.
    """
    if not runs or not runs[0].per_example:
        raise DataError("an interval needs at least one scored text")
    first, parts = runs[0], _PARTS[measure or runs[0].figures.measure]
    for other in runs[1:]:
        if other.documents != first.documents or not np.array_equal(other.table[:, 2], first.table[:, 2]):
            raise DataError(
                f"runs can only be compared on the same texts, in the same order; "
                f"got {len(first.per_example)} and {len(other.per_example)} texts with different gold labels"
            )
    per_text = np.stack([np.stack(parts(run.table), axis=-1) for run in runs], axis=1).astype(np.float64)
    if len(set(first.documents) - {""}) < MIN_DOCUMENTS:
        return per_text, "texts"
    names = [name or str(number) for number, name in enumerate(first.documents)]
    return _add_up(per_text, [(bool(d), n) for d, n in zip(first.documents, names, strict=True)]), "documents"


def measured(sums: Floats) -> Floats:
    """The measure from its two sums on the last axis; 0 where it would divide by 0."""
    part, whole = sums[..., 0], sums[..., 1]
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0))


def bootstrap(counts: Floats, statistic: Callable[[Floats], Floats], resamples: int, seed: int) -> Floats:
    """The statistic of `resamples` draws of as many units, with replacement; one seed gives the same draws.

    Draws from few units scatter too little; they are stretched about the observed statistic as far as Student's t
    is wider than the normal curve (the expanded percentile interval, Hesterberg 2015): 3.6 % for 50 documents.
    """
    units = len(counts)
    drawn = np.concatenate([statistic(sums) for sums in _weighted(_draws(units, resamples, seed), counts)])
    observed = statistic(counts.sum(axis=0))
    drawn -= observed
    drawn *= _stretch(units)
    drawn += observed
    return drawn


def _stretch(units: int) -> float:
    """How much wider: the variance's n / (n - 1), and t's 97.5 % quantile by the normal one (Cornish and Fisher)."""
    free = max(units - 1, 1)
    return float(np.sqrt(1 + 1 / free) * (1 + (1.96**2 + 1) / (4 * free)))


def swapped(counts: Floats, left: Sequence[int], right: Sequence[int], resamples: int, seed: int) -> Iterator[Floats]:
    """How much larger the measure is in each run on the left, after swapping it with that on its right.

    On a random half of the units, the same one for all runs; some draws at a time, as draws x runs.
    """
    ours, theirs = counts[:, left], counts[:, right]
    here, there = ours.sum(axis=0), theirs.sum(axis=0)
    for moved in _weighted(_halves(len(counts), resamples, seed), theirs - ours):
        yield measured(here + moved) - measured(there - moved)


def with_seeds(drawn: Floats, observed: Floats, seed: int) -> Floats:
    """Draws of the mean over seeds that hold both: other texts, and other seeds.

    Of the scatter of `drawn`, only what all seeds share is kept: the rest is part of how far the seeds scatter on
    these texts. Drawing the seeds with replacement would count it twice: null differences then came out as real in
    0.3 to 4 % of simulations instead of 5. Student's t about their mean, for so many seeds, gave 2 to 5 %. Few seeds
    can agree by luck: no quantile is nearer to the middle than that of the texts alone.

    Args:
        drawn: the measure by draw and seed, texts drawn anew.
        observed: the measure by seed, on the texts at hand.
    """
    value, runs = observed.mean(), len(observed)
    means = drawn.mean(axis=1)
    if runs == 1:
        return np.asarray(means)
    whole, own = means.var(), drawn.var(axis=0).mean()
    shared = max(0.0, (runs * whole - own) / (runs - 1))
    texts = (means - value) * (np.sqrt(shared / whole) if whole else 0.0)
    scatter = observed.std(ddof=1) / np.sqrt(runs)
    seeds = scatter * np.random.default_rng([seed, runs]).standard_t(runs - 1, len(means))
    # both ways, so that no side is favoured
    return _widened(np.concatenate([value + texts + seeds, value + texts - seeds]), np.concatenate([means, means]))


def _widened(drawn: Floats, least: Floats) -> Floats:
    """The draws, in their order, with no quantile nearer to the middle than that of as many others."""
    order, half = drawn.argsort(), len(drawn) // 2
    ours, theirs = drawn[order], np.sort(least)
    wide = np.empty_like(drawn)
    wide[order[:half]] = np.minimum(ours[:half], theirs[:half])
    wide[order[half:]] = np.maximum(ours[half:], theirs[half:])
    return wide


def _add_up(per_text: Floats, keys: Sequence[tuple[bool, str]]) -> Floats:
    """One row per key, summed; a text without a document is a unit of its own."""
    rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    summed = np.zeros((len(rows), *per_text.shape[1:]))
    np.add.at(summed, [rows[key] for key in keys], per_text)
    return summed


def _draws(units: int, resamples: int, seed: int) -> Iterator[Weights]:
    """How often each unit was drawn, some draws at a time."""
    if units * resamples > _KEPT:
        yield from _drawn(units, resamples, seed)
        return
    kept = _drawn_once(units, resamples, seed)
    start = 0
    for size in _chunks(units, resamples):
        yield kept[start : start + size]
        start += size


@lru_cache(maxsize=2)
def _drawn_once(units: int, resamples: int, seed: int) -> Weights:
    """A comparison asks for the same draws for every row; no unit is drawn anywhere near 65,536 times."""
    return np.concatenate(list(_drawn(units, resamples, seed)))


def _drawn(units: int, resamples: int, seed: int) -> Iterator[Weights]:
    rng = np.random.default_rng(seed)
    for size in _chunks(units, resamples):
        picks = rng.integers(0, units, (size, units))
        picks += units * np.arange(size)[:, None]
        yield np.bincount(picks.ravel(), minlength=size * units).reshape(size, units).astype(np.uint16)


def _halves(units: int, resamples: int, seed: int) -> Iterator[Weights]:
    """1 for each unit with a chance of a half, else 0; some draws at a time."""
    rng = np.random.default_rng(seed)
    for size in _chunks(units, resamples):
        bits = rng.integers(0, 1 << 64, (size, -(-units // 64)), np.uint64)
        yield np.unpackbits(bits.view(np.uint8), axis=1, count=units)


def _weighted(weights: Iterator[Weights], counts: Floats) -> Iterator[Floats]:
    """For each row of weights, the weighted sum of the units' counts: whole numbers, so no order of adding matters."""
    columns = counts.reshape(len(counts), prod(counts.shape[1:]))
    exact = np.float32 if len(counts) * np.abs(columns).max(initial=0) < _EXACT else np.float64
    columns = columns.astype(exact)
    for rows in weights:
        summed = np.matmul(rows.astype(exact), columns).astype(np.float64)
        yield summed.reshape(len(rows), *counts.shape[1:])


def _chunks(units: int, resamples: int) -> list[int]:
    """How many draws at a time; which ones they are does not depend on it."""
    size = max(1, min(_AT_ONCE, _CELLS // units))
    return [min(size, resamples - start) for start in range(0, resamples, size)]
