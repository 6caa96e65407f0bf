"""Schedules: how large the share of silver in a batch is at each point of training.

A schedule is any function of progress (0 at a stage's first step, 1 at its last) to a share in [0, 1].
The paper (arXiv 2402.09282, phase 3) names sigmoid and power decay without their formulas; those here are
our parametrisation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, pi
from typing import Protocol

from vermeil.errors import SettingsError, UnknownName


class Schedule(Protocol):
    """Any function of progress will do; a frozen dataclass prints, compares and is stored with the run."""

    def __call__(self, progress: float) -> float:
        """The share of silver at this point of the stage."""


@dataclass(frozen=True)
class Constant:
    """The same share throughout: 0 is gold only, 1 is silver only."""

    share: float

    def __post_init__(self) -> None:
        _check("share", self.share, 0, 1)

    def __call__(self, progress: float) -> float:
        return self.share


@dataclass(frozen=True)
class Natural:
    """Silver by its size, n_silver / (n_gold + n_silver), as if both were poured together; known once both are."""

    def of(self, gold: int, silver: int) -> Constant:
        """The constant share for these numbers of examples."""
        return Constant(silver / (gold + silver) if gold + silver else 0.0)

    def __call__(self, progress: float) -> float:
        raise SettingsError("the natural share depends on the data: call Natural().of(n_gold, n_silver) first")


@dataclass(frozen=True)
class Linear:
    """Straight from `start` to `end`."""

    start: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        _check("start", self.start, 0, 1)
        _check("end", self.end, 0, 1)

    def __call__(self, progress: float) -> float:
        return self.start + (self.end - self.start) * progress


@dataclass(frozen=True)
class Sigmoid:
    """From near 1 to near 0, half-way at `midpoint`: 1 / (1 + exp(steepness (progress - midpoint)))."""

    midpoint: float = 0.5
    steepness: float = 10.0

    def __post_init__(self) -> None:
        _check("midpoint", self.midpoint, 0, 1)
        _check("steepness", self.steepness, 0, 500)  # above, exp would overflow

    def __call__(self, progress: float) -> float:
        return 1 / (1 + exp(self.steepness * (progress - self.midpoint)))


@dataclass(frozen=True)
class Power:
    """(1 - progress) ** exponent: above 1 it drops early, below 1 late."""

    exponent: float = 2.0

    def __post_init__(self) -> None:
        _check("exponent", self.exponent, 0, 100)

    def __call__(self, progress: float) -> float:
        return float((1 - progress) ** self.exponent)


@dataclass(frozen=True)
class Cosine:
    """Half a cosine wave from 1 down to 0: slow, fast, slow."""

    def __call__(self, progress: float) -> float:
        return (1 + cos(pi * progress)) / 2


@dataclass(frozen=True)
class Step:
    """Down from 1 to 0 in `levels` equal levels; two levels are silver, then gold."""

    levels: int = 4

    def __post_init__(self) -> None:
        _check("levels", self.levels, 2, 1000)

    def __call__(self, progress: float) -> float:
        return 1 - min(int(progress * self.levels), self.levels - 1) / (self.levels - 1)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": Constant,
    "cosine": Cosine,
    "linear": Linear,
    "natural": Natural,
    "power": Power,
    "sigmoid": Sigmoid,
    "step": Step,
}


def schedule(name: str, **parameters: float) -> Schedule:
    """The schedule of that name: `schedule("sigmoid", midpoint=0.4)`.

    Raises:
        UnknownName: no such schedule.
        SettingsError: a parameter is unknown or out of range.
    """
    if name not in SCHEDULES:
        raise UnknownName("schedule", name, SCHEDULES)
    try:
        return SCHEDULES[name](**parameters)
    except TypeError:
        raise SettingsError(f"the schedule {name} doesn't take {', '.join(parameters) or 'no parameters'}") from None


def share_at(schedule: Schedule, progress: float) -> float:
    """The schedule's share, checked: a user's own function may return anything.

    Raises:
        SettingsError: the share is no number in [0, 1].
    """
    share = schedule(progress)
    if not -1e-9 <= share <= 1 + 1e-9:  # also refuses NaN
        raise SettingsError(
            f"a share of silver lies in [0, 1], but {schedule!r} gave {share} at progress {progress:.3f}"
        )
    return min(max(share, 0.0), 1.0)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name} lies in [{low:g}, {high:g}], got {value}")
