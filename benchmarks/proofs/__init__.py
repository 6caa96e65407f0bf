"""The promises of docs/results/reliability.md, each as a function that tries to break it and returns what it saw."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# The fault server and its counting belong to the tests, which ship it.
sys.path.append(str(Path(__file__).parents[2] / "tests"))


@dataclass(frozen=True)
class Seen:
    """What a proof saw.

    Args:
        figure: in words, with its numbers.
        met: whether the target was reached.
        counts: the numbers themselves, for tests.
    """

    figure: str
    met: bool
    counts: Mapping[str, float] = field(default_factory=dict)
