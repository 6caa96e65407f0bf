"""Strategies: which labels a student sees, in which order, for how long.

A strategy is one or more stages; each stage has a schedule of its own. Phase 2 of the paper (sequences) and
phase 3 (blends that change) are therefore one mechanism.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from vermeil.blend.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Linear,
    Natural,
    Power,
    Schedule,
    Sigmoid,
    Step,
    schedule,
    share_at,
)
from vermeil.errors import SettingsError, UnknownName


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
        if self.learning_rate <= 0:
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
        return Strategy(
            tuple(
                Stage(s.schedule.of(gold, silver), s.share_of_steps, s.restart, s.learning_rate)
                if isinstance(s.schedule, Natural)
                else s
                for s in self.stages
            ),
            self.about,
        )

    def needs(self) -> tuple[bool, bool]:
        """Whether the strategy asks for gold, and whether for silver; a natural share makes do with either."""
        shares = [
            share_at(stage.schedule, i / 100)
            for stage in self.stages
            if not isinstance(stage.schedule, Natural)
            for i in range(101)
        ]
        return any(share < 1 for share in shares), any(share > 0 for share in shares)

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


GOLD, SILVER, BOTH = Constant(0.0), Constant(1.0), Natural()
FIRST, SECOND = 0.6, 0.4
"""Default split of the steps between two stages; 60/40 did best in first trials."""


def _two(first: Schedule, second: Schedule, about: str) -> Strategy:
    return Strategy((Stage(first, FIRST), Stage(second, SECOND)), about)


STRATEGIES: Mapping[str, Strategy] = {
    # phase 2: fixed mixes and sequences
    "gold-only": one_stage(GOLD, "human labels only: what the silver has to beat"),
    "silver-only": one_stage(SILVER, "LLM labels only"),
    "pooled": one_stage(BOTH, "both poured together, each by its size"),
    "half-and-half": one_stage(Constant(0.5), "half of each batch silver; the equal-share control for the blends"),
    "silver-then-gold": _two(SILVER, GOLD, "LLM labels first, then human ones: the paper's Simple Mix"),
    "gold-then-silver": _two(GOLD, SILVER, "the reverse order"),
    "silver-then-mixed": _two(SILVER, BOTH, "LLM labels first, then both pooled (the paper's v1)"),
    "gold-then-gold": _two(GOLD, GOLD, "control: what the restart of the optimiser alone does"),
    # phase 3: blends that change over time
    "linear": one_stage(Linear(), "silver falls from all to none in a straight line"),
    "sigmoid": one_stage(Sigmoid(), "silver falls slowly, fast in the middle, slowly (the paper's sigmoid decay)"),
    "power": one_stage(Power(), "silver falls fast at first (the paper's power decay)"),
    "cosine": one_stage(Cosine(), "half a cosine wave from all silver to none"),
    "step": one_stage(Step(), "silver falls in four levels"),
}


def strategy(name: str) -> Strategy:
    """A strategy by name, or one stage of a schedule by the schedule's name.

    Raises:
        UnknownName: neither is called so; the message lists the strategies.
    """
    if name not in STRATEGIES:
        raise UnknownName("strategy", name, STRATEGIES)
    return STRATEGIES[name]


def strategy_from(values: Mapping[str, Any], where: str) -> Strategy:
    """A strategy out of plain values: `{"stages": [{"schedule": "sigmoid", "midpoint": 0.4}]}`.

    Raises:
        SettingsError: a key is missing or unknown.
        UnknownName: no such schedule.
    """
    stages = []
    for stage in values.get("stages", ()):
        rest = dict(stage)
        if "schedule" not in rest:
            raise SettingsError(f"{where}: every stage needs a schedule; there are: {', '.join(sorted(SCHEDULES))}")
        own = {key: rest.pop(key) for key in ("share_of_steps", "restart", "learning_rate") if key in rest}
        stages.append(Stage(schedule(rest.pop("schedule"), **rest), **own))
    unknown = set(values) - {"stages", "about"}
    if unknown:
        raise SettingsError(f"{where}: unknown key {min(unknown)!r}; a strategy has stages and, if you like, about")
    return Strategy(tuple(stages), values.get("about", ""))
