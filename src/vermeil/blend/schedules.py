"""Schedules: how large the share of silver in a batch is at each point of training.

A schedule is any function of progress (0 at a stage's first step, 1 at its last) to a share in [0, 1].
The paper (arXiv 2402.09282, phase 3) names sigmoid and power decay without their formulas; those here are
our parametrisation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, field, fields
from math import cos, exp, pi
from typing import Any, Protocol

from vermeil.errors import SettingsError, UnknownName, nearest


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
    """Silver by its size, n_silver / (n_gold + n_silver), as if both were poured together; known once both are.

    Args:
        keep: the part of the silver that is poured in; stages that keep less and less are gradual fine-tuning.
    """

    keep: float = 1.0

    def __post_init__(self) -> None:
        _check("keep", self.keep, 0, 1)

    def of(self, gold: int, silver: int) -> Constant:
        """The constant share for these numbers of examples."""
        poured = self.keep * silver
        return Constant(poured / (gold + poured) if gold + poured else 0.0)

    def __call__(self, progress: float) -> float:
        raise SettingsError("the natural share depends on the data: call Natural().of(n_gold, n_silver) first")


@dataclass(frozen=True)
class Blend(ABC):
    """A share that changes: at every step, or from epoch to epoch.

    Args:
        epochs: 0 changes the share at every step; n holds it through each of n equal stretches of the stage, the
            first at the share of the start and the last at that of the end.
    """

    epochs: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        if self.epochs == 1 or not isinstance(self.epochs, int):
            raise SettingsError(f"epochs is 0 (every step) or at least 2, got {self.epochs}; one epoch is no blend")
        _check("epochs", self.epochs, 0, 10_000)

    def __call__(self, progress: float) -> float:
        if not self.epochs:
            return self.share(progress)
        return self.share(min(int(progress * self.epochs), self.epochs - 1) / (self.epochs - 1))

    @abstractmethod
    def share(self, progress: float) -> float:
        """The share of silver by the blend's formula."""


@dataclass(frozen=True)
class Linear(Blend):
    """Straight from `start` to `end`."""

    start: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("start", self.start, 0, 1)
        _check("end", self.end, 0, 1)

    def share(self, progress: float) -> float:
        return self.start + (self.end - self.start) * progress


@dataclass(frozen=True)
class Sigmoid(Blend):
    """From near 1 to near 0, half-way at `midpoint`: 1 / (1 + exp(steepness (progress - midpoint)))."""

    midpoint: float = 0.5
    steepness: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("midpoint", self.midpoint, 0, 1)
        _check("steepness", self.steepness, 0, 500)  # above, exp would overflow

    def share(self, progress: float) -> float:
        return 1 / (1 + exp(self.steepness * (progress - self.midpoint)))


@dataclass(frozen=True)
class Power(Blend):
    """(1 - progress) ** exponent: above 1 it drops early, below 1 late."""

    exponent: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("exponent", self.exponent, 0, 100)

    def share(self, progress: float) -> float:
        return float((1 - progress) ** self.exponent)


@dataclass(frozen=True)
class Cosine(Blend):
    """Half a cosine wave from 1 down to 0: slow, fast, slow."""

    def share(self, progress: float) -> float:
        return (1 + cos(pi * progress)) / 2


@dataclass(frozen=True)
class Step:
    """Down from 1 to 0 in `levels` equal levels, a linear blend by epochs; two levels are silver, then gold."""

    levels: int = 4

    def __post_init__(self) -> None:
        _check("levels", self.levels, 2, 1000)

    def __call__(self, progress: float) -> float:
        return 1 - min(int(progress * self.levels), self.levels - 1) / (self.levels - 1)


SCHEDULES: dict[str, type[Any]] = {
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
    known = {field.name: field.default is MISSING for field in fields(SCHEDULES[name])}
    for key, value in parameters.items():
        if key not in known:
            takes = ", ".join(known) or "no parameters"
            raise SettingsError(f"the schedule {name} doesn't take {key}{nearest(key, known)}; it takes {takes}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsError(f"{key} of the schedule {name} is a number, got {value!r}")
    missing = [key for key, needed in known.items() if needed and key not in parameters]
    if missing:
        raise SettingsError(f"the schedule {name} needs {missing[0]}: {name}({missing[0]}=0.5)")
    made: Schedule = SCHEDULES[name](**parameters)
    return made


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
