"""Isotonic regression: what must not fall, but fell by chance, is levelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rising(values: Iterable[float] | Floats, weights: Sequence[float] = ()) -> Floats:
    """The nearest sequence that never falls: neighbours that do are set to their mean.

    Args:
        weights: how much each value counts; alike by default.
    """
    blocks: list[tuple[float, float, int]] = []
    for number, value in enumerate(values):
        mean, weight, many = float(value), weights[number] if len(weights) else 1.0, 1
        while blocks and blocks[-1][0] > mean:
            earlier, heavy, more = blocks.pop()
            mean = (earlier * heavy + mean * weight) / (heavy + weight)
            weight, many = weight + heavy, many + more
        blocks.append((mean, weight, many))
    return np.repeat([mean for mean, _, _ in blocks], [many for _, _, many in blocks])
