"""Keeps every answer, so that no question is paid for twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vermeil.annotate._database import explained, open_database
from vermeil.annotate.stored import Stored, StoreStats, answer_key, plain
from vermeil.errors import DataError, StoreError
from vermeil.exchange import Prompt, canonical
from vermeil.llms.base import LLM
from vermeil.llms.scripted import Form

MOST_UNWRITTEN = 50
"""Answers that may wait for the disk; the next one waits with them."""


_COLUMNS = ", ".join(Stored.__dataclass_fields__)
_INSERT = f"""insert into answers ({_COLUMNS}) values (:key, :llm, :settings, :prompt, :text, :body, :form,
    1 + (select coalesce(max(attempt), 0) from answers where key = :key), :created)"""


class AnswerStore:
    """Answers by question, in one SQLite file that one run holds at a time.

    An answer is written as soon as the disk is free: those that arrive during one commit share the next.

    Args:
        path: made if it isn't there, readable by its owner only; ":memory:" keeps nothing.

    Raises:
        StoreError: another run holds the file, or it is not an answer store.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.path = str(path)
        self._database = open_database(self.path)
        self._changed = threading.Condition()  # guards the three that follow
        self._unwritten: list[dict[str, Any]] = []
        self._writing = False
        self._failure: StoreError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        self.flush()
        return int(self._one("select count(*) from answers")[0])

    def get(self, key: str) -> Stored | None:
        """The newest answer under this key."""
        with self._changed:
            waiting = any(row["key"] == key for row in self._unwritten)
        if waiting:
            self.flush()
        row = self._one(f"select {_COLUMNS} from answers where key = ? order by attempt desc limit 1", key)
        return Stored(*row) if row else None

    def put(self, llm: LLM, prompt: Prompt, text: str, body: str, form: Form = "body") -> None:
        """Keep an answer; it is on the disk after a moment, or after `flush`.

        Raises:
            StoreError: an earlier answer could not be written.
            DataError: the text or the body is not valid Unicode.
        """
        row = {
            "key": answer_key(llm.settings, prompt),
            "llm": llm.name,
            "settings": canonical(llm.settings),
            "prompt": canonical(plain(prompt)),
            "text": text,
            "body": body,
            "form": form,
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        _check_storable(row)
        with self._changed:
            self._changed.wait_for(lambda: len(self._unwritten) < MOST_UNWRITTEN or self._failure)
            self._unwritten.append(row)
            self._raise_failure()
            self._start_writing()

    def flush(self) -> None:
        """Return once every answer is on the disk. After a failure it is tried again.

        Raises:
            StoreError: they could not be written; they are still held in memory.
        """
        with self._changed:
            self._failure = None
            self._start_writing()
            self._changed.wait_for(lambda: not self._writing)
            self._raise_failure()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self.flush()
        finally:
            self._database.close()

    def stats(self) -> StoreStats:
        """Counts, and the times of the first and the last answer."""
        self.flush()
        answers, questions, first, last = self._one(
            "select count(*), count(distinct key), coalesce(min(created), ''), coalesce(max(created), '') from answers"
        )
        by_llm = dict(self._all("select llm, count(*) from answers group by llm order by llm"))
        return StoreStats(answers, questions, by_llm, first, last)

    def rows(self) -> Iterator[Stored]:
        """Every answer in the order of arrival, earlier attempts too."""
        self.flush()
        for row in self._all(f"select {_COLUMNS} from answers order by id"):
            yield Stored(*row)

    def verify(self) -> None:
        """Check the file, and each answer against its key.

        Raises:
            StoreError: something in it is damaged.
        """
        self.flush()
        found = [problem for (problem,) in self._all("pragma integrity_check") if problem != "ok"]
        found += [f"the answer to {row.text[:40]!r} lies under a wrong key" for row in self.rows() if not row.sound]
        if found:
            raise StoreError(f"{self.path} is damaged ({len(found)} problems; the first: {found[0]})")

    def _one(self, query: str, *values: str) -> tuple[Any, ...]:
        with explained(self.path):
            row: tuple[Any, ...] = self._database.execute(query, values).fetchone()
        return row

    def _all(self, query: str) -> Iterator[tuple[Any, ...]]:
        with explained(self.path), closing(self._database.execute(query)) as cursor:
            yield from cursor

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _start_writing(self) -> None:
        if self._unwritten and not self._writing:
            self._writing = True
            # Not a daemon: a program that ends writes the last answers first.
            threading.Thread(target=self._write, name="vermeil-store").start()

    def _write(self) -> None:
        """Commit until nothing is left; each round takes what has arrived during the one before."""
        while True:
            with self._changed:
                batch = list(self._unwritten)
                if not batch:
                    self._writing = False
                    self._changed.notify_all()
                    return
            failure = self._commit(batch)
            with self._changed:
                if failure:
                    self._failure, self._writing = failure, False
                else:
                    del self._unwritten[: len(batch)]
                self._changed.notify_all()
                if failure:
                    return

    def _commit(self, batch: list[dict[str, Any]]) -> StoreError | None:
        try:
            with explained(self.path):
                self._database.execute("begin immediate")
                try:
                    self._database.executemany(_INSERT, batch)
                    self._database.execute("commit")
                except BaseException:
                    if self._database.in_transaction:
                        self._database.execute("rollback")
                    raise
        except StoreError as error:
            return error
        return None


def _check_storable(row: Mapping[str, str]) -> None:
    try:
        "".join(row.values()).encode()
    except UnicodeEncodeError:
        raise DataError(
            f"the text {row['text'][:40]!r} or its answer holds half a character (a lone surrogate)"
        ) from None
