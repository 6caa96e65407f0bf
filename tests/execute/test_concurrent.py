"""A crew of coroutines: bounded, in no order, and orderly when stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from vermeil.errors import SettingsError
from vermeil.execute.concurrent import Concurrent


async def square(n: int) -> int:
    await asyncio.sleep(0)
    return n * n


def all_of(crew: Concurrent[int, Any], items: range) -> list[tuple[int, Any]]:
    waiting, found = list(items), []
    with crew:
        while waiting or crew.under_way:
            given, waiting = waiting[: crew.free], waiting[crew.free :]
            crew.start(given)
            found += crew.results()
    return found


def test_every_item_comes_back_with_its_result() -> None:
    assert dict(all_of(Concurrent(square, 4), range(100))) == {n: n * n for n in range(100)}


def test_results_come_as_they_are_done_not_as_they_were_given() -> None:
    async def slow_first(n: int) -> int:
        await asyncio.sleep(0.1 if n == 0 else 0)
        return n

    assert [n for n, _ in all_of(Concurrent(slow_first, 2), range(2))] == [1, 0]


def test_no_more_items_are_under_way_than_is_said() -> None:
    now = most = 0

    async def work(n: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1

    assert len(all_of(Concurrent(work, 5), range(60))) == 60
    assert most == 5


def test_without_waiting_one_gets_what_is_there() -> None:
    async def never(n: int) -> None:
        await asyncio.sleep(60)

    with Concurrent(never, 2) as crew:
        crew.start([1])
        assert crew.results(wait=False) == []
        assert (crew.under_way, crew.free) == (1, 1)


def test_with_nothing_under_way_nobody_waits() -> None:
    with Concurrent(square, 2) as crew:
        assert crew.results() == []


def test_an_error_of_a_worker_is_raised_where_results_are_taken_after_those_that_went_well() -> None:
    async def divide(n: int) -> int:
        return 6 // n

    found = []

    def collect(crew: Concurrent[int, int]) -> None:
        while True:
            found.extend(crew.results())

    with Concurrent(divide, 3) as crew:
        crew.start([2, 3, 0])
        with pytest.raises(ZeroDivisionError):
            collect(crew)
    assert sorted(found) == [(2, 3), (3, 2)]


def test_what_is_under_way_is_cancelled_at_the_end() -> None:
    cancelled = threading.Event()

    async def long(n: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    with Concurrent(long, 1) as crew:
        crew.start([1])
        time.sleep(0.05)
    assert cancelled.wait(5)


def interrupt(after: float, times: int = 1) -> None:
    def strike() -> None:
        for _ in range(times):
            time.sleep(after)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=strike).start()


def test_ctrl_c_wakes_the_caller_and_strikes_nowhere_else() -> None:
    async def long(n: int) -> int:
        await asyncio.sleep(0.4)
        return n

    with Concurrent(long, 1) as crew:
        crew.start([7])
        interrupt(0.1)
        assert crew.results() == []
        assert crew.interrupted
        assert crew.results() == [(7, 7)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_strikes_at_once() -> None:
    async def long(n: int) -> None:
        await asyncio.sleep(20)

    def collect(crew: Concurrent[int, None]) -> None:
        while crew.under_way:
            crew.results()

    began = time.monotonic()
    with Concurrent(long, 1) as crew:
        crew.start([0])
        interrupt(0.1, times=2)
        with pytest.raises(KeyboardInterrupt):
            collect(crew)
    assert time.monotonic() - began < 5


def test_a_program_with_its_own_way_with_ctrl_c_keeps_it() -> None:
    own: Callable[..., None] = lambda number, frame: None  # noqa: E731
    before = signal.signal(signal.SIGINT, own)
    try:
        with Concurrent(square, 1):
            assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_than_the_main_one_it_works_as_well() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.extend(all_of(Concurrent(square, 3), range(10))))
    thread.start()
    thread.join(10)
    assert len(found) == 10


def test_nobody_under_way_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        Concurrent(square, 0)
