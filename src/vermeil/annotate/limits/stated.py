"""What a server says that it still allows, kept to before it has to refuse."""

from __future__ import annotations

import math

from vermeil.annotate.limits.flow import Flow
from vermeil.exchange import Quota

_MINUTE = 60.0
_PACED = 120.0  # seconds: what comes back later is not spread evenly, it is used up
_ROUNDING = 2.0  # seconds by which a stated time may be off
_MARGIN = 0.97


class Stated:
    """A quota of requests, or of tokens.

    There are two kinds, and they need to be told apart: a fixed window comes back at one moment, which stays where
    it is; a rolling one (a bucket, a sliding window) comes back bit by bit, and the moment when it is full moves on.
    """

    def __init__(self, longest_wait: float) -> None:
        self._longest_wait = longest_wait
        self._flow = Flow()
        self._room = math.inf
        self._room_at = 0.0  # when there is room again at the latest
        self._regain = 0.0  # units a second that come back, 0 in a fixed window
        self._full_at = -math.inf  # of the window that was first heard of
        self._rolling = False

    def state(self, quota: Quota, now: float, under_way: float) -> None:
        """Hear the newest statement; `under_way` are the units that it may not count yet."""
        limit, remaining, reset = quota.limit, max(0.0, quota.remaining), max(0.0, quota.reset)
        if not (limit > 0 and math.isfinite(limit) and math.isfinite(remaining) and math.isfinite(reset)):
            return
        self._tell_apart(now, reset)
        regain = _MARGIN * (limit - remaining) / reset if reset else math.inf
        self._regain = regain if self._rolling else 0.0
        self._room = remaining - (0.0 if self._rolling else under_way)
        if reset * limit <= _MINUTE:
            self._room = math.inf  # over before the reply was there; the average is enough
        self._room_at = now + min(reset, self._longest_wait)
        average = _MARGIN * limit / max(_MINUTE, reset)
        spread = max(0.0, remaining - under_way) / reset if reset else math.inf
        rate = max(average, regain, 0.0 if self._rolling else spread)
        self._flow.rate = rate if reset <= _PACED and math.isfinite(rate) else None

    def wait(self, now: float, units: float) -> float:
        """Seconds until so many units may go."""
        if self._room < units:
            if now < self._room_at:
                missing = (units - self._room) / self._regain if self._regain else math.inf
                return min(self._room_at - now, missing)
            self._room = math.inf  # nothing is known any more, until the next reply
        return self._flow.wait(now)

    def take(self, now: float, units: float) -> None:
        """So many units go now."""
        self._room -= units
        self._flow.take(now, units)

    def _tell_apart(self, now: float, reset: float) -> None:
        full_at = now + reset
        if now >= self._full_at:
            self._full_at = full_at
        elif full_at > self._full_at + _ROUNDING:
            self._rolling, self._full_at = True, full_at
