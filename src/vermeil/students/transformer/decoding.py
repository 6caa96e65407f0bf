"""One tag for each word, out of the probabilities of all tags.

Word by word, the likeliest tags are often no legal IOB2 sequence (an I- that continues nothing), above all after
short training: choosing the likeliest legal sequence as a whole gained 2.8 to 5 strict F1 over repairing them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def likeliest(logs: NDArray[np.float32]) -> list[tuple[float, int]]:
    """Probability and number of each word's likeliest tag, whatever its neighbours' are.

    Args:
        logs: log-probabilities, words x tags, in the order of `tag_names`.
    """
    return _scored(logs, [int(row.argmax()) for row in logs])


def likeliest_legal(logs: NDArray[np.float32]) -> list[tuple[float, int]]:
    """The same for the likeliest sequence in which each I- follows the B- or I- of its label (Viterbi)."""
    if not len(logs):
        return []
    inside = np.arange(2, logs.shape[1], 2)
    best = logs[0].astype(np.float64)
    best[inside] = -np.inf  # no text begins inside a name
    before = np.zeros(logs.shape, dtype=np.intp)
    for word in range(1, len(logs)):
        before[word] = best.argmax()
        before[word, inside] = np.where(best[inside] > best[inside - 1], inside, inside - 1)
        best = best[before[word]] + logs[word]
    tags = [int(best.argmax())]
    for word in range(len(logs) - 1, 0, -1):
        tags.append(int(before[word, tags[-1]]))
    return _scored(logs, tags[::-1])


def _scored(logs: NDArray[np.float32], tags: Sequence[int]) -> list[tuple[float, int]]:
    return [(math.exp(logs[word, tag]), tag) for word, tag in enumerate(tags)]
