"""Intervals, paired comparisons, and what is left of p-values when there are many of them.

Runs of several seeds are scored on the same draws and their measures averaged. An interval over "texts" speaks of
other texts for these trained students; one over "texts and seeds" of other texts and newly trained students too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vermeil.errors import DataError
from vermeil.evaluate.figures import Measure
from vermeil.evaluate.resampling import Floats, bootstrap, measured, swapped, units_of, with_seeds
from vermeil.evaluate.score import Scores
from vermeil.evaluate.tails import bounds, cohens_d, two_sided

Over = Literal["texts", "texts and seeds"]

Columns = tuple[Sequence[int], Sequence[int]]
"""The runs of the two sides of a pair, by their columns."""

_ROOM = 1 << 23  # 64 MiB


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
        errors_removed: the part of b's errors (what its measure lacks to 1) that a does away with;
            None where b has none.
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
    errors_removed: float | None = None


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
    low, high = np.clip(bounds(_over(over, drawn, observed, seed), level), 0.0, 1.0).tolist()
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
    return differences([(a, b)], measure, over=over, level=level, resamples=resamples, seed=seed)[0]


def differences(
    pairs: Sequence[tuple[Sequence[Scores], Sequence[Scores]]],
    measure: Measure | None = None,
    *,
    over: Over = "texts",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[Difference, ...]:
    """What `difference` says of each pair; they share the draws, so a hundred take little longer than ten.

    Raises:
        DataError: the runs are of different texts, or one side of a pair has more runs than the other.
    """
    for a, b in pairs:
        if len(a) != len(b):
            raise DataError(f"a paired comparison needs as many runs on both sides, got {len(a)} and {len(b)}")
    runs = {id(run): run for pair in pairs for side in pair for run in side}
    if not pairs:
        return ()
    counts, units = units_of(list(runs.values()), measure)
    place = {key: column for column, key in enumerate(runs)}
    columns = [([place[id(run)] for run in a], [place[id(run)] for run in b]) for a, b in pairs]
    return differences_of(counts, columns, units, over=over, level=level, resamples=resamples, seed=seed)


def differences_of(
    counts: Floats,
    pairs: Sequence[Columns],
    units: str = "texts",
    *,
    over: Over = "texts",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    room: int = _ROOM,
) -> tuple[Difference, ...]:
    """The same of runs that are columns of `counts`, as `units_of` gives them.

    Args:
        room: draws x runs that are held at a time.
    """
    found: list[Difference] = []
    for some in _in_memory(pairs, resamples, room):
        left, right = ([column for pair in some for column in pair[side]] for side in (0, 1))
        ends = np.cumsum([len(a) for a, _ in some])
        values = measured(counts.sum(axis=0))
        gaps = np.split(values[left] - values[right], ends[:-1])
        drawn = np.split(bootstrap(counts, _gaps(left, right), resamples, seed), ends[:-1], axis=1)
        p_swap = _p_of_swapping(swapped(counts, left, right, resamples, seed), gaps, resamples)
        for (_, b), gap, draws, p in zip(some, gaps, drawn, p_swap, strict=True):
            scattered = _over(over, np.ascontiguousarray(draws), gap, seed)
            found.append(_difference(gap, scattered, float(values[b].mean()), level, units, p, _seeds(over, gap)))
    return tuple(found)


def _gaps(left: list[int], right: list[int]) -> Callable[[Floats], Floats]:
    def gaps(sums: Floats) -> Floats:
        values = measured(sums)
        return np.asarray(values[..., left] - values[..., right])

    return gaps


def _in_memory(pairs: Sequence[Columns], resamples: int, room: int) -> Iterator[Sequence[Columns]]:
    """Some pairs at a time, so that their draws have room."""
    most = max(1, room // (resamples * max(len(a) for a, _ in pairs)))
    yield from (pairs[start : start + most] for start in range(0, len(pairs), most))


def _p_of_swapping(swaps: Iterable[Floats], gaps: Sequence[Floats], resamples: int) -> Floats:
    """For each pair, how often swapped runs differ on average at least as much as the pair's own do."""
    own = np.array([abs(gap.mean()) for gap in gaps])
    sizes = np.array([len(gap) for gap in gaps])
    starts, hits = np.cumsum(sizes) - sizes, np.zeros(len(gaps))
    for drawn in swaps:
        means = np.add.reduceat(drawn, starts, axis=1) / sizes
        hits += (np.abs(means) >= own - 1e-12).sum(axis=0)  # equal up to rounding is as extreme
    return np.asarray((hits + 1) / (resamples + 1))  # one is added above and below as in `two_sided`


def _difference(
    gap: Floats, drawn: Floats, other: float, level: float, units: str, p_swap: float, seeds: int
) -> Difference:
    """Put together.

    Args:
        gap: how much better a is than b, by seed; `other` is b's own measure.
    """
    value, lacking = float(gap.mean()), 1 - other
    low, high = np.clip(bounds(drawn, level), -1.0, 1.0).tolist()
    return Difference(
        value,
        low,
        high,
        level,
        units,
        p=two_sided(drawn),
        p_swap=float(p_swap),
        seeds=seeds,
        wins=float((drawn > 0).mean() + (drawn == 0).mean() / 2),
        d=cohens_d(gap),
        errors_removed=value / lacking if lacking > 0 else None,
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values of a family, corrected (Holm 1979): at most 5 % of families have one under 0.05 by chance."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return tuple(corrected)


def _over(over: Over, drawn: Floats, observed: Floats, seed: int) -> Floats:
    return with_seeds(drawn, observed, seed) if over == "texts and seeds" else np.asarray(drawn.mean(axis=-1))


def _seeds(over: Over, observed: Floats) -> int:
    return len(observed) if over == "texts and seeds" else 1
