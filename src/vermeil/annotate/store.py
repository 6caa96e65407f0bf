"""Keeps every answer, so that no question is paid for twice."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vermeil.annotate._database import Database
from vermeil.annotate._parts import INSERT_CONTEXT, INSERT_FRAME, Context, Frame, iso, parts_of, whole
from vermeil.annotate._seen import Seen
from vermeil.annotate._writer import MOST_UNWRITTEN, Entry, Statement, Writer
from vermeil.annotate.ledger import Attempt, Ledger, State, read_attempts, read_ledger
from vermeil.annotate.stored import Stored, StoreStats, answer_key
from vermeil.errors import DataError, StoreError
from vermeil.exchange import Prompt, canonical
from vermeil.llms.base import LLM
from vermeil.llms.scripted import Form

__all__ = ["MOST_UNWRITTEN", "AnswerStore"]

_SELECT = """select key, contexts.digest, llm, settings, messages, role, schema,
        frames.digest, before, after, text, body, form, attempt, created
    from answers join contexts on contexts.id = context join frames on frames.id = frame"""
_INSERT = """insert into answers (key, context, frame, text, body, form, attempt, created)
    values (?1, (select id from contexts where digest = ?2), (select id from frames where digest = ?3), ?4, ?5, ?6,
    1 + (select coalesce(max(attempt), 0) from answers where key = ?1), ?7)"""
_SENT = """insert into attempts (id, key, llm, words, state, sent)
    values (?, ?, (select id from llms where name = ?), ?, 'sent', ?)"""
_GOT = """update attempts set state = 'got', ended = ?, tokens_in = tokens_in + ?, tokens_out = tokens_out + ?
    where id = ?"""
_ENDED = """update attempts set state = 'failed', ended = ?, reason = ?, tries = ?, tokens_in = ?, tokens_out = ?
    where id = ? and state = 'sent'"""

_WORDS = 40  # characters of a text that the ledger keeps
_MOST_TOKENS = 10**12  # no call costs more, whatever a server says; sums of it stay in SQLite's range
_MOST_KNOWN = 4096


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
        self._database = Database(self.path)
        self._writer = Writer(self._database)
        self._seen: Seen | None = None
        self._known: set[object] = set()  # contexts, frames and LLMs that were written, or will be
        # What an earlier run left as sent may have been paid for or not: it can't tell us any more.
        self._database.one("update attempts set state = 'unknown' where state = 'sent'")
        (newest,) = self._database.one("select coalesce(max(id), 0) from attempts")
        self._numbers = itertools.count(newest + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        self.flush()
        return int(self._database.one("select count(*) from answers")[0])

    def get(self, key: str) -> Stored | None:
        """The newest answer under this key."""
        if self._writer.holds(key):
            self.flush()
        row = self._database.one(f"{_SELECT} where key = ? order by attempt desc limit 1", _digest(key))
        return _stored(row) if row else None

    def put(
        self,
        llm: LLM,
        prompt: Prompt,
        text: str,
        body: str,
        form: Form = "body",
        *,
        key: str = "",
        attempt_id: int | None = None,
        tokens_in: int = 0,
        tokens_out: int = 0,
    ) -> None:
        """Keep an answer; it is on the disk after a moment, or after `flush`.

        Args:
            key: `answer_key(llm.settings, prompt)`, where the caller has it already.
            attempt_id: of the attempt that it answers, which ends with it; several answers may share one.

        Raises:
            StoreError: an earlier answer could not be written.
            DataError: the text or the body is not valid Unicode.
        """
        key = key or answer_key(llm.settings, prompt)
        context, frame = parts_of(llm.name, _json(llm.settings), prompt, text)
        _check_storable(text, body, *context[1:], frame.before, frame.after or "")
        now = _now()
        values = (_digest(key), context.digest, frame.digest, text, body, form, now)
        statements = [*self._once(INSERT_CONTEXT, context), *self._once(INSERT_FRAME, frame), (_INSERT, values)]
        if attempt_id is not None:
            statements.append((_GOT, (now, _tokens(tokens_in), _tokens(tokens_out), attempt_id)))
        self._writer.add(Entry(tuple(statements), key))

    def sent(self, key: str, llm_name: str, text: str = "") -> int:
        """Put on record that a question goes to the LLM now; returns the number by which its end is told.

        Args:
            text: its first words are shown where the end stays unknown.

        Raises:
            StoreError: an earlier answer could not be written: this one shouldn't be asked for.
        """
        self._writer.check()
        number: int = next(self._numbers)
        llm_name = _encodable(llm_name)
        values = (number, _digest(key), llm_name, _encodable(text[:_WORDS]), _now())
        once = self._once("insert or ignore into llms values (null, ?)", (llm_name,))
        self._writer.add(Entry((*once, (_SENT, values))))
        return number

    def ended(self, attempt_id: int, reason: str, tries: int, *, tokens_in: int = 0, tokens_out: int = 0) -> None:
        """Put on record that an attempt gave no answer; one that gave an answer stays as it is.

        Raises:
            StoreError: an earlier answer could not be written.
        """
        values = (_now(), _encodable(reason), tries, _tokens(tokens_in), _tokens(tokens_out), attempt_id)
        self._writer.add(Entry(((_ENDED, values),)))

    def ledger(self) -> Ledger:
        """What was asked in all runs, how it ended, and what it cost."""
        self.flush()
        return read_ledger(self._database)

    def attempts(self, state: State | None = None) -> Iterator[Attempt]:
        """What was asked, in that order; all, or what is in one state."""
        self.flush()
        return read_attempts(self._database, state)

    def first_time(self, digest: bytes) -> bool:
        """Whether this store object was not asked about this digest before. It is kept on the disk, for now only."""
        if self._seen is None:
            self._seen = Seen()
        return self._seen.first_time(digest)

    def learn(self, about: str, lessons: Mapping[str, str]) -> None:
        """Remember what was found out about a server and model, in place of what was known before."""
        about = _encodable(about)
        insert = "insert or replace into lessons values (?, ?, ?)"
        rows: list[Statement] = [(insert, (about, _encodable(k), _encodable(v))) for k, v in lessons.items()]
        self._writer.add(Entry((("delete from lessons where about = ?", (about,)), *rows)))

    def lessons(self, about: str) -> dict[str, str]:
        """What was learned, in this run or an earlier one; empty if nothing was."""
        self.flush()
        return dict(self._database.all("select name, value from lessons where about = ?", _encodable(about)))

    def flush(self) -> None:
        """Return once every answer is on the disk. After a failure it is tried again.

        Raises:
            StoreError: they could not be written; they are still held in memory.
        """
        self._writer.flush()

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block whose answers are kept all together when it ends, or not at all if it fails."""
        try:
            with self._writer.together():
                yield
        except BaseException:
            self._known.clear()
            raise

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self._writer.close()
        finally:
            self._database.close()
            if self._seen:
                self._seen.close()

    def stats(self) -> StoreStats:
        """Counts, and the times of the first and the last answer."""
        self.flush()
        answers, questions, first, last = self._database.one(
            "select count(*), count(distinct key), min(created), max(created) from answers"
        )
        by_llm = dict(
            self._database.all(
                "select llm, count(*) from answers join contexts on contexts.id = context group by llm order by llm"
            )
        )
        return StoreStats(answers, questions, by_llm, iso(first), iso(last))

    def rows(self) -> Iterator[Stored]:
        """Every answer in the order of arrival, earlier attempts too."""
        self.flush()
        for row in self._database.all(f"{_SELECT} order by answers.id"):
            yield _stored(row)

    def verify(self) -> None:
        """Check the file, and each answer against its key.

        Raises:
            StoreError: something in it is damaged.
        """
        self.flush()
        found = [problem for (problem,) in self._database.all("pragma integrity_check") if problem != "ok"]
        found += ["an answer has lost its prompt" for _ in self._database.all("pragma foreign_key_check")]
        found += [f"the answer to {row.text[:40]!r} lies under a wrong key" for row in self.rows() if not row.sound]
        if found:
            raise StoreError(f"{self.path} is damaged ({len(found)} problems; the first: {found[0]})")

    def _once(self, insert: str, row: Context | Frame | tuple[str]) -> list[Statement]:
        """The statement that inserts it, unless an earlier one does."""
        mark = row.digest if isinstance(row, Context | Frame) else row
        if mark in self._known:
            return []
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add(mark)
        return [(insert, tuple(row))]


def _stored(row: tuple[Any, ...]) -> Stored:
    key, *parts, text, body, form, attempt, created = row
    context, frame = Context(*parts[:6]), Frame(*parts[6:])
    return Stored(
        key.hex(), context.llm, context.settings, whole(context, frame, text), text, body, form, attempt, iso(created)
    )


def _digest(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise DataError(f"a key of the answer store is 64 hexadecimal digits, got {key[:70]!r}") from None


def _json(settings: Mapping[str, Any]) -> str:
    return canonical(dict(settings))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _tokens(count: int) -> int:
    return min(max(0, count), _MOST_TOKENS)


def _encodable(text: str) -> str:
    """What others said, with half characters made harmless: a record of a failure must never fail itself."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _check_storable(text: str, *others: str) -> None:
    try:
        "".join((text, *others)).encode()
    except UnicodeEncodeError:
        raise DataError(f"the text {text[:40]!r} or its answer holds half a character (a lone surrogate)") from None
