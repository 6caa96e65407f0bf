"""How long to try."""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import inf

from vermeil.errors import SettingsError


@dataclass(frozen=True)
class Patience:
    """Exponential waits with full jitter, so that questions that failed together don't come back together.

    Args:
        attempts: for one question.
        first_wait: seconds; the most that is waited after the first failure, doubled after each further one.
        longest_wait: seconds; a server that asks for more (`Retry-After`) is not waited for.
        longest: seconds for one question with all its attempts and waits.
        hopeless: failures in a row after which the LLM is taken to be out of service.
        outage: seconds for which an LLM that has answered before may be out of service until the run stops.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    longest: float = 900.0
    hopeless: int = 20
    outage: float = 300.0

    def __post_init__(self) -> None:
        if min(self.attempts, self.hopeless) < 1:
            raise SettingsError(f"attempts and hopeless are at least 1, got {self.attempts} and {self.hopeless}")
        for name in ("first_wait", "longest_wait", "outage"):
            if not 0 <= getattr(self, name) < inf:
                raise SettingsError(f"{name} is 0 or more seconds, got {getattr(self, name)}")
        if not self.longest > 0:
            raise SettingsError(f"the seconds for one question are above 0, got {self.longest}")

    def wait(self, tries: int, retry_after: float | None, passed: float = 0.0) -> float | None:
        """Seconds before the next attempt, None to give up. The server's wish is a lower bound.

        Args:
            tries: attempts that were made.
            passed: seconds since the first of them began.
        """
        if tries >= self.attempts or (retry_after or 0.0) > self.longest_wait:
            return None
        jitter = random.uniform(0, min(self.longest_wait, self.first_wait * 2 ** max(0, tries - 1)))
        seconds = min(self.longest_wait, (retry_after or 0.0) + jitter)
        return seconds if passed + seconds < self.longest else None


DEFAULT_PATIENCE = Patience()
