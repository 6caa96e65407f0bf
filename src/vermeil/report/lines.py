"""The table of a comparison as plain values: one line for each row, with intervals, gain, worth and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from vermeil.compare import Comparison, Condition, Contrast, Multiplier, Row
from vermeil.evaluate.significance import Difference, Interval

OnDone = Callable[[int], None]


@dataclass(frozen=True)
class Line:
    """One row.

    Args:
        best: whether it did best on dev; the test set never chooses.
        score: what rows are compared by (see `Comparison.figures`); `beside` the other figures of their kind, by name.
        contrast: beside gold alone, None for gold alone itself or where that was not run.
        others: the score by the other test labels, by their name.
        worth: its gold multiplier, where the learning curve of gold alone is known.
    """

    condition: Condition
    best: bool
    score: Interval
    beside: Mapping[str, float | None]
    spread: float | None
    dev_score: float | None
    contrast: Contrast | None
    share: float
    gold: float
    silver: float
    answers: float
    steps: int
    seconds: float
    by_seed: Mapping[int, float]
    others: Mapping[str, Interval]
    worth: Multiplier | None
    cost: float | None

    @property
    def name(self) -> str:
        """The row's name, which no other row has."""
        return self.condition.name

    @property
    def strategy(self) -> str:
        """The name of its strategy."""
        return self.condition.strategy

    @property
    def against(self) -> Difference | None:
        """The difference to gold alone."""
        return self.contrast.difference if self.contrast else None


_KEPT: WeakKeyDictionary[Comparison, tuple[Line, ...]] = WeakKeyDictionary()
"""The page and the terminal's table show the same lines; their resampling takes seconds."""


def lines(comparison: Comparison, on_done: OnDone = lambda count: None) -> tuple[Line, ...]:
    """The table, in the order of the rows.

    Args:
        on_done: called with the number of rows done since the last call.
    """
    if comparison not in _KEPT:
        found = []
        for row in comparison:
            found.append(_line(comparison, row))
            on_done(1)
        _KEPT[comparison] = tuple(found)
    return _KEPT[comparison]


def _line(comparison: Comparison, row: Row) -> Line:
    gains = (c for c in comparison.contrasts if c.question == "gold alone" and c.row == row.name)
    return Line(
        condition=row.condition,
        best=row is comparison.best,
        score=row.interval(),
        beside={name: row.figure(name) for name in row.figures.beside.values()},
        spread=row.spread,
        dev_score=row.dev_score,
        contrast=next(gains, None),
        share=row.mean_share,
        gold=row.gold,
        silver=row.silver,
        answers=row.answers,
        steps=row.steps,
        seconds=row.seconds,
        by_seed={result.seed: result.scores.value for result in row.results},
        others={name: row.interval(test=name) for name in comparison.tests},
        worth=comparison.multipliers.get(row.name),
        cost=comparison.cost(row),
    )
