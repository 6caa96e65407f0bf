"""What a report says, worked out once: HTML, Markdown, CSV, figures and the terminal only dress it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vermeil.compare import Comparison, Row
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.mistakes import KINDS, Kind, Mistakes, mistakes
from vermeil.evaluate.significance import Difference, Interval

POINTS = 100
"""Points of a curve; more steps than that are averaged."""

WRONG: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "right")


@dataclass(frozen=True)
class Line:
    """One strategy in the table.

    Args:
        best: whether it did best on dev; the test set never chooses.
        against: the difference to `BASELINE`, None for itself or where that was not run.
    """

    strategy: str
    best: bool
    precision: float
    recall: float
    f1: Interval
    spread: float | None
    dev_f1: float | None
    against: Difference | None
    share: float
    steps: int
    seconds: float
    f1_by_seed: Mapping[int, float]


@dataclass(frozen=True)
class Curves:
    """A strategy's training by progress (0 to 1): share of silver planned and drawn, loss; means over seeds."""

    progress: tuple[float, ...]
    planned: tuple[float, ...]
    drawn: tuple[float, ...]
    loss: tuple[float, ...]


@dataclass(frozen=True)
class Content:
    """A comparison, ready to be shown; mappings are by strategy, in the table's order.

    Args:
        support: gold labels of the test set by label name.
        by_label: counts by label, summed over seeds.
        wrong: mistakes of each kind, means over seeds.
        shown: examples of mistakes of the best strategy (the first one without a dev set), as `shown_of` says.
    """

    comparison: Comparison
    lines: tuple[Line, ...]
    curves: Mapping[str, Curves]
    support: Mapping[str, int]
    by_label: Mapping[str, Mapping[str, Counts]]
    wrong: Mapping[str, Mapping[Kind, float]]
    shown: Mistakes | None
    shown_of: str

    @property
    def best(self) -> Line | None:
        """The line that is best on dev, if there is a dev set."""
        return next((line for line in self.lines if line.best), None)

    @property
    def several_seeds(self) -> bool:
        """Whether any strategy was run more than once."""
        return any(len(line.f1_by_seed) > 1 for line in self.lines)

    @property
    def equal_steps(self) -> bool:
        """Whether all strategies took the same number of steps, as they should."""
        return len({line.steps for line in self.lines}) == 1

    @property
    def has_baseline(self) -> bool:
        """Whether there are differences to show."""
        return any(line.against for line in self.lines)


@lru_cache(maxsize=1)  # the page and the terminal's table show the same lines; their resampling takes seconds
def lines(comparison: Comparison) -> tuple[Line, ...]:
    """The table, in the order in which the strategies were asked for."""
    best = comparison.best
    return tuple(_line(row, row is best, comparison.baseline(row)) for row in comparison)


def content(comparison: Comparison, examples: int = 0) -> Content:
    """Everything a report needs.

    Args:
        examples: how many mistakes of each kind and label to keep with their texts.
    """
    shown = comparison.best or comparison.rows[0]
    return Content(
        comparison=comparison,
        lines=lines(comparison),
        curves={row.name: _curves(row) for row in comparison},
        support=_support(comparison),
        by_label={row.name: _by_label(row) for row in comparison},
        wrong={row.name: _wrong(row, comparison) for row in comparison},
        shown=mistakes(comparison.test.examples, shown.best_on_dev.predictions, examples) if examples else None,
        shown_of=shown.name,
    )


def _line(row: Row, best: bool, baseline: Row | None) -> Line:
    return Line(
        strategy=row.name,
        best=best,
        precision=row.precision,
        recall=row.recall,
        f1=row.interval(),
        spread=row.f1_spread,
        dev_f1=row.dev_f1,
        against=_against(row, baseline),
        share=row.mean_share,
        steps=row.steps,
        seconds=row.seconds,
        f1_by_seed={result.seed: result.scores.f1 for result in row.results},
    )


def _against(row: Row, baseline: Row | None) -> Difference | None:
    """Paired over the seeds that both have finished; an interrupted comparison lacks some."""
    return row.difference(baseline) if baseline and set(row.seeds) & set(baseline.seeds) else None


def _curves(row: Row) -> Curves:
    runs = [result.run.steps for result in row.results]
    values = np.array([[(s.planned, s.share, s.loss) for s in steps] for steps in runs]).mean(axis=0)
    pieces = np.array_split(values, min(POINTS, len(values)))
    ends = np.cumsum([len(piece) for piece in pieces])
    middles = (ends - [(len(piece) + 1) / 2 for piece in pieces]) / max(len(values) - 1, 1)
    planned, drawn, loss = (tuple(map(float, column)) for column in np.array([p.mean(axis=0) for p in pieces]).T)
    return Curves(tuple(map(float, middles)), planned, drawn, loss)


def _support(comparison: Comparison) -> dict[str, int]:
    counts = comparison.rows[0].results[0].scores.by_label
    labels = sorted({label for row in comparison for result in row.results for label in result.scores.by_label})
    return {label: counts.get(label, Counts()).gold for label in labels}


def _by_label(row: Row) -> dict[str, Counts]:
    summed: dict[str, Counts] = {}
    for result in row.results:
        for label, counts in result.scores.by_label.items():
            summed[label] = summed.get(label, Counts()) + counts
    return summed


def _wrong(row: Row, comparison: Comparison) -> dict[Kind, float]:
    found = [mistakes(comparison.test.examples, result.predictions, keep=0) for result in row.results]
    return {kind: sum(one.count(kind) for one in found) / len(found) for kind in WRONG}
