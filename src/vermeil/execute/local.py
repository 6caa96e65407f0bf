"""Run on this machine, in threads."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import Any, Generic

from vermeil.errors import SettingsError
from vermeil.execute.base import In, Out

_END: Any = object()


class Threads:
    """Threads of this process: enough for calls to an LLM, which only wait.

    Args:
        workers: how many items are under way at once.
    """

    def __init__(self, workers: int = 8) -> None:
        if workers < 1:
            raise SettingsError(f"at least 1 worker is needed, got {workers}")
        self.workers = workers

    def map(self, make_worker: Callable[[], Callable[[In], Out]], items: Iterable[In]) -> Iterator[tuple[In, Out]]:
        """Each item with its result, as soon as it is there; a second Ctrl-C doesn't wait for those under way.

        When it stops, `items` is closed if it can be: so it can tell workers that wait to give up.
        """
        crew = _Crew(make_worker)
        source = iter(items)
        with _postponed_interrupt(crew.wake) as interrupted:
            try:
                while True:
                    while crew.under_way < self.workers and not interrupted.is_set():
                        if (item := next(source, _END)) is _END:
                            break
                        crew.start(item)
                    if interrupted.is_set():
                        _close(source)
                    if not crew.under_way:
                        break
                    if (result := crew.next_result()) is not None:
                        yield result
            finally:
                _close(source)
                crew.dismiss()
        if interrupted.is_set():
            raise KeyboardInterrupt


class _Crew(Generic[In, Out]):
    """Threads that are hired as they are needed. Daemons: one that hangs can't keep the program from ending."""

    def __init__(self, make_worker: Callable[[], Callable[[In], Out]]) -> None:
        self._make_worker = make_worker
        self._tasks: SimpleQueue[In] = SimpleQueue()
        self._results: SimpleQueue[tuple[In, Callable[[], Out]] | None] = SimpleQueue()
        self._hired = 0
        self.under_way = 0

    def start(self, item: In) -> None:
        if self._hired == self.under_way:
            threading.Thread(target=self._work, name="vermeil-worker", daemon=True).start()
            self._hired += 1
        self._tasks.put(item)
        self.under_way += 1

    def next_result(self) -> tuple[In, Out] | None:
        if (done := self._results.get()) is None:
            return None
        self.under_way -= 1
        item, result = done
        return item, result()

    def wake(self) -> None:
        self._results.put(None)

    def dismiss(self) -> None:
        for _ in range(self._hired):
            self._tasks.put(_END)

    def _work(self) -> None:
        worker: Callable[[In], Out] | None = None
        while (item := self._tasks.get()) is not _END:
            try:
                worker = worker or self._make_worker()
                result = _returning(worker(item))
            except BaseException as error:
                result = _raising(error)
            self._results.put((item, result))


def _returning(result: Out) -> Callable[[], Out]:
    return lambda: result


def _raising(error: BaseException) -> Callable[[], Any]:
    def again() -> Any:  # noqa: ANN401
        raise error

    return again


def _close(source: Iterator[In]) -> None:
    if close := getattr(source, "close", None):
        close()


@contextmanager
def _postponed_interrupt(wake: Callable[[], None]) -> Iterator[threading.Event]:
    """The first Ctrl-C sets the event and wakes; otherwise it would strike anywhere, say in the caller's write."""
    interrupted = threading.Event()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield interrupted  # signals reach the main thread only; and a program that has its own handler keeps it
        return

    def note(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        wake()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
