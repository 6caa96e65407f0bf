"""What students have in common that only count: their seed, and silver labels that they do not believe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vermeil.data import GOLD, Example, Kind, Span
from vermeil.errors import DataError
from vermeil.silver.treatment import Treatment
from vermeil.silver.trust import Trust
from vermeil.students._labels import checked


class Counting:
    """A student without weights, losses or doubts of its own.

    Args:
        seed: recorded; nothing about it is random.
    """

    def __init__(self, labels: Sequence[str], kind: Kind, *, seed: int) -> None:
        self._labels, self._kind, self._seed = checked(labels, kind), kind, seed
        self._trust: Trust | None = None
        self._left_out = Counter[str]()

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that it can give."""
        return self._labels

    @property
    def kind(self) -> Kind:
        """What its labels are."""
        return self._kind

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its seed and the kind of its labels."""
        return {"seed": self._seed, "kind": self._kind}

    def treat_silver(self, treatment: Treatment | None) -> None:
        """Leave out silver labels that are rather wrong than right; there is nothing else that it could do."""
        self._trust = treatment.trust if treatment else None
        self._left_out = Counter()

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many silver labels it did not learn from."""
        return dict(self._left_out)

    def start_stage(self, steps: int, learning_rate: float | None = None) -> None:
        """Nothing to prepare: what was learnt before stays."""

    def _believed(self, example: Example) -> list[Span]:
        """The labels of the example, less those of silver that are not believed.

        Raises:
            DataError: one is none of the student's.
        """
        if unknown := sorted({*example.classes} - {*self._labels}):
            known = ", ".join(self._labels)
            raise DataError(f"{example.where} has the label {unknown[0]!r}; the student knows only {known}")
        trust = self._trust if example.source != GOLD else None
        kept = [span for span in example.labels if trust is None or trust.believes(example, span)]
        if len(kept) < len(example.labels):
            self._left_out["rather wrong than right"] += len(example.labels) - len(kept)
        return kept
