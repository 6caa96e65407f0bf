"""A rate limit on calls, as providers have it."""

from __future__ import annotations

import time


class Limit:
    """A bucket that refills evenly, or a window that starts anew."""

    def __init__(self, calls: int, window: float, fixed: bool = False) -> None:
        self._calls, self._window, self._fixed = calls, window, fixed
        self._left = float(calls)
        self._since = time.monotonic()

    def wait(self) -> float:
        """0 if a call is allowed now, else the seconds until the next one is."""
        now = time.monotonic()
        if self._fixed:
            if now - self._since >= self._window:
                self._left, self._since = float(self._calls), now
        else:
            self._left = min(self._calls, self._left + (now - self._since) * self._calls / self._window)
            self._since = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return self._window - (now - self._since) if self._fixed else (1 - self._left) * self._window / self._calls

    @property
    def stated(self) -> bytes:
        """What is left, in the headers that OpenAI sends."""
        reset = (self._calls - self._left) * self._window / self._calls
        if self._fixed:
            reset = self._window - (time.monotonic() - self._since)
        return b"x-ratelimit-limit-requests: %d\r\nx-ratelimit-remaining-requests: %d\r\n" % (
            self._calls,
            self._left,
        ) + b"x-ratelimit-reset-requests: %.3fs\r\n" % max(0.0, reset)
