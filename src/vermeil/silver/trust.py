"""How far each word of a silver text is to be believed, and what it may be otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Span
from vermeil.silver.calibration import UNCALIBRATED, Calibration, calibration, candidates
from vermeil.silver.confusion import Confusion, confusion
from vermeil.silver.overlap import Both
from vermeil.silver.words import Covered, Places, covered, look

Floats = NDArray[np.float64]


class Belief(NamedTuple):
    """Of the words of a text: how likely each silver tag is the true one, and the likelihood of every tag."""

    right: Floats
    rows: Floats


@dataclass(frozen=True)
class Trust:
    """Judges silver by the teacher's errors on gold, by the scores of its spans, or by both.

    Args:
        errors: None where labels are not judged by the teacher's errors.
        scores: None where they are not judged by their scores.
    """

    labels: tuple[str, ...]
    errors: Confusion | None
    scores: Calibration | None

    def belief(self, example: Example, places: Places) -> Belief:
        """Of the words at these places; both judgements are taken as independent of each other."""
        at = covered(places, example.labels, self.labels)
        right, others = self._right(example, places, at), self._otherwise(at)
        if self.scores:
            self._hear_votes(example, places, at, right, others)
        right = right.clip(1e-6, 1 - 1e-6)
        rows = others * (1 - right)[:, None]
        rows[np.arange(len(places)), at.tags] = right
        return Belief(right, rows)

    def believes(self, example: Example, span: Span) -> bool:
        """Whether a label of the example is rather right than wrong."""
        return bool(self.belief(example, [(span.start, span.end)]).right[0] >= 0.5)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        tags = ["O", *(f"{part}-{label}" for label in self.labels for part in "BI")]
        found: dict[str, Any] = {}
        if self.errors:
            found["right"] = dict(zip(tags, self.errors.true.diagonal().tolist(), strict=True))
            found["outside"] = {kind: rate.as_dict() for kind, rate in sorted(self.errors.outside.items())}
        if self.scores:
            found["scores"] = self.scores.as_dict()
        return found

    def _right(self, example: Example, places: Places, at: Covered) -> Floats:
        right = np.ones(len(places))
        if self.errors:
            right = self.errors.true.diagonal()[at.tags]
            for number in np.flatnonzero(at.tags == 0).tolist():
                start, end = places[number]
                rate = self.errors.outside.get(look(example.text[start:end], first=number == 0))
                right[number] = rate.value if rate else right[number]
        if self.scores:
            for number in np.flatnonzero(at.spans >= 0).tolist():
                rate_of_score = self.scores(example.labels[at.spans[number]].score)
                if self.errors:
                    rate_of_score = _both(float(right[number]), rate_of_score, self.scores.whole)
                right[number] = rate_of_score
        return right

    def _otherwise(self, at: Covered) -> Floats:
        """What each word is where it isn't what it is called; rows sum to 1 without the tag itself."""
        size = 1 + 2 * len(self.labels)
        if self.errors:
            rows = self.errors.true[at.tags]
        else:  # nothing is known: a name may be none, and no name may be any
            rows = np.zeros((len(at.tags), size))
            rows[:, 0] = at.tags > 0
            rows[at.tags == 0, 1:] = 1.0
        rows = rows.copy()
        rows[np.arange(len(rows)), at.tags] = 0.0
        return np.asarray(rows / rows.sum(axis=1, keepdims=True).clip(min=1e-12))

    def _hear_votes(self, example: Example, places: Places, at: Covered, right: Floats, others: Floats) -> None:
        """Where voters named what became no label, words outside are less sure, and it is what words may be."""
        assert self.scores is not None
        named = candidates(example)[len(example.labels) :]
        for span in sorted(named, key=lambda span: span.score or 0.0):  # the likeliest last, so that it stands
            tags = covered(places, [span], self.labels).tags
            for number in np.flatnonzero((tags > 0) & (tags != at.tags)).tolist():
                others[number] = 0.0
                others[number, tags[number]] = 1.0
                if at.tags[number] == 0:
                    right[number] = min(right[number], 1 - self.scores(span.score))


def trust(both: Sequence[Both], labels: Sequence[str], *, errors: bool, scores: bool) -> Trust:
    """What the texts that both labelled say about the teacher; scores count as they are where there is no such text."""
    return Trust(
        tuple(labels),
        confusion(both, labels) if errors else None,
        (calibration(both, labels) if both else UNCALIBRATED) if scores else None,
    )


def _both(one: float, other: float, common: float) -> float:
    """Two judgements of the same thing as one, less what both have in common."""
    total = sum(_logit(rate) for rate in (one, other)) - _logit(common)
    return 1 / (1 + exp(-total))


def _logit(rate: float) -> float:
    inside = min(max(rate, 1e-6), 1 - 1e-6)
    return log(inside / (1 - inside))
