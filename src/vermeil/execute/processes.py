"""Run on this machine, in processes: for work that keeps a core busy, such as training."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from vermeil.errors import VermeilError
from vermeil.execute.events import listen

In = TypeVar("In")
Out = TypeVar("Out")


class Processes:
    """Worker processes, started fresh ("spawn": a forked torch may hang).

    A script that uses them needs its `if __name__ == "__main__"`.

    Args:
        on_event: called in the caller's process, in a thread of its own, with what workers `tell`.
    """

    def __init__(self, workers: int, on_event: Callable[[Any], None] = lambda event: None) -> None:
        self.workers = workers
        self.on_event = on_event

    def map(self, make_worker: Callable[[], Callable[[In], Out]], items: Iterable[In]) -> Iterator[tuple[In, Out]]:
        """Each item with its result, as soon as it is there; `make_worker` must be picklable.

        Raises:
            VermeilError: a worker process died (out of memory, as a rule).
        """
        context = multiprocessing.get_context("spawn")
        events = context.SimpleQueue()
        listener = threading.Thread(target=self._pass_on, args=(events,), daemon=True)
        listener.start()
        pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_start, initargs=(events, make_worker))
        whole = False
        try:
            under_way: dict[Future[Any], In] = {pool.submit(_work, item): item for item in items}
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield under_way.pop(future), future.result()
            whole = True
        except BrokenProcessPool:
            raise VermeilError("a worker process died; out of memory? run again with fewer workers") from None
        except BaseException:
            for process in list((pool._processes or {}).values()):
                process.kill()  # an item under way is worth nothing unless whole: don't wait for it
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            _end(events, listener, whole)

    def _pass_on(self, events: Any) -> None:  # noqa: ANN401 - multiprocessing's queue has no public type
        while (event := events.get()) is not None:
            self.on_event(event)


def _end(events: Any, listener: threading.Thread, whole: bool) -> None:  # noqa: ANN401
    """Wait until all events were passed on; but a worker that was killed may have held the lock on the queue."""
    threading.Thread(target=events.put, args=(None,), daemon=True).start()
    listener.join(None if whole else 1.0)


_worker: Callable[[Any], Any]


def _start(events: Any, make_worker: Callable[[], Callable[[Any], Any]]) -> None:  # noqa: ANN401
    global _worker
    for number in (signal.SIGINT, signal.SIGTERM):  # they may reach every process at once; the caller decides
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    listen(events.put)
    _worker = make_worker()


def _end_with_the_caller() -> None:
    """A caller that was killed can't stop its workers: they would go on for hours, beside those of its next start."""
    caller = multiprocessing.parent_process()
    assert caller is not None
    caller.join()
    os._exit(1)


def _work(item: Any) -> Any:  # noqa: ANN401
    return _worker(item)
