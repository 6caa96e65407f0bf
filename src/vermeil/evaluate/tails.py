"""What is read off draws: the bounds of an interval, a p-value; and the size of an effect."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def two_sided(drawn: Floats) -> float:
    """How often a draw of a difference lies on the other side of 0, both sides counted."""
    # One is added above and below: the observed sample is itself one of the possible ones, so p is never 0.
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (len(drawn) + 1))


def bounds(drawn: Floats, level: float = 0.95) -> tuple[float, float]:
    """The two draws that hold the middle `level` of them: 0 is outside just where `two_sided` is under 1 - `level`."""
    outside = max(0, ceil((1 - level) / 2 * (len(drawn) + 1) - 1e-9) - 2)  # on either side: those that p may count
    ends = np.partition(drawn, [outside, len(drawn) - 1 - outside])
    return float(ends[outside]), float(ends[-1 - outside])


def cohens_d(differences: Floats) -> float | None:
    """The mean of paired differences by their standard deviation; None for one, or where they don't scatter."""
    if len(differences) < 2:
        return None
    scatter = float(differences.std(ddof=1))
    return float(differences.mean()) / scatter if scatter > 1e-12 else None  # equal up to rounding
