"""How far each unit of a silver text (a word, a class) is to be believed, and what it may be otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Kind, Span
from vermeil.silver.calibration import UNCALIBRATED, Calibration, calibration, candidates
from vermeil.silver.confusion import Confusion, confusion
from vermeil.silver.overlap import Both
from vermeil.silver.units import Units, units_for
from vermeil.silver.words import Covered, Places, look

Floats = NDArray[np.float64]


class Belief(NamedTuple):
    """Of the units of a text: how likely each silver tag is the true one, and the likelihood of every tag."""

    right: Floats
    rows: Floats


@dataclass(frozen=True)
class Trust:
    """Judges silver by the teacher's errors on gold, by the scores of its spans, or by both.

    Args:
        errors: None where labels are not judged by the teacher's errors.
        scores: None where they are not judged by their scores.
    """

    units: Units
    errors: Confusion | None
    scores: Calibration | None

    def belief(self, example: Example, places: Places) -> Belief:
        """Of the units at these places; both judgements are taken as independent of each other."""
        at = self.units.covered(places, example.labels)
        right, others = self._right(example, places, at), self._otherwise(at)
        if self.scores:
            self._hear_votes(example, places, at, right, others)
        right = right.clip(1e-6, 1 - 1e-6)
        rows = others * (1 - right)[:, None]
        rows[np.arange(len(places)), at.tags] = right
        return Belief(right, rows)

    def believes(self, example: Example, span: Span) -> bool:
        """Whether a label of the example is rather right than wrong."""
        places = [(span.start, span.end)] * len(self.units.names)
        named = self.units.covered(places, [span]).spans >= 0
        return bool(self.belief(example, places).right[named][0] >= 0.5)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        found: dict[str, Any] = {}
        if self.errors:
            rates = self.errors.true.diagonal(axis1=1, axis2=2).ravel().tolist()
            found["right"] = dict(zip(chain.from_iterable(self.units.names), rates, strict=True))
            found["outside"] = {kind: rate.as_dict() for kind, rate in sorted(self.errors.outside.items())}
        if self.scores:
            found["scores"] = self.scores.as_dict()
        return found

    def _right(self, example: Example, places: Places, at: Covered) -> Floats:
        right = np.ones(len(places))
        if self.errors:
            right = self.errors.true[self._sorts(at), at.tags, at.tags]
            for number in np.flatnonzero(at.tags == 0).tolist() if self.errors.outside else ():
                start, end = places[number]
                rate = self.errors.outside.get(look(example.text[start:end], first=number == 0))
                right[number] = rate.value if rate else right[number]
        if self.scores:
            for number in np.flatnonzero(at.spans >= 0).tolist():
                rate_of_score = self.scores(example.labels[at.spans[number]].score)
                if self.errors is None:
                    right[number] = rate_of_score
                elif self.scores.whole is not None:  # a score that nothing calibrates adds nothing to counted errors
                    right[number] = _both(float(right[number]), rate_of_score, self.scores.whole)
        return right

    def _sorts(self, at: Covered) -> NDArray[np.intp]:
        """The number of each unit's sort."""
        return np.asarray(np.arange(len(at.tags)) % len(self.units.names))

    def _otherwise(self, at: Covered) -> Floats:
        """What each unit is where it isn't what it is called; rows sum to 1 without the tag itself."""
        if self.errors:
            rows = self.errors.true[self._sorts(at), at.tags]
        else:  # nothing is known: a name may be none, and no name may be any; a class may be any other
            rows = np.ones((len(at.tags), len(self.units.names[0])))
            if self.units.rest is not None:
                rows[at.tags != self.units.rest] = np.arange(rows.shape[1]) == self.units.rest
        rows = rows.copy()
        rows[np.arange(len(rows)), at.tags] = 0.0
        return np.asarray(rows / rows.sum(axis=1, keepdims=True).clip(min=1e-12))

    def _hear_votes(self, example: Example, places: Places, at: Covered, right: Floats, others: Floats) -> None:
        """Where voters named what became no label, words outside are less sure, and it is what words may be."""
        assert self.scores is not None
        named = candidates(example)[len(example.labels) :]
        for span in sorted(named, key=lambda span: span.score or 0.0):  # the likeliest last, so that it stands
            tags, spans = self.units.covered(places, [span])
            for number in np.flatnonzero((spans >= 0) & (tags != at.tags)).tolist():
                others[number] = 0.0
                others[number, tags[number]] = 1.0
                if at.tags[number] == self.units.rest:
                    right[number] = min(right[number], 1 - self.scores(span.score))


def trust(both: Sequence[Both], labels: Sequence[str], *, errors: bool, scores: bool, kind: Kind = "spans") -> Trust:
    """What the texts that both labelled say about the teacher; scores count as they are where there is no such text."""
    return Trust(
        units_for(kind, labels),
        confusion(both, labels, kind) if errors else None,
        (calibration(both, labels, kind) if both else UNCALIBRATED) if scores else None,
    )


def _both(one: float, other: float, common: float) -> float:
    """Two judgements of the same thing as one, less what both have in common."""
    total = sum(_logit(rate) for rate in (one, other)) - _logit(common)
    return 1 / (1 + exp(-total))


def _logit(rate: float) -> float:
    inside = min(max(rate, 1e-6), 1 - 1e-6)
    return log(inside / (1 - inside))
