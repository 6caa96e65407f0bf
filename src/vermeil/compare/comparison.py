"""The outcome of a comparison: a row for each strategy, every cell behind it, and what made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from vermeil.compare.cells import Result
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.evaluate.significance import Difference, Interval, Measure, difference, interval


@dataclass(frozen=True)
class Row:
    """One strategy over all its seeds."""

    strategy: str
    results: tuple[Result, ...]

    @property
    def precision(self) -> float:
        """Strict micro precision, mean over seeds."""
        return fmean(result.scores.precision for result in self.results)

    @property
    def recall(self) -> float:
        """Strict micro recall, mean over seeds."""
        return fmean(result.scores.recall for result in self.results)

    @property
    def f1(self) -> float:
        """Strict micro F1, mean over seeds."""
        return fmean(result.scores.f1 for result in self.results)

    @property
    def f1_spread(self) -> float | None:
        """Standard deviation of F1 over seeds (n - 1); None for one seed."""
        scores = [result.scores.f1 for result in self.results]
        return stdev(scores) if len(scores) > 1 else None

    @property
    def dev_f1(self) -> float | None:
        """Strict micro F1 on the dev set, mean over seeds; None where there is no dev set."""
        scores = [result.dev.f1 for result in self.results if result.dev]
        return fmean(scores) if scores else None

    @property
    def best_on_dev(self) -> Result:
        """The seed that did best on dev; the first one where there is no dev set."""
        return max(self.results, key=lambda result: result.dev.f1 if result.dev else 0.0)

    @property
    def mean_share(self) -> float:
        """The part of all examples drawn that was silver."""
        return fmean(result.run.mean_share for result in self.results)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of a cell (training and scoring), mean over seeds."""
        return fmean(result.seconds for result in self.results)

    @property
    def steps(self) -> int:
        """Optimiser steps of a cell."""
        return len(self.results[0].run.steps)

    def interval(self, measure: Measure = "f1") -> Interval:
        """95 % bootstrap interval over the test set's texts (documents, where known), seeds averaged."""
        return interval([result.scores for result in self.results], measure)

    def difference(self, other: Row, measure: Measure = "f1") -> Difference:
        """How much better this strategy is than the other on the same texts, paired."""
        return difference([r.scores for r in self.results], [r.scores for r in other.results], measure)


@dataclass(frozen=True, eq=False)  # hashed as the object that it is, so that what is computed of it can be kept
class Comparison:
    """Rows in the order asked for.

    Args:
        made: settings, data with hashes, versions, command: everything needed to repeat it.
    """

    rows: tuple[Row, ...]
    test: Dataset
    made: Mapping[str, Any]

    def __getitem__(self, strategy: str) -> Row:
        for row in self.rows:
            if row.strategy == strategy:
                return row
        raise DataError(
            f"the comparison has no strategy {strategy!r}; it has: {', '.join(r.strategy for r in self.rows)}"
        )

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def best(self) -> Row | None:
        """The row with the highest F1 on dev, never on test; None where there is no dev set."""
        scored = [row for row in self.rows if row.dev_f1 is not None]
        return max(scored, key=lambda row: row.dev_f1 or 0.0) if scored else None

    def as_dict(self) -> dict[str, Any]:
        """The table as plain values, for `--json`."""
        best = self.best
        return {"rows": [_row_as_dict(row, row is best) for row in self.rows], "made": dict(self.made)}


def _row_as_dict(row: Row, best: bool) -> dict[str, Any]:
    bounds = row.interval()
    return {
        "strategy": row.strategy,
        "precision": row.precision,
        "recall": row.recall,
        "f1": row.f1,
        "f1_low": bounds.low,
        "f1_high": bounds.high,
        "f1_spread": row.f1_spread,
        "dev_f1": row.dev_f1,
        "best_on_dev": best,
        "mean_share": row.mean_share,
        "seconds": row.seconds,
        "seeds": [result.seed for result in row.results],
        "steps": row.steps,
    }
