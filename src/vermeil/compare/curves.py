"""Scores over the number of gold texts, and what silver is worth in gold: the gold multiplier.

The multiplier is the gold texts that gold alone would need for the same score, read off its learning curve, by the
gold texts used. Between measured sizes the curve is taken as straight in the logarithm of the size, and where
chance made it fall it is levelled (isotonic regression): more gold is not worse. It is never continued beyond its
last point: "at least" is then all that can be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    return multipliers([row], rows, resamples=resamples, seed=seed).get(row.name)


def multipliers(
    of: Iterable[Row], rows: Sequence[Row], *, resamples: int = RESAMPLES, seed: int = 0
) -> Mapping[str, Multiplier]:
    """`multiplier` of all these rows, by their names; those that have none are left out."""
    grouped: dict[str | None, list[Row]] = {}
    for row in of:
        if row.strategy != BASELINE:
            grouped.setdefault(row.condition.student, []).append(row)
    found: dict[str, Multiplier] = {}
    for student, group in grouped.items():
        alone = [r for r in rows if r.strategy == BASELINE and r.condition.student == student and r.gold]
        alone.sort(key=lambda r: r.gold)
        if len({r.gold for r in alone}) > 1:
            found |= _by_curve(alone, group, resamples, seed)
    return found


def _by_curve(alone: Sequence[Row], group: Sequence[Row], resamples: int, seed: int) -> dict[str, Multiplier]:
    """The multipliers of rows by the curve of these, in the order of their sizes."""
    sizes = [r.gold for r in alone]
    observed, drawn = _scores(alone, group, resamples, seed)
    curve, longest = observed[: len(alone)], max(map(len, drawn[: len(alone)]))
    curves = _levelled(np.stack([np.resize(draws, longest) for draws in drawn[: len(alone)]], axis=1))
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    found = {}
    for row, value, draws in zip(group, observed[len(alone) :], drawn[len(alone) :], strict=True):
        many = max(longest, len(draws))  # of one seed there are half as many
        spread = _reached(sizes, np.resize(curves, (many, len(sizes))), np.resize(draws, many))
        # a value that was drawn, not one between two: half-way to infinity is nowhere
        low, high = np.quantile(spread, tails, method="inverted_cdf")
        found[row.name] = Multiplier(
            row.gold, gold_needed(sizes, curve, value), float(low), float(high), sizes[0], sizes[-1]
        )
    return found


def gold_needed(sizes: Sequence[float], scores: Sequence[float] | Floats, target: float) -> float:
    """The smallest size at which the curve reaches the target; 0 if its start is better, infinity if it never does."""
    return float(_reached(sizes, _levelled(np.array([scores], float)), np.array([target]))[0])


def _levelled(curves: Floats) -> Floats:
    """Each of the rows made never to fall."""
    falling = np.flatnonzero((np.diff(curves, axis=1) < 0).any(axis=1))
    level = curves.copy()
    for number in falling:
        level[number] = rising(curves[number])
    return level


def _reached(sizes: Sequence[float], curves: Floats, targets: Floats) -> Floats:
    """`gold_needed` for each row of levelled curves and its own target."""
    targets = targets - 1e-12  # what is equal but for rounding is equal
    at = (curves < targets[:, None]).sum(axis=1)  # the first point that is as good
    after, rows = np.clip(at, 1, len(sizes) - 1), np.arange(len(curves))
    before, between = curves[rows, after - 1], (at > 0) & (at < len(sizes))
    part = np.divide(targets - before, curves[rows, after] - before, out=np.zeros_like(targets), where=between)
    logs = np.array([log(size) for size in sizes])
    needed: Floats = np.exp(logs[after - 1] + part * (logs[after] - logs[after - 1]))
    needed[at == 0] = sizes[0]
    needed[targets < curves[:, 0] - 2e-12] = 0.0
    needed[at == len(sizes)] = inf
    return needed


def _scores(alone: Sequence[Row], group: Sequence[Row], resamples: int, seed: int) -> tuple[Floats, list[Floats]]:
    """The score of each row, and its draws: texts drawn anew for all rows together, seeds for each."""
    rows = [*alone, *group]
    counts, _ = units_of([scores for row in rows for scores in row.scores()])
    ends = np.cumsum([len(row.results) for row in rows])[:-1]
    observed = np.split(measured(counts.sum(axis=0)), ends)
    drawn = np.split(bootstrap(counts, measured, resamples, seed), ends, axis=1)
    numbers = [min(number, len(alone)) for number in range(len(rows))]  # a row's draws do not depend on its neighbours
    columns = [with_seeds(d, o, seed + number) for d, o, number in zip(drawn, observed, numbers, strict=True)]
    return np.array([o.mean() for o in observed]), columns
