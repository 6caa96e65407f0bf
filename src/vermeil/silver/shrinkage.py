"""Rates out of few counts: a label that was seen four times borrows from those that were seen a hundred times.

Of `total` trials of a label, `right` were successes. Each label has a rate of its own; the rates scatter around a
common mean as a beta distribution does. Mean and strength of that distribution are not known either: they are averaged
over by how likely they make the counts of all labels (a hierarchical beta-binomial model). Where labels are alike, a
rare one gets nearly the common rate, and where they differ, nearly its own. Raw shares would call a label with one
lucky hit faultless; add-one smoothing would pull every label towards one half, whatever the others do.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import lgamma
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95

_LOGITS = np.linspace(-6, 6, 25)
_MEANS = 1 / (1 + np.exp(-_LOGITS))
_STRENGTHS = np.array([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
"""How many trials the common rate may be worth; equally likely before anything was counted."""

_A, _B = (np.outer(part, _STRENGTHS).ravel() for part in (_MEANS, 1 - _MEANS))
_BEFORE = np.repeat(np.log(_MEANS * (1 - _MEANS)), len(_STRENGTHS))
"""Every mean is equally likely; evenly spaced logits are not evenly spaced means."""

_EDGES = np.unique(np.concatenate([np.linspace(0, 1, 1001), ends := np.geomspace(1e-15, 0.05, 200), 1 - ends]))
_log_gamma = np.vectorize(lgamma, otypes=[float])

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Rate:
    """An estimated rate with its interval at 95 % (a credible one), and the counts behind it.

    Args:
        right: may be fractional, where a part of something was right.
    """

    value: float
    low: float
    high: float
    right: float
    total: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "right": self.right, "total": self.total}

    def __str__(self) -> str:
        counts = f"{self.right:g} of {self.total:g}"
        return f"{100 * self.value:.0f}% ({100 * self.low:.0f} to {100 * self.high:.0f}; {counts})"


def shrunk(counts: Mapping[Key, tuple[float, float]]) -> dict[Key, Rate]:
    """The rate behind each (right, total), all of them estimated together."""
    logs = _BEFORE + sum(_log_beta(_A + right, _B + total - right) for right, total in counts.values())
    logs -= len(counts) * _log_beta(_A, _B)
    likely = np.exp(logs - logs.max())
    return {key: _rate(right, total, likely / likely.sum()) for key, (right, total) in counts.items()}


def _rate(right: float, total: float, weights: Floats) -> Rate:
    kept = weights > 1e-4  # the others change no digit that is shown
    a, b, weights = _A[kept] + right, _B[kept] + total - right, weights[kept] / weights[kept].sum()
    below = np.concatenate([[0.0], np.cumsum(weights @ _mass(a[:, None], b[:, None]))])
    low, high = np.interp([(1 - LEVEL) / 2 * below[-1], (1 + LEVEL) / 2 * below[-1]], below, _EDGES)
    return Rate(float(weights @ (a / (a + b))), float(low), float(high), float(right), float(total))


def _mass(a: Floats, b: Floats) -> Floats:
    """What beta distributions have between two edges each.

    Of p^(a-1) (1-p)^(b-1), the factor that may rise without bounds towards its end is integrated, the other one taken
    from the middle: where a rate was never seen, most of the distribution may lie within a millionth of 0.
    """
    left = _EDGES[1:] <= 0.5
    near, far = np.where(left, _EDGES[:-1], 1 - _EDGES[1:]), np.where(left, _EDGES[1:], 1 - _EDGES[:-1])
    power, other = np.where(left, a, b), np.where(left, b, a)
    with np.errstate(divide="ignore"):
        inner = power * np.log(far) + np.log1p(-np.exp(power * (np.log(near) - np.log(far)))) - np.log(power)
    return np.asarray(np.exp(inner + (other - 1) * np.log1p(-(near + far) / 2) - _log_beta(a, b)))


def _log_beta(a: Floats, b: Floats) -> Floats:
    return np.asarray(_log_gamma(a) + _log_gamma(b) - _log_gamma(a + b))
