"""Threads: bounded, lazy, and orderly when stopped."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from vermeil.errors import SettingsError
from vermeil.execute.local import Threads


def test_every_item_comes_back_with_its_result() -> None:
    results = dict(Threads(4).map(lambda: lambda n: n * n, range(100)))
    assert results == {n: n * n for n in range(100)}


def test_results_come_as_they_are_done_not_as_they_were_asked() -> None:
    late = threading.Event()

    def work(n: int) -> int:
        if n == 0:
            assert late.wait(5)
        else:
            late.set()
        return n

    assert [n for n, _ in Threads(2).map(lambda: work, range(2))] == [1, 0]


def test_items_may_be_endless_and_are_drawn_only_when_a_worker_is_free() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for n in itertools.count():
            drawn.append(n)
            yield n

    running = Threads(3).map(lambda: lambda n: n, items())
    assert len([next(running) for _ in range(10)]) == 10
    assert len(drawn) <= 10 + 3
    running.close()  # type: ignore[attr-defined]


def test_no_more_items_are_under_way_than_there_are_workers() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work(n: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    assert len(list(Threads(5).map(lambda: work, range(60)))) == 60
    assert most == 5


def test_each_thread_makes_its_own_worker_once() -> None:
    made: list[int] = []
    ready = threading.Barrier(3)

    def make_worker() -> object:
        made.append(threading.get_ident())
        return lambda n: ready.wait(5) if n < 3 else n

    list(Threads(3).map(make_worker, range(30)))  # type: ignore[arg-type]
    assert len(made) == len(set(made)) == 3


def test_an_error_of_a_worker_is_raised_where_the_results_are_read() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Threads(2).map(lambda: lambda n: 1 // n, [1, 2, 0, 4]))


def test_an_error_of_a_worker_closes_the_items() -> None:
    closed = False

    def items() -> Iterator[int]:
        nonlocal closed
        try:
            yield from itertools.repeat(0)
        finally:
            closed = True

    with pytest.raises(ZeroDivisionError):
        list(Threads(2).map(lambda: lambda n: 1 // n, items()))
    assert closed


def test_ctrl_c_starts_nothing_new_yields_what_is_under_way_and_is_then_raised() -> None:
    started: list[int] = []

    def work(n: int) -> int:
        started.append(n)
        time.sleep(0.1)
        return n

    results: list[int] = []

    def collect() -> None:
        for n, _ in Threads(4).map(lambda: work, itertools.count()):
            results.append(n)
            if len(results) == 6:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        collect()
    assert sorted(results) == sorted(started)
    assert len(results) <= 6 + 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_closes_the_items_at_once_so_that_waiting_workers_can_be_told() -> None:
    told = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            told.set()

    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(Threads(3).map(lambda: lambda n: told.wait(20), items()))
    assert time.monotonic() - began < 5


def test_a_second_ctrl_c_does_not_wait() -> None:
    release = threading.Event()
    running = Threads(1).map(lambda: lambda n: release.wait(20), [0])

    def interrupt_twice() -> None:
        for _ in range(2):
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt_twice).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(running)
    release.set()
    assert time.monotonic() - began < 5


def test_it_also_runs_outside_the_main_thread() -> None:
    results: list[tuple[int, int]] = []
    thread = threading.Thread(target=lambda: results.extend(Threads(2).map(lambda: lambda n: -n, range(5))))
    thread.start()
    thread.join(10)
    assert dict(results) == {n: -n for n in range(5)}


def test_at_least_one_worker_is_needed() -> None:
    with pytest.raises(SettingsError, match="at least 1 worker"):
        Threads(0)
