"""Reads the answers of a store: rows of a question's parts, put together again."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from typing import Any

from vermeil.annotate._database import Database
from vermeil.annotate._parts import Context, Frame, iso, whole
from vermeil.annotate._writer import Insert
from vermeil.annotate.stored import Stored, StoreStats
from vermeil.errors import DataError, StoreError

CONTEXTS = Insert(
    "insert or ignore into contexts (digest, llm, settings, messages, role, schema)", "(?, ?, ?, ?, ?, ?)", once=True
)
FRAMES = Insert("insert or ignore into frames (digest, before, after)", "(?, ?, ?)", once=True)
ANSWERS = Insert(
    "insert into answers (key, context, frame, text, body, form, created)",
    "(?, (select id from contexts where digest = ?), (select id from frames where digest = ?), ?, ?, ?, ?)",
)

_SELECT = """select key, contexts.digest, llm, settings, messages, role, schema, frames.digest, before, after,
        text, body, form,
        (select count(*) from answers as earlier where earlier.key = answers.key and earlier.id <= answers.id), created
    from answers join contexts on contexts.id = context join frames on frames.id = frame"""
_KEY_LENGTH = 64  # hexadecimal digits


class Answers:
    """The answers of a store, by key, in order, or by what they contain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """Answers, with repeated attempts."""
        return int(self._database.one("select count(*) from answers")[0])

    def newest(self, key: bytes) -> Stored | None:
        """The newest answer under this key."""
        return next(self._stored(f"{_SELECT} where key = ? order by answers.id desc limit 1", key), None)

    def each(self) -> Iterator[Stored]:
        """Every answer in the order of arrival."""
        return self._stored(f"{_SELECT} order by answers.id")

    def matching(self, sought: str, limit: int) -> Iterator[Stored]:
        """Answers whose text contains this, or whose key begins with it; the newest first."""
        escaped = sought.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        keys: tuple[bytes, ...] = ()
        where = "text like ?1 escape '\\'"
        if _may_begin_a_key(sought):
            where, keys = f"{where} or key between ?3 and ?4", _range(sought)
        return self._stored(f"{_SELECT} where {where} order by answers.id desc limit ?2", f"%{escaped}%", limit, *keys)

    def stats(self) -> StoreStats:
        """Counts, and the times of the first and the last answer."""
        answers, questions, first, last = self._database.one(
            "select count(*), count(distinct key), min(created), max(created) from answers"
        )
        by_llm = self._database.all(
            "select llm, count(*) from answers join contexts on contexts.id = context group by llm order by llm"
        )
        return StoreStats(answers, questions, dict(by_llm), iso(first), iso(last))

    def problems(self, on_answer: Callable[[], object]) -> Iterator[str]:
        """What is damaged: in the file, in what rows refer to, in answers that don't fit their keys."""
        for (problem,) in self._database.all("pragma integrity_check"):
            if problem != "ok":
                yield problem
        for number in self._database.all("select rowid from pragma_foreign_key_check"):
            yield f"row {number[0]} has lost what it refers to"
        for stored in self.each():
            on_answer()
            if not stored.sound:
                yield f"the answer to {stored.text[:40]!r} lies under a wrong key"

    def forget(self, llm: str, prefix: str) -> int:
        """Delete the answers of this LLM under keys that begin like this ("" for any); returns their number."""
        before = self.count()
        self._database.one(
            """delete from answers where key between ? and ?
               and (? = '' or context in (select id from contexts where llm = ?))""",
            *_range(prefix),
            llm,
            llm,
        )
        return before - self.count()

    def _stored(self, query: str, *values: object) -> Iterator[Stored]:
        for row in self._database.all(query, *values):
            try:
                yield _put_together(*row)
            except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
                raise StoreError(f"{self._database.path} is damaged: an answer in it is none ({error})") from error


def digest_of(key: str) -> bytes:
    """The key as it is stored.

    Raises:
        DataError: it is none.
    """
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise DataError(f"a key of the answer store is 64 hexadecimal digits, got {key[:70]!r}") from None


def _may_begin_a_key(prefix: str) -> bool:
    return len(prefix) <= _KEY_LENGTH and set(prefix) <= set(string.hexdigits)


def _range(prefix: str) -> tuple[bytes, bytes]:
    """The first and the last key that begin like this."""
    if not _may_begin_a_key(prefix):
        raise DataError(f"a key begins with up to {_KEY_LENGTH} hexadecimal digits, got {prefix[:70]!r}")
    return bytes.fromhex(prefix.ljust(_KEY_LENGTH, "0")), bytes.fromhex(prefix.ljust(_KEY_LENGTH, "f"))


def _put_together(key: bytes, *columns: Any) -> Stored:  # noqa: ANN401 (as SQLite has them)
    context, frame = Context(*columns[:6]), Frame(*columns[6:9])
    text, body, form, attempt, created = columns[9:]
    prompt = whole(context, frame, text)
    return Stored(key.hex(), context.llm, context.settings, prompt, text, body, form, attempt, iso(created))
