"""Clients that mean well: so many at once, each asking again as soon as it has its answer; what they wait for."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from itertools import count

import aiohttp
from texts import text


@dataclass(frozen=True)
class Waited:
    """The seconds of each request, and of the whole."""

    seconds: tuple[float, ...]
    whole: float
    failures: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.whole

    @property
    def median(self) -> float:
        """Of a request, in milliseconds."""
        return 1000 * statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """What 99 of 100 stay under, in milliseconds."""
        return 1000 * sorted(self.seconds)[int(0.99 * (len(self.seconds) - 1))]


def ask(address: str, clients: int, seconds: float, *, texts: int = 1, pause: float = 0.0) -> Waited:
    """Requests with so many texts each, from so many clients, for so long; every client waits `pause` between two."""
    return asyncio.run(_ask(address, clients, seconds, texts, pause))


async def _ask(address: str, clients: int, seconds: float, texts: int, pause: float) -> Waited:
    waited: list[float] = []
    failures = 0
    numbers = count()
    began = time.perf_counter()

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal failures
        while time.perf_counter() < began + seconds:
            asked = {"texts": [text(next(numbers)) for _ in range(texts)]}
            start = time.perf_counter()
            async with session.post(f"{address}/predict", json=asked) as reply:
                answer = await reply.json()
            waited.append(time.perf_counter() - start)
            failures += reply.status != 200 or len(answer["results"]) != texts
            await asyncio.sleep(pause)

    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(client(session) for _ in range(clients)))
    return Waited(tuple(waited), time.perf_counter() - began, failures)
