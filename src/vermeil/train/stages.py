"""Stages and strategies as values: what is trained on, for which part of the steps, with a fresh optimiser or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, is_dataclass, replace
from typing import Any

from vermeil.blend.schedules import SCHEDULES, Natural, Schedule, share_at
from vermeil.errors import SettingsError


@dataclass(frozen=True)
class Stage:
    """A stretch of training with one schedule.

    Args:
        share_of_steps: the stage's part of all steps, in (0, 1].
        restart: begin with a fresh optimiser and warm-up; without it, the stage goes on with the last one's.
        learning_rate: the peak of this stage, as a multiple of the run's learning rate.
    """

    schedule: Schedule
    share_of_steps: float = 1.0
    restart: bool = True
    learning_rate: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share_of_steps <= 1:
            raise SettingsError(f"a stage's share of the steps lies in (0, 1], got {self.share_of_steps}")
        if not 0 < self.learning_rate < float("inf"):
            raise SettingsError(f"a stage's learning rate is a positive multiple, got {self.learning_rate}")


@dataclass(frozen=True)
class Strategy:
    """Stages in order. All strategies get the same number of optimiser steps, so that they can be compared."""

    stages: tuple[Stage, ...]
    about: str = ""

    def __post_init__(self) -> None:
        total = sum(stage.share_of_steps for stage in self.stages)
        if not self.stages or abs(total - 1) > 1e-6:
            raise SettingsError(f"the stages of a strategy share out all steps (sum 1), got a sum of {total:g}")
        if any(not stage.restart and stage.learning_rate != 1 for stage in self.stages[1:]):
            raise SettingsError(
                "a stage that goes on with the last one's optimiser has its learning rate too; restart it"
            )

    def steps(self, total: int) -> tuple[int, ...]:
        """The steps of each stage; they sum to `total`.

        Raises:
            SettingsError: there are too few steps for every stage to get one.
        """
        ends = [round(sum(s.share_of_steps for s in self.stages[: i + 1]) * total) for i in range(len(self.stages))]
        counts = tuple(end - start for start, end in zip([0, *ends], ends, strict=False))
        if min(counts) < 1:
            raise SettingsError(f"{total} steps are too few for {len(self.stages)} stages; give more steps")
        return counts

    def resolved(self, gold: int, silver: int) -> Strategy:
        """The same strategy, with natural shares filled in for these numbers of examples."""
        return replace(
            self,
            stages=tuple(
                replace(stage, schedule=stage.schedule.of(gold, silver))
                if isinstance(stage.schedule, Natural)
                else stage
                for stage in self.stages
            ),
        )

    def needs(self) -> tuple[bool, bool]:
        """Whether the strategy asks for gold, and whether for silver; a natural share makes do with either."""
        shares = [share for stage in self.stages for share in _sketch(stage.schedule)]
        return any(share < 1 for share in shares), any(share > 0 for share in shares)

    def uses(self) -> tuple[bool, bool]:
        """Whether the strategy draws gold where there is some, and whether silver."""
        natural = any(isinstance(stage.schedule, Natural) for stage in self.stages)
        needs_gold, needs_silver = self.needs()
        return needs_gold or natural, needs_silver or natural

    def shares(self, total: int) -> tuple[tuple[float, ...], ...]:
        """The planned share of silver at each step of each stage, in a run of `total` steps.

        Raises:
            SettingsError: as `steps`; or a share is natural and the strategy not `resolved`.
        """
        return tuple(
            tuple(share_at(stage.schedule, step / max(count - 1, 1)) for step in range(count))
            for stage, count in zip(self.stages, self.steps(total), strict=True)
        )

    def mean_share(self, total: int) -> float:
        """The planned share of silver, mean over all steps."""
        return sum(map(sum, self.shares(total))) / total

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record: schedules by name with their parameters."""
        return {"stages": [stage_as_dict(stage) for stage in self.stages]}


def stage_as_dict(stage: Stage) -> dict[str, Any]:
    """A stage as plain values, the form that `strategy_from` reads."""
    values: dict[str, Any] = {"schedule": schedule_name(stage.schedule)}
    if is_dataclass(stage.schedule) and not isinstance(stage.schedule, type):
        values |= asdict(stage.schedule)
    return values | {
        "share_of_steps": stage.share_of_steps,
        "restart": stage.restart,
        "learning_rate": stage.learning_rate,
    }


def schedule_name(value: Schedule) -> str:
    """The name in `SCHEDULES`, or the function's own for a user's."""
    for name, kind in SCHEDULES.items():
        if type(value) is kind:
            return name
    return getattr(value, "__qualname__", type(value).__qualname__)


def one_stage(schedule: Schedule, about: str = "") -> Strategy:
    """Train once, blending by the schedule."""
    return Strategy((Stage(schedule),), about)


def _sketch(schedule: Schedule) -> Iterator[float]:
    """The share at points all over the stage; nothing for a natural one, which is not known yet."""
    if not isinstance(schedule, Natural):
        yield from (share_at(schedule, i / 100) for i in range(101))
