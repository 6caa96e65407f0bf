"""Requests go one after another, so that they don't run in waves.

Those that leave together come back together from a server that takes equally long for each. They are then read, stored
and sent anew together, each waiting for all before it; and whatever comes back meanwhile joins them. Waves only grow.
"""

from __future__ import annotations

_SHARE = 0.5  # of the time between two replies: what was held back for a moment is made up for
_MOST = 0.004  # seconds; what is further apart is no wave
_LONGEST = 0.02  # seconds between two replies; more is a pause, which says nothing about waves
_MEMORY = 64  # replies that the mean time between two is made of
_LATE = 0.001  # seconds by which a timer may be late without costing throughput


class Spacing:
    """Keeps requests half as far apart as replies come on average, a few milliseconds at most."""

    def __init__(self) -> None:
        self._between = 0.0  # seconds between two replies, on average
        self._last: float | None = None
        self._next = float("-inf")

    def replied(self, now: float) -> None:
        """A request ended."""
        if self._last is not None:
            self._between += (min(now - self._last, _LONGEST) - self._between) / _MEMORY
        self._last = now

    def wait(self, now: float) -> float:
        """Seconds until the next may go, 0 or less if it may now."""
        return self._next - now

    def sent(self, now: float) -> None:
        """One goes now."""
        self._next = max(self._next, now - _LATE) + min(_MOST, _SHARE * self._between)
