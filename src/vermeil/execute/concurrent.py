"""Run coroutines in the background loop, as many at once as are wanted: for calls that only wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self

from vermeil.errors import SettingsError
from vermeil.execute.base import In, Out
from vermeil.execute.interrupts import PostponedInterrupt
from vermeil.execute.loop import background_loop


class Concurrent(Generic[In, Out]):
    """A crew of coroutines, to be used with `with`: items are given in, results taken out as they come.

    Ctrl-C in the main thread doesn't strike while a crew works: it sets `interrupted` and wakes `results`, so that
    what is under way can be kept. A second one strikes at once.

    Args:
        worker: an `async def`, called in the background loop for each item; it must not block. What it raises
            is raised by `results`.
        most: items under way at once; `start` takes no more.
    """

    def __init__(self, worker: Callable[[In], Awaitable[Out]], most: int) -> None:
        if most < 1:
            raise SettingsError(f"at least 1 item has to be under way at a time, got {most}")
        self.most = most
        self.under_way = 0
        self._worker = worker
        self._results: SimpleQueue[tuple[In, Any, BaseException | None] | None] = SimpleQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._interrupt = PostponedInterrupt(lambda: self._results.put(None))

    def __enter__(self) -> Self:
        self._loop = background_loop()
        self._interrupt.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupt.end()
        self._loop.call_soon_threadsafe(self._cancel)

    @property
    def free(self) -> int:
        """How many more items can be given in now."""
        return self.most - self.under_way

    @property
    def interrupted(self) -> bool:
        """Whether there was a Ctrl-C."""
        return self._interrupt.came.is_set()

    def start(self, items: Sequence[In]) -> None:
        """Begin with these items."""
        if items:
            self.under_way += len(items)
            self._loop.call_soon_threadsafe(self._begin, items)

    def results(self, wait: bool = True, longest: float | None = None) -> list[tuple[In, Out]]:
        """Items with their results, all that are there; waits for one, unless a Ctrl-C comes or there can be none.

        Args:
            longest: seconds to wait at most, so that the caller can look around.
        """
        found: list[tuple[In, Out]] = []
        while self.under_way:
            try:
                done = self._results.get(block=wait and not found, timeout=longest)
            except Empty:
                break
            if done is None:  # a Ctrl-C
                break
            self.under_way -= 1
            item, result, error = done
            if error is not None and found:  # first those that went well, then the error
                self._results.put(done)
                self.under_way += 1
                break
            if error is not None:
                raise error
            found.append((item, result))
        return found

    def _begin(self, items: Sequence[In]) -> None:
        for item in items:
            task = self._loop.create_task(self._work(item))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, item: In) -> None:
        try:
            self._results.put((item, await self._worker(item), None))
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and _cancelled_by_us():
                raise
            self._results.put((item, None, error))

    def _cancel(self) -> None:
        for task in list(self._tasks):
            task.cancel()


def _cancelled_by_us() -> bool:
    """Not from within, where a worker's own code was cancelled: that is a result like others."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
