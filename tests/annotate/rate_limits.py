"""Servers that allow so many requests a minute, each by another rule, and a client under a `Pace`, in virtual time.

`python tests/annotate/rate_limits.py` prints how each of them is got on with.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal, Protocol, get_args

from virtual_time import run_virtually

from vermeil.annotate.pace import Limits, Pace
from vermeil.annotate.patience import Patience
from vermeil.errors import LLMBusy
from vermeil.exchange import Quota, Quotas

Says = Literal["retry-after", "nothing", "headers"]


class Rule(Protocol):
    def allows(self, now: float) -> bool: ...

    def seconds(self, now: float) -> float:
        """Until one more is allowed."""

    def quota(self, now: float) -> Quota: ...


@dataclass
class FixedWindow:
    limit: int = 60
    length: float = 60.0
    offset: float = 17.0
    used: int = 0
    window: int = -1

    def _turn(self, now: float) -> None:
        if (window := int((now + self.offset) // self.length)) != self.window:
            self.window, self.used = window, 0

    def allows(self, now: float) -> bool:
        self._turn(now)
        self.used += self.used < self.limit + 1
        if self.used > self.limit:
            self.used = self.limit
            return False
        return True

    def seconds(self, now: float) -> float:
        return (self.window + 1) * self.length - now - self.offset

    def quota(self, now: float) -> Quota:
        self._turn(now)
        return Quota(self.limit, self.limit - self.used, self.seconds(now))


@dataclass
class SlidingWindow:
    limit: int = 60
    length: float = 60.0
    times: deque[float] = field(default_factory=deque)

    def allows(self, now: float) -> bool:
        self._forget(now)
        if len(self.times) >= self.limit:
            return False
        self.times.append(now)
        return True

    def seconds(self, now: float) -> float:
        return self.times[0] + self.length - now

    def quota(self, now: float) -> Quota:
        self._forget(now)
        full = self.times[-1] + self.length - now if self.times else 0.0
        return Quota(self.limit, self.limit - len(self.times), full)

    def _forget(self, now: float) -> None:
        while self.times and self.times[0] <= now - self.length:
            self.times.popleft()


@dataclass
class Bucket:
    burst: int = 60
    per_second: float = 1.0
    tokens: float = -1.0
    at: float = 0.0

    def _fill(self, now: float) -> None:
        self.tokens = (
            self.burst if self.tokens < 0 else min(self.burst, self.tokens + (now - self.at) * self.per_second)
        )
        self.at = now

    def allows(self, now: float) -> bool:
        self._fill(now)
        if self.tokens < 1 - 1e-9:
            return False
        self.tokens -= 1
        return True

    def seconds(self, now: float) -> float:
        return (1 - self.tokens) / self.per_second

    def quota(self, now: float) -> Quota:
        self._fill(now)
        return Quota(
            max(self.burst, 60 * self.per_second), int(self.tokens), (self.burst - self.tokens) / self.per_second
        )


@dataclass
class AtOnce:
    """So many under way at once, and no limit by time."""

    limit: int = 20
    under_way: int = 0

    def allows(self, now: float) -> bool:
        if self.under_way >= self.limit:
            return False
        self.under_way += 1
        return True

    def seconds(self, now: float) -> float:
        return 1.0

    def quota(self, now: float) -> Quota:
        return Quota(self.limit, self.limit - self.under_way, 1.0)


@dataclass
class NowAndThen:
    """No limit at all, but a refusal now and then, as a gateway under load gives."""

    chance: float = 0.1
    random: random.Random = field(default_factory=lambda: random.Random(0))

    def allows(self, now: float) -> bool:
        return self.random.random() >= self.chance

    def seconds(self, now: float) -> float:
        return 1.0

    def quota(self, now: float) -> Quota:
        return Quota(1, 1, 0.0)


RULES: dict[str, Callable[[], Rule]] = {
    "fixed window": FixedWindow,
    "sliding window": SlidingWindow,
    "bucket of 60": Bucket,
    "bucket of 1": lambda: Bucket(burst=1),
}


@dataclass
class Outcome:
    """Times of what was accepted and of what was refused."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def share_refused(self, since: float = 0.0) -> float:
        """Of all requests, the first refusal not counted."""
        refused = [t for t in self.refused[1:] if t >= since]
        return len(refused) / max(1, len(refused) + sum(t >= since for t in self.accepted))

    def per_minute(self, since: float, until: float) -> float:
        return 60 * sum(since <= t < until for t in self.accepted) / (until - since)


async def ask_for(
    minutes: float,
    rule: Rule,
    says: Says,
    *,
    latency: float = 1.0,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    seed: int = 0,
) -> Outcome:
    """Keep 64 questions going for so long; each is retried as the engine would."""
    loop = asyncio.get_running_loop()
    random.seed(seed)  # the patience's jitter
    random_ = random.Random(seed)
    pace = Pace(limits, loop.time, chance=random_.random)
    patience = Patience(attempts=1000)
    outcome = Outcome()

    async def call() -> Quotas:
        await asyncio.sleep(random_.uniform(0.02, 0.08))
        now = loop.time()
        if not rule.allows(now):
            outcome.refused.append(now)
            retry_after = max(0.0, rule.seconds(now))
            await asyncio.sleep(random_.uniform(0.02, 0.08))
            raise LLMBusy("429", retry_after if says == "retry-after" else None, "rate")
        outcome.accepted.append(now)
        quotas = Quotas(rule.quota(now)) if says == "headers" else Quotas()
        await asyncio.sleep(latency * random_.uniform(0.5, 1.5))
        if isinstance(rule, AtOnce):
            rule.under_way -= 1
        return quotas

    async def question() -> None:
        tries = 0
        while await pace.admit(100):
            tries += 1
            try:
                quotas = await call()
            except LLMBusy as error:
                pace.busy(error, 100)
                await asyncio.sleep(patience.wait(tries, error.retry_after) or 0.0)
            else:
                pace.done(120, 100)
                pace.stated(quotas)
                return

    async def worker() -> None:
        while loop.time() < 60 * minutes:
            await question()

    workers = [asyncio.create_task(worker()) for _ in range(2 * limits.in_flight)]
    await asyncio.sleep(60 * minutes)
    pace.close()
    for each in workers:
        each.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return outcome


def _table() -> None:
    print("rule              says           answer in   a minute, from the 6th   refused after the first, from the 6th")
    for latency in (0.1, 1.0, 10.0):
        for name, rule in RULES.items():
            for says in get_args(Says):
                runs = [run_virtually(ask_for(20, rule(), says, latency=latency, seed=seed)) for seed in range(5)]
                figures = (
                    fmean(run.per_minute(0, 1200) for run in runs),
                    fmean(run.per_minute(300, 1200) for run in runs),
                    100 * fmean(run.share_refused() for run in runs),
                    100 * fmean(run.share_refused(300) for run in runs),
                )
                print(f"{name:17} {says:12} {latency:8g} s " + "{:9.1f} {:9.1f} {:11.1f} % {:8.1f} %".format(*figures))


if __name__ == "__main__":
    _table()
