"""What many requests wait for, labelled in rounds by one thread: texts that come at the same time share a batch."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from vermeil.data import Span
from vermeil.errors import VermeilError

Spans = tuple[Span, ...]
Label = Callable[[Sequence[str]], list[Spans]]

ROUND = 4096
"""Characters labelled at once: enough to fill the processor, little enough that nobody waits long behind another."""

_EACH = 64  # what a text costs beside its characters, so that a million empty ones are no small work
_FIRST_GUESS = 20_000.0  # characters a second, until one round was timed


class Overloaded(VermeilError):
    """Too much is waiting already; `retry_after` are the seconds after which there is likely to be room."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting:,} characters wait to be labelled already; come back in {retry_after} s")
        self.retry_after = retry_after


class Round(NamedTuple):
    """What became of one round."""

    texts: int
    seconds: float


class _Job:
    """A request's texts: those before `next` were taken, those that are `done` labelled."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts, self.next, self.left = texts, 0, sum(map(_cost, texts))
        self.done: list[Spans] = []
        self.promise: Future[list[Spans]] = Future()

    def take(self) -> str:
        text = self.texts[self.next]
        self.next += 1
        self.left -= _cost(text)
        return text

    def keep(self, spans: Spans) -> None:
        self.done.append(spans)
        if len(self.done) == len(self.texts) and self.promise.set_running_or_notify_cancel():
            self.promise.set_result(self.done)

    def fail(self, error: BaseException) -> None:
        if not isinstance(error, Exception):  # a panic of Rust, which nobody expects
            error = VermeilError(f"{type(error).__name__}: {error}")
        if not self.promise.done() and self.promise.set_running_or_notify_cancel():
            self.promise.set_exception(error)


class Rounds:
    """A thread that labels; requests take turns, text by text, so that a long one does not hold up the short ones.

    It is `broken` once the thread has died of a mistake that is nobody's text.

    Args:
        label: only ever called in that thread.
        most: characters that may wait.
        on_round: told of every round.
    """

    def __init__(self, label: Label, most: int, on_round: Callable[[Round], None] = lambda done: None) -> None:
        self._label, self._most, self._on_round = label, most, on_round
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._stopping = self.broken = False
        self._speed = _FIRST_GUESS
        self._thread = threading.Thread(target=self._work, name="labels", daemon=True)

    def start(self) -> None:
        """Begin to label."""
        self._thread.start()

    def stop(self) -> None:
        """Label what waits, then end; until it has `ended`, the thread is at work."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    @property
    def ended(self) -> bool:
        """Whether the thread is done: it was stopped, or is `broken`."""
        return not self._thread.is_alive()

    @property
    def working(self) -> bool:
        """Whether a text that is given now will be labelled."""
        return self._thread.is_alive() and not self._stopping

    @property
    def waiting(self) -> int:
        """Characters that wait; requests that were given up don't count."""
        with self._changed:
            return self._waiting()

    def submit(self, texts: Sequence[str]) -> Future[list[Spans]]:
        """The promise of the spans of each text; cancelling it gives up those that were not begun.

        Raises:
            Overloaded: too much waits already.
        """
        job = _Job(texts)
        if not texts:
            job.promise.set_result([])
            return job.promise
        with self._changed:
            waiting = self._waiting()
            if waiting and waiting + job.left > self._most:
                raise Overloaded(waiting, min(60, math.ceil(waiting / self._speed)))
            self._jobs.append(job)
            self._changed.notify()
        return job.promise

    def _waiting(self) -> int:
        return sum(job.left for job in self._jobs if not job.promise.done())

    def _work(self) -> None:
        taken: list[tuple[_Job, str]] = []
        try:
            while taken := self._next():
                self._round(taken)
        except BaseException as error:
            with self._changed:
                self._stopping = self.broken = True
                for job in (*(job for job, _ in taken), *self._jobs):
                    job.fail(error)
            raise

    def _next(self) -> list[tuple[_Job, str]]:
        """What the next round is made of, once there is something; nothing at the end."""
        with self._changed:
            while not (taken := self._taken()) and not self._stopping:
                self._changed.wait()
            return taken

    def _taken(self) -> list[tuple[_Job, str]]:
        """One text of each request in turn, until the round is full."""
        taken: list[tuple[_Job, str]] = []
        size = 0
        while self._jobs:
            job = self._jobs.popleft()
            if job.promise.done():  # given up, or one of its texts failed
                continue
            size += _cost(job.texts[job.next])
            if taken and size > ROUND:
                self._jobs.appendleft(job)
                break
            taken.append((job, job.take()))
            if job.next < len(job.texts):
                self._jobs.append(job)
        return taken

    def _round(self, taken: Sequence[tuple[_Job, str]]) -> None:
        began = time.perf_counter()
        try:
            found = list(zip(taken, self._label([text for _, text in taken]), strict=True))
        except BaseException as error:
            if len(taken) > 1:  # whoever shares a round with a bad text must not fail with it
                for alone in taken:
                    self._round([alone])
                return
            taken[0][0].fail(error)
            return
        for (job, _), spans in found:
            job.keep(spans)
        seconds = time.perf_counter() - began
        self._speed += (sum(_cost(text) for _, text in taken) / max(seconds, 1e-6) - self._speed) / 8
        self._on_round(Round(len(taken), seconds))


def _cost(text: str) -> int:
    return len(text) + _EACH
