"""What a report says, worked out once: HTML, Markdown, CSV, figures and the terminal only dress it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vermeil.compare import Comparison, Row
from vermeil.data import Dataset
from vermeil.evaluate.calibration import Bin, pooled
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.figures import Figures
from vermeil.evaluate.mistakes import Kind, Mistakes, mistakes
from vermeil.evaluate.shown import sides
from vermeil.report.advice import Advice, advice
from vermeil.report.lines import Line, OnDone, lines
from vermeil.report.places import in_view

POINTS = 50
"""Points of a curve; more steps than that are averaged."""


@dataclass(frozen=True)
class Curves:
    """A row's training by progress (0 to 1): share of silver planned and drawn, loss; means over seeds."""

    progress: tuple[float, ...]
    planned: tuple[float, ...]
    drawn: tuple[float, ...]
    loss: tuple[float, ...]


@dataclass(frozen=True)
class Content:
    """A comparison, ready to be shown; mappings are by the name of the row, in the table's order.

    Args:
        view: names of the rows that figures show; all of them, unless there are too many.
        support: gold labels of the test set by label name.
        by_label: counts by label, summed over seeds.
        wrong: mistakes of each kind, means over seeds.
        confusion: gold and predicted class to how many, means over seeds; of classes only.
        calibration: scores of predicted classes in bins, seeds added up; of classes with scores only.
        shown: examples of mistakes of the recommended row (the first one without a dev set), as `shown_of` says.
    """

    comparison: Comparison
    lines: tuple[Line, ...]
    view: tuple[str, ...]
    advice: Advice | None
    curves: Mapping[str, Curves]
    support: Mapping[str, int]
    by_label: Mapping[str, Mapping[str, Counts]]
    wrong: Mapping[str, Mapping[Kind, float]]
    confusion: Mapping[str, Mapping[tuple[str, str], float]]
    calibration: Mapping[str, tuple[Bin, ...]]
    shown: Mistakes | None
    shown_of: str

    @property
    def figures(self) -> Figures:
        """Which figures say something about its labels."""
        return self.comparison.figures

    @property
    def chosen_by(self) -> str:
        """The name of the figure on dev that the best line is chosen by."""
        return self.comparison.chosen_by[0]

    @property
    def best(self) -> Line | None:
        """The line that is best on dev, if there is a dev set."""
        return self.advice.line if self.advice else None

    @property
    def viewed(self) -> tuple[Line, ...]:
        """The lines that figures show."""
        by_name = {line.name: line for line in self.lines}
        return tuple(by_name[name] for name in self.view)

    @property
    def several_seeds(self) -> bool:
        """Whether any row was run more than once."""
        return any(len(line.by_seed) > 1 for line in self.lines)

    @property
    def equal_steps(self) -> bool:
        """Whether all rows took the same number of steps, as they should."""
        return len({line.steps for line in self.lines}) == 1

    @property
    def has_baseline(self) -> bool:
        """Whether there are differences to show."""
        return any(line.contrast for line in self.lines)


def content(comparison: Comparison, examples: int = 0, on_done: OnDone = lambda count: None) -> Content:
    """Everything a report needs.

    Args:
        examples: how many mistakes of each kind and label to keep with their texts.
        on_done: called with the number of parts done since the last call; there are as many as `parts` says.
    """
    _ = comparison.contrasts, comparison.multipliers  # kept by the comparison; the lines ask for them
    on_done(len(comparison.rows))
    table = lines(comparison, on_done)
    shown = comparison.best or comparison.rows[0]
    wrong = {}
    for row in comparison:
        wrong[row.name] = _wrong(row, comparison.test)
        on_done(1)
    return Content(
        comparison=comparison,
        lines=table,
        view=tuple(row.name for row in in_view(comparison)),
        advice=advice(comparison, table),
        curves={row.name: _curves(row) for row in comparison},
        support=_support(comparison),
        by_label={row.name: _by_label(row) for row in comparison},
        wrong=wrong,
        confusion={row.name: found for row in comparison if (found := _confusion(row))},
        calibration={row.name: bins for row in comparison if (bins := _calibration(row))},
        shown=mistakes(comparison.test.examples, shown.best_on_dev.predictions, examples) if examples else None,
        shown_of=shown.name,
    )


def parts(comparison: Comparison) -> int:
    """How many parts of work `content` tells of."""
    return 3 * len(comparison.rows)


def on_dev(a_round: Mapping[str, Any]) -> Mapping[str, float]:
    """The scores of a round of a pick, by row; files of before there were classes call them F1."""
    found: Mapping[str, float] = a_round.get("dev_scores") or a_round["dev_f1"]
    return found


def steps_by(a_round: Mapping[str, Any]) -> Mapping[str, int]:
    """The steps of its candidates, by row; older files know only those of one."""
    found: Mapping[str, int] = a_round.get("steps_by") or dict.fromkeys(on_dev(a_round), a_round["steps"])
    return found


def _confusion(row: Row) -> dict[tuple[str, str], float]:
    summed = Counter[tuple[str, str]]()
    for result in row.results:
        summed.update(result.scores.confusion)
    gold, given = sides(summed)
    return {(true, to): summed[true, to] / len(row.results) for true in gold for to in given}


def _calibration(row: Row) -> tuple[Bin, ...]:
    return pooled(found for result in row.results if (found := result.scores.calibration))


def _curves(row: Row) -> Curves:
    runs = [np.array([(s.planned, s.share, s.loss) for s in result.run.steps]) for result in row.results]
    points = min(POINTS, *map(len, runs))  # seeds may differ in their steps: each is parted by its own progress
    means = np.mean([[piece.mean(axis=0) for piece in np.array_split(run, points)] for run in runs], axis=0)
    steps = len(runs[0])
    pieces = np.array_split(np.arange(steps) / max(steps - 1, 1), points)
    planned, drawn, loss = (tuple(map(float, column)) for column in means.T)
    return Curves(tuple(float(piece.mean()) for piece in pieces), planned, drawn, loss)


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


def _wrong(row: Row, test: Dataset) -> dict[Kind, float]:
    kinds = row.figures.mistakes
    sums = dict.fromkeys(kinds, 0)
    for result in row.results:
        pairs = zip(test, result.predictions, strict=True)
        # most texts have no mistake, and pairing labels takes a while
        doubtful = [(e, found) for e, found in pairs if e.lost or set(found) != set(e.labels)]
        found = mistakes([e for e, _ in doubtful], [spans for _, spans in doubtful], keep=0)
        for kind in kinds:
            sums[kind] += found.count(kind)
    return {kind: count / len(row.results) for kind, count in sums.items()}
