"""The rows worth paying for: each is better on dev than all that cost no more."""

from __future__ import annotations

from collections.abc import Iterable

from vermeil.report.lines import Line


def frontier(lines: Iterable[Line]) -> tuple[Line, ...]:
    """From the cheapest on; nothing where there are no prices or no dev set, for test never chooses."""
    priced = [line for line in lines if line.cost is not None and line.dev_score is not None]
    found: list[Line] = []
    for line in sorted(priced, key=lambda line: (line.cost or 0.0, -(line.dev_score or 0.0))):
        if not found or (line.dev_score or 0.0) > (found[-1].dev_score or 0.0):
            found.append(line)
    return tuple(found)
