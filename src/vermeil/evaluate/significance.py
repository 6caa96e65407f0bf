"""Intervals, paired comparisons, and what is left of p-values when there are many of them.

Runs of several seeds are scored on the same draws and their measures averaged. An interval over "texts" speaks of
other texts for these trained students; one over "texts and seeds" of other texts and newly trained students too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vermeil.errors import DataError
from vermeil.evaluate.figures import Measure
from vermeil.evaluate.resampling import Floats, bootstrap, measured, swapped, units_of, with_seeds
from vermeil.evaluate.score import Scores

Over = Literal["texts", "texts and seeds"]


@dataclass(frozen=True)
class Interval:
    """A measure with its interval: `low` and `high` hold it at the confidence `level`.

    Args:
        units: what was drawn: "texts" or "documents".
        seeds: how many seeds' scatter is inside the interval; 1 where there is no more than texts in it.
    """

    value: float
    low: float
    high: float
    level: float
    units: str
    seeds: int = 1


@dataclass(frozen=True)
class Difference:
    """How much better `a` is than `b`, with its interval, two p-values, both two-sided, and sizes of the effect.

    Args:
        p: bootstrap; under 1 - level just where the interval leaves out 0.
        p_swap: approximate randomisation: how often swapping a and b on random units differs as much; it speaks of
            texts alone.
        seeds: how many seeds' scatter is inside the interval and `p`; 1 where there is no more than texts in them.
        wins: the part of the draws in which a is better.
        d: the difference by its standard deviation over the seeds, paired (Cohen's d); None for one seed.
        errors_removed: the part of b's errors (what its measure lacks to 1) that a does away with.
    """

    value: float
    low: float
    high: float
    level: float
    units: str
    p: float
    p_swap: float
    seeds: int = 1
    wins: float = 0.5
    d: float | None = None
    errors_removed: float = 0.0


def interval(
    runs: Sequence[Scores],
    measure: Measure | None = None,
    *,
    over: Over = "texts",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """A percentile bootstrap interval of a measure, averaged over runs (seeds) on the same texts.

    Args:
        measure: None is the one that labels of their kind are compared by.

    Raises:
        DataError: there is no run, no text, or the runs are of different texts.
    """
    counts, units = units_of(runs, measure)
    observed = measured(counts.sum(axis=0))
    drawn = bootstrap(counts, measured, resamples, seed)
    low, high = (min(max(bound, 0.0), 1.0) for bound in bounds(_over(over, drawn, observed, seed), level))
    return Interval(float(observed.mean()), low, high, level, units, _seeds(over, observed))


def difference(
    a: Sequence[Scores],
    b: Sequence[Scores],
    measure: Measure | None = None,
    *,
    over: Over = "texts",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Difference:
    """Compare two systems on the same texts: each draw holds the same texts (and seeds) of both.

    Args:
        measure: None is the one that labels of their kind are compared by.

    Raises:
        DataError: the runs are of different texts, or one side has more runs than the other.
    """
    if len(a) != len(b):
        raise DataError(f"a paired comparison needs as many runs on both sides, got {len(a)} and {len(b)}")
    counts, units = units_of([*a, *b], measure)

    def gaps(sums: Floats) -> Floats:
        values = measured(sums)
        return np.asarray(values[..., : len(a)] - values[..., len(a) :])

    observed = gaps(counts.sum(axis=0))
    value = float(observed.mean())
    drawn = _over(over, bootstrap(counts, gaps, resamples, seed), observed, seed)
    swaps = swapped(counts, lambda sums: np.asarray(gaps(sums).mean(axis=-1)), resamples, seed)
    lacking = 1 - float(measured(counts.sum(axis=0))[len(a) :].mean())
    return Difference(
        value,
        *bounds(drawn, level),
        level,
        units,
        p=two_sided(drawn),
        # equal up to rounding is as extreme; one is added above and below as in `two_sided`
        p_swap=(int((np.abs(swaps) >= abs(value) - 1e-12).sum()) + 1) / (resamples + 1),
        seeds=_seeds(over, observed),
        wins=float((drawn > 0).mean() + (drawn == 0).mean() / 2),
        d=cohens_d(observed),
        errors_removed=value / lacking if lacking > 0 else 0.0,
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values of a family, corrected (Holm 1979): at most 5 % of families have one under 0.05 by chance."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return tuple(corrected)


def two_sided(drawn: Floats) -> float:
    """How often a draw of a difference lies on the other side of 0, both sides counted."""
    # One is added above and below: the observed sample is itself one of the possible ones, so p is never 0.
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (len(drawn) + 1))


def bounds(drawn: Floats, level: float = 0.95) -> tuple[float, float]:
    """The two quantiles that hold the middle `level` of the draws."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cohens_d(differences: Floats) -> float | None:
    """The mean of paired differences by their standard deviation; None for one, or where they don't scatter."""
    if len(differences) < 2:
        return None
    scatter = float(differences.std(ddof=1))
    return float(differences.mean()) / scatter if scatter > 0 else None


def _over(over: Over, drawn: Floats, observed: Floats, seed: int) -> Floats:
    return with_seeds(drawn, observed, seed) if over == "texts and seeds" else np.asarray(drawn.mean(axis=-1))


def _seeds(over: Over, observed: Floats) -> int:
    return len(observed) if over == "texts and seeds" else 1
