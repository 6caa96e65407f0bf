"""From a stated confidence, or a share of votes, to how often spans of such a score are right.

Stated confidence is too high, but it grows with the truth; so scores are replaced by rates that never fall where the
score rises (isotonic regression, over scores gathered until there are some spans of each).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Kind, Span
from vermeil.evaluate.rising import rising
from vermeil.silver.overlap import Both
from vermeil.silver.shrinkage import shrunk
from vermeil.silver.units import Units, units_for
from vermeil.silver.words import Covered

ENOUGH = 10
"""Spans of like score that make one point of the curve; below, single spans would make its steps."""


@dataclass(frozen=True)
class Calibration:
    """How often spans of a score are right; straight between the points.

    Args:
        scores: rising; none where gold has no scored span, and scores are then taken as they are.
        rates: never falling.
        unscored: of spans without a score.
        whole: of all spans; None where gold has none that was named.
    """

    scores: tuple[float, ...]
    rates: tuple[float, ...]
    unscored: float
    whole: float | None

    def __call__(self, score: float | None) -> float:
        """The rate of such a score."""
        if score is None:
            return self.unscored
        return float(np.interp(score, self.scores, self.rates)) if self.scores else score

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        points = [list(point) for point in zip(self.scores, self.rates, strict=True)]
        return {"points": points, "unscored": self.unscored, "all": self.whole}


UNCALIBRATED = Calibration((), (), unscored=1.0, whole=None)
"""Scores as they are, and no doubt about spans without one: all that can be said without gold."""


def calibration(both: Sequence[Both], labels: Sequence[str], kind: Kind = "spans") -> Calibration:
    """By the spans of the texts that both labelled, those that only some voters named among them.

    A span is right as far as its words have their true tags, and a class is right or wrong.
    """
    units = units_for(kind, labels)
    judged = [(span.score, share) for each in both for span, share in _shares(each, units)]
    if not judged:
        return UNCALIBRATED
    scored = sorted((score, share) for score, share in judged if score is not None)
    points = _gathered(scored)
    plain = [share for score, share in judged if score is None]
    groups = {number: (sum(right for _, right in point), float(len(point))) for number, point in enumerate(points)}
    rates = shrunk({**groups, -1: (sum(plain), float(len(plain)))})
    unscored = rates.pop(-1).value
    whole = (sum(share for _, share in judged) + 0.5) / (len(judged) + 1)
    middles = tuple(sum(score for score, _ in point) / len(point) for point in points)
    curve = rising([rate.value for rate in rates.values()], [rate.total for rate in rates.values()])
    return Calibration(middles, tuple(curve.tolist()), unscored if plain else whole, whole)


def candidates(example: Example) -> list[Span]:
    """The labels, and what some voters named that became none."""
    kept = set(example.labels)
    return [*example.labels, *(vote.span for vote in example.votes if vote.span not in kept and vote.score is not None)]


def _gathered(scored: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """In groups of like score; equal scores are never parted."""
    groups: list[list[tuple[float, float]]] = []
    for _, equal in groupby(scored, key=lambda each: each[0]):
        if groups and len(groups[-1]) < ENOUGH:
            groups[-1].extend(equal)
        else:
            groups.append(list(equal))
    if len(groups) > 1 and len(groups[-1]) < ENOUGH:
        groups[-2] += groups.pop()
    return groups


def _shares(both: Both, units: Units) -> list[tuple[Span, float]]:
    """Each span that was named, with the part of its units that have their true tags."""
    named = candidates(both.silver)
    places = units.places(both.gold.text, (*both.gold.labels, *named))
    truth = units.covered(places, both.gold.labels).tags
    return [(span, _share(truth, units.covered(places, [span]))) for span in named]


def _share(truth: NDArray[np.intp], named: Covered) -> float:
    inside = named.spans >= 0
    return float((truth[inside] == named.tags[inside]).mean()) if inside.any() else 0.0
