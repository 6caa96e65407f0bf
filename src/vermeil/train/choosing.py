"""Choosing by dev while a run goes on: which of its states is kept, and when a stage has learnt what it can."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from vermeil.data import Dataset
from vermeil.errors import DataError, SettingsError
from vermeil.evaluate.figures import FIGURES
from vermeil.evaluate.score import evaluate
from vermeil.students.base import State, Student


@dataclass(frozen=True)
class Check:
    """What the student scored on dev.

    Args:
        step: steps done by then, over all stages.
        stage: the stage they ended in, from 0.
        score: the figure that is chosen by: by default F1, or accuracy.
    """

    step: int
    stage: int
    score: float


class Choice:
    """Keeps the state that was best on dev, the earliest of equals; never looks at test.

    Args:
        every: steps between two checks; there is one more at the end of each stage.
        patience: a stage ends once so many of its checks in a row brought no rise; None for never.
        by: the figure that is to rise, such as "macro F1"; empty for what predictions of its kind are compared by.
    """

    def __init__(self, dev: Dataset, every: int, patience: int | None = None, by: str = "") -> None:
        self.dev, self._every, self._patience, self._by = dev, every, patience, by
        self.checks: list[Check] = []
        self._best: State | None = None

    def after_step(self, student: Student, step: int, stage: int, done: int, planned: int) -> float | None:
        """Look at dev, if it is time to; returns the score.

        Args:
            step: steps done over all stages; `done` in this stage, of `planned`.
        """
        if done % self._every and done != planned:
            return None
        score = evaluate(student, self.dev).chosen(self._by)
        if not self.checks or score > self.best.score:
            self._best = student.state()
        self.checks.append(Check(step, stage, score))
        return score

    @property
    def best(self) -> Check:
        """The check whose state is kept."""
        return best_of(self.checks)

    def ended(self, stage: int) -> bool:
        """Whether the stage is to end now, since it brings nothing more."""
        found = [check.score for check in self.checks if check.stage == stage]
        return bool(self._patience and found) and len(found) - 1 - found.index(max(found)) >= (self._patience or 0)

    def apply(self, student: Student) -> None:
        """Put the student back to where it was best."""
        if self._best is not None:
            student.restore(self._best)

    def state(self) -> State:
        """For a checkpoint: the best state, and all checks."""
        best = self._best or State()
        return State(best.arrays, {"checks": [astuple(check) for check in self.checks], "best": dict(best.values)})

    def restore(self, state: State) -> None:
        """Go on with these checks."""
        self.checks = [Check(*check) for check in state.values["checks"]]
        self._best = State(state.arrays, state.values["best"]) if self.checks else None


def best_of(checks: Iterable[Check]) -> Check:
    """The highest score, the earliest of equals."""
    return max(checks, key=lambda check: (check.score, -check.step))


def choice_of(dev: Dataset, every: int | None, patience: int | None, by: str = "") -> Choice | None:
    """The choice that `TrainSettings` ask for with `check_every`, `patience`, `choose_by`; None if they ask for none.

    Raises:
        UnknownName: nothing is chosen by a figure of that name.
        SettingsError: there is a patience or a figure to choose by, but nothing says how often to check.
        DataError: there is no dev set to check by.
    """
    if every is None:
        if patience is not None or by:
            what = f"choosing by {by}" if by else f"a patience of {patience} checks"
            raise SettingsError(f"{what} needs check_every, the steps from one check to the next")
        return None
    if not len(dev):
        raise DataError("choosing by dev (check_every) needs a dev set, but there is none; give dev labels")
    return Choice(dev, every, patience, FIGURES[dev.kind].chosen(by)[0])
