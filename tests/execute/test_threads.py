"""Blocking calls from an event loop."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from vermeil.execute.loop import background_loop, wait_for
from vermeil.execute.threads import in_thread


def test_a_blocking_call_gives_its_result_without_holding_up_the_loop() -> None:
    async def both() -> tuple[str, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        ticking = asyncio.ensure_future(tick())
        result = await in_thread(lambda: time.sleep(0.1) or "done")
        ticking.cancel()
        return result, ticks

    result, ticks = wait_for(both())
    assert result == "done"
    assert ticks > 3


def test_what_a_blocking_call_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        wait_for(in_thread(lambda: 1 // 0))


def test_as_many_run_at_once_as_are_asked_for_and_threads_are_used_again() -> None:
    async def many() -> int:
        meet = threading.Barrier(40)
        await asyncio.gather(*(in_thread(meet.wait, 10) for _ in range(40)))
        return len(set(await asyncio.gather(*(in_thread(threading.get_ident) for _ in range(200)))))

    assert wait_for(many()) <= 200
    assert sum(thread.name == "vermeil-worker" for thread in threading.enumerate()) < 240


def test_a_call_that_nobody_waits_for_any_more_is_no_trouble() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError):
        wait_for(in_thread(release.wait, 5), deadline=0.05)
    release.set()


def test_there_is_one_loop() -> None:
    assert background_loop() is background_loop()
