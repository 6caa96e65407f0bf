"""Blocking calls from an event loop, in threads that cannot keep the program from ending."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

T = TypeVar("T")

Job = Callable[[], None]


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401
    """What the function returns, or raises. Like `asyncio.to_thread`, but in daemons, and as many as are needed."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast(T, result))

    def job() -> None:
        result: T | None = None
        problem: BaseException | None = None
        try:
            result = function(*arguments)
        except StopIteration as error:  # no future takes it: whoever waits would wait for ever
            problem = RuntimeError(f"the call raised {error!r}")
        except BaseException as error:
            problem = error
        loop.call_soon_threadsafe(tell, result, problem)

    _pool.submit(job)
    return await future


class _Pool:
    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._free = 0

    def submit(self, job: Job) -> None:
        with self._lock:
            hire = not self._free
            self._free -= not hire
        self._jobs.put(job)
        if hire:
            threading.Thread(target=self._work, name="vermeil-worker", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            with self._lock:
                self._free += 1


def _renew() -> None:
    global _pool
    _pool = _Pool()


_pool = _Pool()
os.register_at_fork(after_in_child=_renew)  # threads do not survive a fork
