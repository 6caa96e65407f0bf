"""What a student's network says about a text, and what is learnt from it: one head for each kind of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Kind, Span
from vermeil.evaluate.mistakes import Kind as Mistake
from vermeil.students.transformer.rows import Frame, Row
from vermeil.students.transformer.words import Pieces

Array: TypeAlias = Any
"""An array of numpy or of torch: what they have in common is enough."""

Computed = Iterable[tuple[Sequence[Row], NDArray[np.float32]]]
"""Groups of rows with the logits of their units, units x tags, row by row."""


class Head(Protocol):
    """To learn another kind of labels, write one file with a class that has these.

    A network decides about units (a word; a text; one class of a text), each by choosing one of a few tags.
    """

    @property
    def kind(self) -> Kind:
        """Of the labels that it gives."""

    @property
    def task(self) -> str:
        """How transformers and model hubs call such a network."""

    @property
    def pools(self) -> bool:
        """Whether the network makes one vector of each row."""

    @property
    def options(self) -> Mapping[str, Any]:
        """What the network's config says besides, so that transformers reads it rightly."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the network's outputs (`id2label`)."""

    def targets(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        """The number of the tag of each unit, or `IGNORED`; and the labels that no tags can give."""

    def places(self, example: Example, pieces: Pieces) -> list[tuple[int, int]]:
        """Where the units of an example begin and end in its text."""

    def rows(self, number: int, pieces: Pieces, tags: Sequence[int], frame: Frame) -> list[Row]:
        """The rows of the example that stands at `number`; without tags where there are none."""

    def units(self, logits: Array, group: Sequence[Row]) -> Array:
        """The logits of the units of a group, units x tags, out of what the network makes of its padded rows."""

    def spans(
        self, examples: Sequence[Example], pieces: Sequence[Pieces], computed: Computed
    ) -> list[tuple[Span, ...]]:
        """The labels of each example, with scores."""

    def probabilities(self, examples: Sequence[Example], computed: Computed) -> list[dict[str, float]]:
        """How likely each label is, where it is one of the whole text; of a blank text, none.

        Raises:
            VermeilError: labels are no classes.
        """

    def differences(self, found: Sequence[int], silver: Sequence[int]) -> Iterator[tuple[Mistake, int]]:
        """Of the units of one row: each where silver's tag differs from the one found, with the kind of its mistake."""
