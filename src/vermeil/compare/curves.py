"""Scores over the number of gold texts, and what silver is worth in gold: the gold multiplier.

The multiplier is the gold texts that gold alone would need for the same score, read off its learning curve, by the
gold texts used. Between measured sizes the curve is taken as straight in the logarithm of the size, and where
chance made it fall it is levelled (isotonic regression): more gold is not worse. It is never continued beyond its
last point: "at least" is then all that can be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, log

import numpy as np

from vermeil.compare.conditions import Condition
from vermeil.compare.rows import BASELINE, Row
from vermeil.evaluate.resampling import Floats, bootstrap, measured, units_of, with_seeds
from vermeil.evaluate.rising import rising
from vermeil.evaluate.significance import Interval

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Curve:
    """The score of one strategy by the number of gold texts; the condition has no size of gold."""

    condition: Condition
    points: tuple[tuple[float, Interval], ...]

    @property
    def name(self) -> str:
        """Its name in tables."""
        return self.condition.name


@dataclass(frozen=True)
class Multiplier:
    """What a row's silver is worth in gold texts; sizes are those of the learning curve of gold alone.

    Args:
        used: gold texts that the row learns from.
        needed: those that gold alone would need for the same score, with its 95 % interval; 0 is below the curve's
            first point, and infinity beyond its last.
        smallest: the curve's first size; `largest` its last.
    """

    used: float
    needed: float
    low: float
    high: float
    smallest: float
    largest: float

    @property
    def value(self) -> float | None:
        """The multiplier, at least or at most where `needed` is off the curve; None where no gold is used."""
        return self._times(self.needed)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval, cut where the curve ends."""
        low, high = self._times(self.low), self._times(self.high)
        return None if low is None or high is None else (low, high)

    @property
    def beyond(self) -> bool:
        """Whether gold alone never gets there on its curve, so that the value is a lower bound."""
        return self.needed == inf

    @property
    def below(self) -> bool:
        """Whether gold alone is better with the fewest texts tried, so that the value is an upper bound."""
        return self.needed == 0

    def on_curve(self, size: float) -> float:
        """The size, cut where the curve ends."""
        return min(max(size, self.smallest), self.largest)

    def _times(self, size: float) -> float | None:
        return self.on_curve(size) / self.used if self.used else None

    def __str__(self) -> str:
        sizes = (self.needed, self.low, self.high)
        said = [self._said(size) for size in sizes]
        return f"{said[0]} ({said[1]} to {said[2]})"

    def _said(self, size: float) -> str:
        mark = "≥ " if size == inf else "≤ " if size == 0 else ""
        if not self.used:
            return f"{mark}{self.on_curve(size):,.0f} texts"
        return f"{mark}{self.on_curve(size) / self.used:.1f}"


def learning_curves(rows: Sequence[Row]) -> tuple[Curve, ...]:
    """Every strategy that was run with at least two sizes of gold, with each teacher and student."""
    grouped: dict[Condition, list[Row]] = {}
    for row in rows:
        if row.gold:
            grouped.setdefault(replace(row.condition, gold=None), []).append(row)
    curves = {condition: sorted(group, key=lambda row: row.gold) for condition, group in grouped.items()}
    return tuple(
        Curve(condition, tuple((row.gold, row.interval()) for row in group))
        for condition, group in curves.items()
        if len({row.gold for row in group}) > 1
    )


def multiplier(row: Row, rows: Sequence[Row], *, resamples: int = RESAMPLES, seed: int = 0) -> Multiplier | None:
    """The row's gold multiplier by the learning curve of gold alone with the same student.

    Every draw holds the same texts for the row and for the whole curve; seeds scatter for each of them by itself.
    None for gold alone, and where gold alone was not run with at least two sizes.
    """
    alone = [r for r in rows if r.strategy == BASELINE and r.condition.student == row.condition.student and r.gold]
    alone.sort(key=lambda r: r.gold)
    sizes = [r.gold for r in alone]
    if row.strategy == BASELINE or len(set(sizes)) < 2:
        return None
    observed, drawn = _scores([*alone, row], resamples, seed)
    needed = gold_needed(sizes, observed[:-1], observed[-1])
    spread = np.array([gold_needed(sizes, draw[:-1], draw[-1]) for draw in drawn])
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    # a value that was drawn, not one between two: half-way to infinity is nowhere
    low, high = np.quantile(spread, tails, method="inverted_cdf")
    return Multiplier(row.gold, needed, float(low), float(high), sizes[0], sizes[-1])


def gold_needed(sizes: Sequence[float], scores: Sequence[float] | Floats, target: float) -> float:
    """The smallest size at which the curve reaches the target; 0 if its start is better, infinity if it never does."""
    level = rising(scores)
    target -= 1e-12  # what is equal but for rounding is equal
    if target < level[0] - 2e-12:
        return 0.0
    if target > level[-1]:
        return inf
    at = int(np.searchsorted(level, target))  # the first point that is as good
    if at == 0:
        return float(sizes[0])
    part = (target - level[at - 1]) / (level[at] - level[at - 1])
    return float(np.exp(log(sizes[at - 1]) + part * (log(sizes[at]) - log(sizes[at - 1]))))


def _scores(rows: Sequence[Row], resamples: int, seed: int) -> tuple[Floats, Floats]:
    """The score by row, and by draw and row: texts drawn anew for all rows together, seeds for each."""
    counts, _ = units_of([scores for row in rows for scores in row.scores()])
    ends = np.cumsum([len(row.results) for row in rows])[:-1]
    observed = np.split(measured(counts.sum(axis=0)), ends)
    drawn = np.split(bootstrap(counts, measured, resamples, seed), ends, axis=1)
    columns = [with_seeds(d, o, seed + number) for number, (d, o) in enumerate(zip(drawn, observed, strict=True))]
    longest = max(map(len, columns))
    return np.array([o.mean() for o in observed]), np.stack([np.resize(c, longest) for c in columns], axis=1)
