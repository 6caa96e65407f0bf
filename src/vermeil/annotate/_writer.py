"""Writes to the database behind the caller's back: what arrives during one commit shares the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from vermeil.annotate._database import Database, explained
from vermeil.errors import StoreError

MOST_UNWRITTEN = 200
"""Answers and attempts that may wait for the disk; the next one waits with them."""

_LINGER = 0.2  # seconds that the thread waits for more before it ends
_LONGEST_PAUSE = 0.002  # seconds
_CHUNKS = (50, 10, 1)  # rows of one statement: few sizes, so that SQLite compiles few statements


class Insert(NamedTuple):
    """A statement that inserts any number of rows: its head, what stands for one row, and its tail.

    Args:
        once: of equal rows, one is enough.
    """

    head: str
    row: str
    tail: str = ""
    once: bool = False


Row = tuple[Insert, tuple[object, ...]]


class Writer:
    """The one thread that writes.

    Args:
        order: in which the rows of one commit are inserted, since some refer to others.
    """

    def __init__(self, database: Database, order: Sequence[Insert]) -> None:
        self._database = database
        self._order = order
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)  # the thread waits for it
        self._written = threading.Condition(self._lock)  # callers wait for it
        self._queue: list[tuple[Row, ...]] = []
        self._keys: list[str] = []  # of the queue, as are the next
        self._told: list[Callable[[], object] | None] = []
        self._thread: threading.Thread | None = None
        self._failure: StoreError | None = None
        self._flushing = 0
        self._writing = False
        self._closed = False
        self._together = False

    def add(self, *rows: Row, key: str = "", hold: bool = True, on_written: Callable[[], object] | None = None) -> None:
        """Have rows written together, and soon; wait if too many wait already.

        Args:
            key: what `holds` finds them by.
            on_written: called from the writing thread once they are on the disk.
            hold: if earlier ones could not be written, hold these in memory with them; else these are dropped.

        Raises:
            StoreError: an earlier one could not be written.
        """
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._database.path} was closed; open it again")
            while len(self._queue) >= MOST_UNWRITTEN and not self._failure:
                self._written.wait()
            if not hold:
                self._raise_failure()
            self._queue.append(rows)
            self._keys.append(key)
            self._told.append(on_written)
            self._raise_failure()
            self._start()
            if len(self._queue) in (1, MOST_UNWRITTEN // 2):
                self._arrived.notify()

    def check(self) -> None:
        """Whether all is well.

        Raises:
            StoreError: something could not be written.
        """
        with self._lock:
            self._raise_failure()

    def holds(self, key: str) -> bool:
        """Whether something about this key is not written yet."""
        with self._lock:
            return key in self._keys

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
            self._keys.clear()
            self._told.clear()
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
            thread = threading.Thread(target=self._run, name="vermeil-store")
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        pause = 0.0
        while batch := self._batch(pause):
            began = time.monotonic()
            failure = self._write(batch)
            # SQLite lets nobody read while it commits: as long as that took, readers have their turn. Not longer than
            # a moment: what waits here when the program is killed was paid for, and has to be asked for again.
            pause = 0.0 if self._together else min(_LONGEST_PAUSE, time.monotonic() - began)
            with self._lock:
                self._failure, self._writing = failure, False
                if failure:
                    self._thread = None
                    told: list[Callable[[], object] | None] = []
                else:
                    told = self._told[: len(batch)]
                    del self._queue[: len(batch)], self._keys[: len(batch)], self._told[: len(batch)]
                self._written.notify_all()
            for tell in filter(None, told):
                tell()
            if failure:
                return

    def _batch(self, pause: float) -> list[tuple[Row, ...]]:
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

    def _write(self, batch: list[tuple[Row, ...]]) -> StoreError | None:
        try:
            if not self._together:
                self._execute("begin immediate")
            for insert in self._order:
                found = [values for rows in batch for into, values in rows if into is insert]
                self._insert(insert, list(dict.fromkeys(found)) if insert.once else found)
            if not self._together:
                self._execute("commit")
        except StoreError as error:
            self._roll_back()
            return error
        except Exception as error:  # else the thread would end, and every caller wait for ever
            self._roll_back()
            return StoreError(f"{self._database.path} cannot take an answer ({type(error).__name__}: {error})")
        return None

    def _insert(self, insert: Insert, rows: list[tuple[object, ...]]) -> None:
        # Many rows to a statement: each statement gives up the interpreter's lock, and waits to get it back.
        done = 0
        for size in _CHUNKS:
            while len(rows) - done >= size:
                chunk = rows[done : done + size]
                statement = f"{insert.head} values {', '.join([insert.row] * size)} {insert.tail}"
                self._execute(statement, [value for row in chunk for value in row])
                done += size

    def _execute(self, statement: str, values: Sequence[object] = ()) -> None:
        with explained(self._database.path):
            self._database.connection.execute(statement, values)

    def _roll_back(self) -> None:
        if self._database.connection.in_transaction:
            self._execute("rollback")
