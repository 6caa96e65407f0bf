"""One line of a comparison: a condition over all its seeds, and how it differs from another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from vermeil.compare.cells import Result
from vermeil.compare.conditions import Condition
from vermeil.counted import many
from vermeil.errors import DataError, nearest
from vermeil.evaluate.figures import Figures, Measure
from vermeil.evaluate.score import Scores
from vermeil.evaluate.significance import Difference, Interval, Over, differences, interval

BASELINE = "gold-only"
"""What every other strategy is compared with, where it was run: the human labels alone."""


@dataclass(frozen=True)
class Row:
    """One condition over all its seeds.

    Args:
        choose_by: the figure on dev that it is chosen by (see `TrainSettings`).
    """

    condition: Condition
    results: tuple[Result, ...]
    choose_by: str = ""

    @property
    def name(self) -> str:
        """Its name in tables; no two rows of a comparison share one."""
        return self.condition.name

    @property
    def strategy(self) -> str:
        """The name of its strategy, which other rows may have too."""
        return self.condition.strategy

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that are finished."""
        return tuple(result.seed for result in self.results)

    @property
    def figures(self) -> Figures:
        """Which figures say something about its labels."""
        return self.results[0].scores.figures

    @property
    def f1(self) -> float:
        """Strict micro F1, mean over seeds."""
        return fmean(result.scores.f1 for result in self.results)

    @property
    def score(self) -> float:
        """What rows are compared by, F1 or accuracy (see `figures`), mean over seeds."""
        return fmean(result.scores.value for result in self.results)

    def figure(self, name: str) -> float | None:
        """Another figure of its scores by name, mean over seeds; None where they have none."""
        found = [value for each in self.scores() if (value := each.figure(name)) is not None]
        return fmean(found) if found else None

    @property
    def spread(self) -> float | None:
        """Standard deviation of the score over seeds (n - 1); None for one seed."""
        scores = [result.scores.value for result in self.results]
        return stdev(scores) if len(scores) > 1 else None

    @property
    def dev_score(self) -> float | None:
        """What it is chosen by on the dev set, mean over seeds; None where there is no dev set."""
        scores = [result.dev.chosen(self.choose_by) for result in self.results if result.dev]
        return fmean(scores) if scores else None

    @property
    def best_on_dev(self) -> Result:
        """The seed that did best on dev; the first one where there is no dev set."""
        return max(self.results, key=lambda result: result.dev.chosen(self.choose_by) if result.dev else 0.0)

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
        """Optimiser steps of a cell, mean over seeds: they differ where dev ends stages early."""
        return round(fmean(len(result.run.steps) for result in self.results))

    @property
    def gold(self) -> float:
        """Gold texts that it learns from, mean over seeds."""
        return fmean(result.gold for result in self.results)

    @property
    def silver(self) -> float:
        """Silver texts that it learns from, mean over seeds."""
        return fmean(result.silver for result in self.results)

    @property
    def answers(self) -> float:
        """The teacher's answers that it takes, also those on gold that its silver is judged by; mean over seeds."""
        return fmean(result.answers for result in self.results)

    def scores(self, test: str = "") -> list[Scores]:
        """Scores of each seed, by the test labels of that name; "" are the comparison's own.

        Raises:
            DataError: there are no such test labels.
        """
        first = self.results[0].others
        if test and test not in first:
            raise DataError(f"no test labels are called {test!r}{nearest(test, first)}; there are: {', '.join(first)}")
        return [result.others[test] if test else result.scores for result in self.results]

    def interval(self, measure: Measure | None = None, *, over: Over = "texts and seeds", test: str = "") -> Interval:
        """95 % interval over the test set's texts (documents, where known) and over seeds, where there are several."""
        return interval(self.scores(test), measure, over=over)

    def difference(
        self,
        other: Row,
        measure: Measure | None = None,
        *,
        over: Over = "texts and seeds",
        test: str = "",
        resamples: int = 2000,
    ) -> Difference:
        """How much better this row is than the other on the same texts, paired by the seeds that both have.

        Raises:
            DataError: they have no seed in common.
        """
        pairs = [(self, other)]
        return all_differences(pairs, measure, over=over, test=test, resamples=resamples)[0]

    def of_seeds(self, seeds: tuple[int, ...]) -> Row:
        """The same row with these seeds alone; an interrupted comparison lacks some.

        Raises:
            DataError: it has none of them.
        """
        common = tuple(sorted((r for r in self.results if r.seed in seeds), key=lambda result: result.seed))
        if not common:
            raise DataError(f"{self.name} has none of the seeds {', '.join(map(str, seeds))}; run them first")
        return replace(self, results=common)


def all_differences(
    pairs: Iterable[tuple[Row, Row]],
    measure: Measure | None = None,
    *,
    over: Over = "texts and seeds",
    test: str = "",
    resamples: int = 2000,
) -> tuple[Difference, ...]:
    """`Row.difference` of many pairs at once, on the same draws.

    Raises:
        DataError: two of a pair have no seed in common.
    """
    sides = [(a.of_seeds(b.seeds).scores(test), b.of_seeds(a.seeds).scores(test)) for a, b in pairs]
    return differences(sides, measure, over=over, resamples=resamples)


def steps_said(counts: Collection[int]) -> str:
    """The steps of rows: 12 steps, 7 to 14 steps."""
    few, most = min(counts), max(counts)
    return many(most, "step") if few == most else f"{few:,} to {most:,} steps"


def baseline(row: Row, rows: Iterable[Row]) -> Row | None:
    """Gold alone, as much of it as the row has and with its student; the most there is, where the row draws none.

    None for gold alone itself, and where that was not run.
    """
    alone = [r for r in rows if r.strategy == BASELINE and r.condition.student == row.condition.student]
    if row.strategy == BASELINE or not alone:
        return None
    if row.gold:
        return next((r for r in alone if r.condition.gold == row.condition.gold), None)
    return max(alone, key=lambda r: r.gold)
