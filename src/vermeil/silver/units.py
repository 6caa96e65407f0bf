"""What of a text is learnt and judged, as numbers: its words, or the text as a whole, or each class of it.

A unit has one of a few tags. Which unit of a text is meant matters for classes alone: of each, the teacher makes
errors of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Kind, Span
from vermeil.formats.tokens import simple_tokens
from vermeil.silver.words import Covered, Places, covered


class Units(Protocol):
    """The units of one kind of labels."""

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Of the tags, for each sort of unit."""

    @property
    def rest(self) -> int | None:
        """The tag of a unit that has no label; None where each has one."""

    def places(self, text: str, spans: Sequence[Span]) -> Places:
        """Where units stand in a text, so that each begins or ends where these labels do."""

    def covered(self, places: Places, spans: Sequence[Span]) -> Covered:
        """The tag of each unit, and the number of its label among `spans`; -1 where it has none."""


class Words:
    """The words of a text; O, or B- and I- of a label."""

    rest: int | None = 0

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self.names = (("O", *(f"{part}-{label}" for label in labels for part in "BI")),)

    def places(self, text: str, spans: Sequence[Span]) -> Places:
        """Simple tokens, cut where a label begins or ends, too."""
        return simple_tokens(text, [edge for span in spans for edge in (span.start, span.end)])

    def covered(self, places: Places, spans: Sequence[Span]) -> Covered:
        """The words that spans touch."""
        return covered(places, spans, self._labels)


class OneClass:
    """The text itself, whose tag is its class."""

    rest: int | None = None

    def __init__(self, labels: Sequence[str]) -> None:
        self.names = (tuple(labels),)

    def places(self, text: str, spans: Sequence[Span]) -> Places:
        """The whole text."""
        return [(0, len(text))]

    def covered(self, places: Places, spans: Sequence[Span]) -> Covered:
        """The first class; the rule is that there is one."""
        tags = [self.names[0].index(span.label) for span in spans[:1]] or [0]
        return Covered(np.array(tags, np.intp), np.array([0 if spans else -1], np.intp))


class Classes:
    """Each class of a text: whether the text is in it."""

    rest: int | None = 0

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self.names = tuple((f"not {label}", label) for label in labels)

    def places(self, text: str, spans: Sequence[Span]) -> Places:
        """The whole text, for each class."""
        return [(0, len(text))] * len(self._labels)

    def covered(self, places: Places, spans: Sequence[Span]) -> Covered:
        """The classes that are named."""
        numbers: NDArray[np.intp] = np.full(len(self._labels), -1, np.intp)
        for number, span in enumerate(spans):
            numbers[self._labels.index(span.label)] = number
        return Covered((numbers >= 0).astype(np.intp), numbers)


_UNITS: Mapping[Kind, Callable[[Sequence[str]], Units]] = {"spans": Words, "class": OneClass, "classes": Classes}


def units_for(kind: Kind, labels: Sequence[str]) -> Units:
    """The units of labels of that kind."""
    return _UNITS[kind](labels)
