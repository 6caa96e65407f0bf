"""How fast an LLM is asked: as fast as it allows, and no faster."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from vermeil.annotate.limits.flow import Flow
from vermeil.annotate.limits.learning import LearntRate
from vermeil.annotate.limits.spacing import Spacing
from vermeil.annotate.limits.stated import Stated
from vermeil.annotate.limits.window import Window
from vermeil.errors import LLMBusy, SettingsError
from vermeil.exchange import Quotas

_MOST_IN_FLIGHT = 512


@dataclass(frozen=True)
class Limits:
    """What a run keeps to, whatever the server would take.

    Args:
        in_flight: requests under way at once, at most; fewer while the server is too busy.
        requests_per_minute: None for as many as the server takes.
        tokens_per_minute: of prompts and answers together.
    """

    in_flight: int = 32
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.in_flight <= _MOST_IN_FLIGHT:
            raise SettingsError(f"in_flight is 1 to {_MOST_IN_FLIGHT} requests at once, got {self.in_flight}")
        for name in ("requests_per_minute", "tokens_per_minute"):
            most = getattr(self, name)
            if most is not None and not 0 < most < math.inf:
                raise SettingsError(f"{name} is above 0 (leave it out for no limit), got {most}")


class Pace:
    """Who may ask when. All methods are called in one event loop; waiting requests are let go in their order.

    After each `admit` that was True comes one `done` or one `busy`.

    Args:
        longest_wait: seconds; a server that asks for a longer pause (`Retry-After`) is not waited for.
        chance: a random number in [0, 1).
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.monotonic,
        *,
        longest_wait: float = 60.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.in_flight = 0
        self._limits = limits
        self._clock = clock
        self._longest_wait = longest_wait
        self._window = Window(limits.in_flight)
        self._requests = Flow(_per_second(limits.requests_per_minute))
        self._tokens = Flow(_per_second(limits.tokens_per_minute))
        self._learnt = LearntRate(longest_wait, chance)
        self._spacing = Spacing()
        self._stated_requests = Stated(longest_wait)
        self._stated_tokens = Stated(longest_wait)
        self._tokens_in_flight = 0
        self._waiting: deque[tuple[asyncio.Future[bool], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
        self._closed = False

    def __reduce__(self) -> tuple[type[Pace], tuple[Limits]]:
        return Pace, (self._limits,)  # what was found out, and who waits, stays with the loop

    @property
    def allowed(self) -> int:
        """How many may be under way now."""
        return self._window.size

    async def admit(self, tokens: int) -> bool:
        """Wait until one more request of about so many tokens may go; False once `close` was called."""
        if self._closed:
            return False
        now = self._clock()
        if not self._waiting and self._wait(now, tokens) <= 0:
            self._send(now, tokens)
            return True
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, tokens))
        self._let_go()
        try:
            return await future
        except asyncio.CancelledError:
            if not future.cancelled() and future.done() and future.result():
                self._ended(tokens)  # it was let go in the same moment
            self._let_go()
            raise

    def done(self, tokens: int, estimated: int) -> None:
        """A request ended in anything but a busy server; `tokens` is 0 where it isn't known what it took."""
        now = self._clock()
        self._window.replied(self.in_flight)
        self._spacing.replied(now)
        self._ended(estimated)
        if tokens:
            self._tokens.correct(tokens - estimated)
        self._learnt.answered(now, self.in_flight)
        self._let_go()

    def busy(self, error: LLMBusy, estimated: int) -> None:
        """A request was refused, or broke off."""
        now = self._clock()
        turned_away = error.cause in ("rate", "overload")
        if error.cause == "overload" or (error.cause == "rate" and self._learnt.rate is None):
            self._window.refused(self.in_flight)
        else:
            self._window.broke()
        self._ended(estimated)
        if turned_away:
            self._tokens.correct(-estimated)
        if error.cause == "rate":
            self._learnt.refused(now, error.retry_after, self.in_flight)
        else:
            self._learnt.answered(now, self.in_flight)
            if error.retry_after and error.retry_after <= self._longest_wait:
                self._learnt.pause(now + error.retry_after)
        self._let_go()

    def stated(self, quotas: Quotas) -> None:
        """Keep to what the newest reply said is still allowed."""
        now = self._clock()
        if quotas.requests:
            self._stated_requests.state(quotas.requests, now, self.in_flight)
        if quotas.tokens:
            self._stated_tokens.state(quotas.tokens, now, self._tokens_in_flight)
        self._let_go()

    def close(self) -> None:
        """Let nothing more go, and tell all who wait."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_result(False)

    def _wait(self, now: float, tokens: int) -> float:
        """Seconds until a request of so many tokens may go; for ever while the window is full."""
        if self.in_flight >= self._window.size:
            return math.inf
        return max(
            self._spacing.wait(now) if self._window.whole else 0.0,
            self._learnt.wait(now),
            self._requests.wait(now),
            self._tokens.wait(now),
            self._stated_requests.wait(now, 1),
            self._stated_tokens.wait(now, tokens),
        )

    def _send(self, now: float, tokens: int) -> None:
        if self._idle_since is not None:
            self._learnt.rested(now - self._idle_since)
            self._idle_since = None
        self._spacing.sent(now)
        self._learnt.sent(now, self.in_flight)
        self._requests.take(now)
        self._tokens.take(now, tokens)
        self._stated_requests.take(now, 1)
        self._stated_tokens.take(now, tokens)
        self.in_flight += 1
        self._tokens_in_flight += tokens

    def _ended(self, tokens: int) -> None:
        self.in_flight -= 1
        self._tokens_in_flight -= tokens
        if not self.in_flight and not self._waiting:
            self._idle_since = self._clock()

    def _let_go(self) -> None:
        """Let all go that may, in their order."""
        now = self._clock()
        while self._waiting:
            future, tokens = self._waiting[0]
            if not future.done():
                wait = self._wait(now, tokens)
                if wait > 0:
                    self._wake_in(wait)
                    return
                self._send(now, tokens)
                future.set_result(True)
            self._waiting.popleft()

    def _wake_in(self, seconds: float) -> None:
        if seconds == math.inf:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return  # it looks again then
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._let_go()


def _per_second(per_minute: float | None) -> float | None:
    return None if per_minute is None else per_minute / 60
