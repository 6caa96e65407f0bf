"""A run as its checkpoints see it: where it begins, and what happens after each of its steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vermeil.blend.schedules import share_at
from vermeil.execute.interrupts import PostponedInterrupt
from vermeil.provenance import versions
from vermeil.students.base import State, Student
from vermeil.train.checkpoint import Checkpoints, Reached, digest
from vermeil.train.choosing import Choice
from vermeil.train.strategies import Strategy

Row = tuple[float, ...]
"""What is kept of a step."""


class Resumable:
    """A run that begins where an earlier one was stopped; made by `resumable`."""

    def __init__(self, choice: Choice | None) -> None:
        self.rows: list[Row] = []
        self._choice = choice
        self._spent, self._began = 0.0, time.monotonic()

    @property
    def seconds(self) -> float:
        """What the run took so far, with its earlier parts."""
        return self._spent + time.monotonic() - self._began

    def after(self, row: Row) -> None:
        """One more step is done."""
        self.rows.append(row)

    def whole(self) -> None:
        """All steps are done."""

    def go_on_from(self, reached: Reached, student: Student) -> None:
        """Put the student where it stood."""
        student.restore(reached.student)
        self.rows, self._spent = [tuple(row) for row in reached.steps], reached.seconds
        if self._choice:
            self._choice.restore(reached.choice)


class _Kept(Resumable):
    """One that keeps checkpoints."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        student: Student,
        made_of: Mapping[str, Any],
        interrupt: PostponedInterrupt,
        choice: Choice | None,
    ) -> None:
        super().__init__(choice)
        self._checkpoints, self._student, self._made_of = checkpoints, student, made_of
        self._interrupt = interrupt

    def after(self, row: Row) -> None:
        super().after(row)
        stopped = self._interrupt.came.is_set()
        if stopped or self._checkpoints.due:
            self._save()
        if stopped:
            raise KeyboardInterrupt

    def whole(self) -> None:
        if self._checkpoints.keep_last:
            self._save()

    def _save(self) -> None:
        chosen = self._choice.state() if self._choice else State()
        self._checkpoints.save(Reached(self._student.state(), self.rows, self.seconds, chosen), self._made_of)


@contextmanager
def resumable(
    checkpoints: Checkpoints | None,
    student: Student,
    parts: Callable[[], Mapping[str, Any]],
    choice: Choice | None = None,
) -> Iterator[Resumable]:
    """A run with these checkpoints, or with none; Ctrl-C waits for the end of a step, which is then kept.

    Args:
        parts: what the run's result depends on; a checkpoint made of anything else is refused.
        choice: what the run has seen on dev, which goes on, too.
    """
    if checkpoints is None:
        yield Resumable(choice)
        return
    with PostponedInterrupt() as interrupt:
        run = _Kept(checkpoints, student, made := parts(), interrupt, choice)
        if reached := checkpoints.last(made):
            try:
                run.go_on_from(reached, student)
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                raise checkpoints.of_another_version(error) from None
        yield run


def made_of(student: Student, strategy: Strategy, resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the bits of the result depend on: only a run of the same may go on from a checkpoint."""
    torch = sys.modules.get("torch")
    return {
        **{key: resolved[key] for key in ("strategy", "settings", "student")},
        # a function of the user's own has a name at most: what it gives tells it from another
        "shares": [[share_at(stage.schedule, i / 100) for i in range(101)] for stage in strategy.stages],
        "gold": resolved["gold"]["sha256"],
        "silver": resolved["silver"]["sha256"],
        "treatment": resolved.get("treatment"),
        "dev": resolved.get("dev", {}).get("sha256"),
        "labels": list(student.labels),
        "student before": digest(student.state()),
        "threads": torch.get_num_threads() if torch else 1,
        "versions": versions(),
    }
