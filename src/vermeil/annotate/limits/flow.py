"""So many a second, evenly."""

from __future__ import annotations

_BLINK = 0.05  # seconds by which a timer may be late without costing throughput


class Flow:
    """Lets units through evenly: what was not used is not saved up for a burst after a pause or a suspended laptop.

    Args:
        rate: units a second; None lets everything through.
    """

    def __init__(self, rate: float | None = None) -> None:
        self.rate = rate
        self._next = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next may go, 0 or less if it may now."""
        return self._next - now if self.rate else 0.0

    def take(self, now: float, units: float = 1.0) -> None:
        """Units go now."""
        if self.rate:
            took = units / self.rate
            self._next = max(self._next, now - max(0.0, _BLINK - took)) + took

    def correct(self, units: float) -> None:
        """So many units more than were taken have gone, or fewer where it is negative."""
        if self.rate:
            self._next += units / self.rate

    def pause(self, until: float) -> None:
        """Nothing before then."""
        self._next = max(self._next, until)
