"""What training, scoring and prediction need of a student."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from vermeil.data import Example, Kind, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vermeil.silver.treatment import Treatment


@dataclass(frozen=True)
class State:
    """Everything about a student that learning changes: arrays by name, and plain values that JSON can hold."""

    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


class Student(Protocol):
    """To add a kind of student, write one file `students/NAME.py` with one class that has these.

    Beside the class stand `make(argument, labels, *, seed, kind, **settings)` and `load(folder, card)`.
    Each returns a student.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that it can give."""

    @property
    def kind(self) -> Kind:
        """What its labels are: spans, one class, or any number of classes."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What made it (encoder, its sha256, sizes), for the run record."""

    def start_stage(self, steps: int, learning_rate: float | None = None) -> None:
        """Begin a stretch of `steps` optimiser steps with a fresh optimiser and warm-up.

        Args:
            learning_rate: the peak; None for the student's own default.
        """

    def learn(self, batch: Sequence[Example]) -> float:
        """One optimiser step; returns the mean loss over the batch."""

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[Span, ...]]:
        """Spans with scores for each text, in the order of the examples; their labels are not looked at.

        Args:
            on_done: called with the number of examples done since the last call.
        """

    def save(self, folder: Path, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write the student into a folder, whole or not at all, with more files `beside` it (name to text)."""

    def state(self) -> State:
        """Where it stands between two steps of a stage; later steps don't change what was returned."""

    def restore(self, state: State) -> None:
        """Stand where a student made in the same way stood: every later step gives the same bits."""


@runtime_checkable
class Weighs(Protocol):
    """What a student of classes has besides, if it can say how likely each of them is."""

    def probabilities(self, examples: Sequence[Example]) -> list[dict[str, float]]:
        """How likely each class is, for each text, also those that `predict` doesn't give; of a blank text, none."""


@runtime_checkable
class TreatsSilver(Protocol):
    """What a student has besides, if it can treat silver labels otherwise than gold ones."""

    def treat_silver(self, treatment: Treatment | None) -> None:
        """Learn from silver (examples whose source isn't gold) in this way from here on; None takes it as it is."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many words or labels of silver were not learnt from so far, by reason."""
