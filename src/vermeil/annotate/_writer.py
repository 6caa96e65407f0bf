"""Writes to the database behind the caller's back: what arrives during one commit shares the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from vermeil.annotate._database import Database, explained
from vermeil.errors import StoreError

MOST_UNWRITTEN = 100
"""Answers and attempts that may wait for the disk; the next one waits with them."""

_LINGER = 0.2  # seconds that the thread waits for more before it ends

Statement = tuple[str, tuple[object, ...]]


class Entry(NamedTuple):
    """Statements that are written together, and the key that they are about ("" for none)."""

    statements: tuple[Statement, ...]
    key: str = ""


class Writer:
    """The one thread that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)  # the thread waits for it
        self._written = threading.Condition(self._lock)  # callers wait for it
        self._queue: list[Entry] = []
        self._thread: threading.Thread | None = None
        self._failure: StoreError | None = None
        self._flushing = 0
        self._writing = False
        self._closed = False
        self._together = False

    def add(self, entry: Entry) -> None:
        """Have it written soon; wait if too many wait already.

        Raises:
            StoreError: an earlier one could not be written. This one is held in memory with it.
        """
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._database.path} was closed; open it again")
            while len(self._queue) >= MOST_UNWRITTEN and not self._failure:
                self._written.wait()
            self._queue.append(entry)
            self._raise_failure()
            self._start()
            if len(self._queue) in (1, MOST_UNWRITTEN // 2):
                self._arrived.notify()

    def check(self) -> None:
        """Raise the failure that keeps answers from being written, if there is one."""
        with self._lock:
            self._raise_failure()

    def holds(self, key: str) -> bool:
        """Whether something about this key is not written yet."""
        with self._lock:
            return any(entry.key == key for entry in self._queue)

    def flush(self) -> None:
        """Return once all is written. After a failure it is tried again.

        Raises:
            StoreError: it could not be written; it is still held in memory.
        """
        with self._lock:
            self._failure = None
            self._flushing += 1
            try:
                self._start()
                self._arrived.notify()
                while self._queue and not self._failure:
                    self._written.wait()
                self._raise_failure()
            finally:
                self._flushing -= 1

    def close(self) -> None:
        """Write what is left; nothing can be added any more."""
        try:
            self.flush()
        finally:
            with self._lock:
                self._closed = True
                self._arrived.notify()
                thread = self._thread
            if thread:
                thread.join()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all that is added in this block, or, if it fails, nothing of it."""
        self.flush()
        self._together = True
        try:
            self._execute("begin immediate")
            yield
            self.flush()
            self._execute("commit")
        except BaseException:
            self._discard()
            raise
        finally:
            self._together = False

    def _discard(self) -> None:
        with self._lock:
            self._queue.clear()
            while self._writing:
                self._written.wait()
            self._failure = None
        self._roll_back()

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _start(self) -> None:
        if self._queue and self._thread is None:
            # Not a daemon: a program that ends writes the last answers first.
            self._thread = threading.Thread(target=self._run, name="vermeil-store")
            self._thread.start()

    def _run(self) -> None:
        pause = 0.0
        while batch := self._batch(pause):
            began = time.monotonic()
            failure = self._write(batch)
            # SQLite lets nobody read while it commits: as long as that took, readers have their turn.
            pause = 0.0 if self._together else time.monotonic() - began
            with self._lock:
                self._failure, self._writing = failure, False
                if failure:
                    self._thread = None
                else:
                    del self._queue[: len(batch)]
                self._written.notify_all()
                if failure:
                    return

    def _batch(self, pause: float) -> list[Entry]:
        """All that waits, after the pause; empty if nothing comes for a while, and then the thread ends."""
        with self._lock:
            until = time.monotonic() + pause
            while len(self._queue) < MOST_UNWRITTEN // 2 and not self._flushing and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._arrived.wait(left)
            if not self._queue and not self._closed:
                self._arrived.wait(_LINGER)
            if not self._queue:
                self._thread = None
            self._writing = bool(self._queue)
            return list(self._queue)

    def _write(self, batch: list[Entry]) -> StoreError | None:
        try:
            if not self._together:
                self._execute("begin immediate")
            with explained(self._database.path):
                for entry in batch:
                    for statement, values in entry.statements:
                        self._database.connection.execute(statement, values)
            if not self._together:
                self._execute("commit")
        except StoreError as error:
            self._roll_back()
            return error
        except Exception as error:  # else the thread would end, and every caller wait for ever
            self._roll_back()
            return StoreError(f"{self._database.path} cannot take an answer ({type(error).__name__}: {error})")
        return None

    def _execute(self, statement: str) -> None:
        with explained(self._database.path):
            self._database.connection.execute(statement)

    def _roll_back(self) -> None:
        if self._database.connection.in_transaction:
            self._execute("rollback")
