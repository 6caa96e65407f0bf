"""Keeps every answer, so that no question is paid for twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from vermeil.annotate._answers import ANSWERS, CONTEXTS, FRAMES, Answers, digest_of
from vermeil.annotate._attempts import ATTEMPTS, LLMS, Attempts, encodable, now
from vermeil.annotate._database import Database
from vermeil.annotate._parts import parts_of
from vermeil.annotate._writer import MOST_UNWRITTEN, Insert, Row, Writer
from vermeil.annotate.ledger import Attempt, Ledger, State
from vermeil.annotate.stored import Stored, StoreStats, answer_key
from vermeil.errors import DataError, StoreError
from vermeil.exchange import Prompt, canonical
from vermeil.llms.base import LLM
from vermeil.llms.scripted import Form

__all__ = ["MOST_UNWRITTEN", "AnswerStore"]

_LESSONS = Insert("insert or replace into lessons (about, lessons)", "(?, ?)")


class AnswerStore:
    """Answers by question, in one SQLite file that one run holds at a time.

    An answer is written as soon as the disk is free: those that arrive during one commit share the next.

    Args:
        path: made if it isn't there, readable by its owner only; ":memory:" keeps nothing.

    Raises:
        NoStore: the file is not an answer store.
        StoreError: another run holds it, or it cannot be read or written.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.path = str(path)
        self._database = Database(self.path)
        self._answers = Answers(self._database)
        self._attempts = Attempts(self._database)
        self._writer = Writer(self._database, (CONTEXTS, FRAMES, ANSWERS, LLMS, ATTEMPTS, _LESSONS))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        self.flush()
        return self._answers.count()

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def get(self, key: str) -> Stored | None:
        """The newest answer under this key."""
        if self._writer.holds(key):
            self.flush()
        return self._answers.newest(digest_of(key))

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
        on_saved: Callable[[], object] | None = None,
    ) -> None:
        """Keep an answer; it is on the disk after a moment, or after `flush`.

        Args:
            key: `answer_key(llm.settings, prompt)`, where the caller has it already.
            attempt_id: of the attempt that it answers, which ends with it; several answers may share one.
            on_saved: called from another thread once it is on the disk.

        Raises:
            StoreError: an earlier answer could not be written.
            DataError: the text or the body is not valid Unicode.
        """
        key = key or answer_key(llm.settings, prompt)
        context, frame = parts_of(llm.name, canonical(dict(llm.settings)), prompt, text)
        _check_storable(text, body, *context[1:], frame.before, frame.after or "")
        answer = (digest_of(key), context.digest, frame.digest, text, body, form, now())
        rows: list[Row] = [(CONTEXTS, context), (FRAMES, frame), (ANSWERS, answer)]
        if attempt_id is not None:
            rows.append(self._attempts.got(attempt_id, tokens_in, tokens_out))
        self._writer.add(*rows, key=key, on_written=on_saved)

    def sent(self, key: str, llm_name: str, text: str = "") -> int:
        """Put on record that a question goes to the LLM now; returns the number by which its end is told.

        Args:
            text: its first words are shown where the end stays unknown.

        Raises:
            StoreError: an earlier answer could not be written: this one shouldn't be asked for.
        """
        number, rows = self._attempts.sent(digest_of(key), llm_name, text)
        self._writer.add(*rows, hold=False)
        return number

    def ended(self, attempt_id: int, reason: str, tries: int, *, tokens_in: int = 0, tokens_out: int = 0) -> None:
        """Put on record that an attempt gave no answer; one that gave an answer stays as it is.

        Raises:
            StoreError: an earlier answer could not be written.
        """
        self._writer.add(self._attempts.failed(attempt_id, reason, tries, tokens_in, tokens_out))

    def ledger(self) -> Ledger:
        """What was asked in all runs, how it ended, and what it cost."""
        self.flush()
        return self._attempts.ledger()

    def attempts(self, state: State | None = None) -> Iterator[Attempt]:
        """What was asked, in that order; all, or what is in one state."""
        self.flush()
        return self._attempts.each(state)

    def learn(self, about: str, lessons: Mapping[str, str]) -> None:
        """Remember what was found out about a server and model, in place of what was known before."""
        self._writer.add((_LESSONS, (encodable(about), json.dumps(dict(lessons)))))

    def lessons(self, about: str) -> dict[str, str]:
        """What was learned, in this run or an earlier one; empty if nothing was."""
        self.flush()
        row = self._database.one("select lessons from lessons where about = ?", encodable(about))
        return dict(json.loads(row[0])) if row else {}

    def check(self) -> None:
        """Whether all is well so far.

        Raises:
            StoreError: an answer could not be written; it is still held in memory.
        """
        self._writer.check()

    def flush(self) -> None:
        """Return once every answer is on the disk. After a failure it is tried again.

        Raises:
            StoreError: they could not be written; they are still held in memory.
        """
        self._writer.flush()

    def together(self) -> AbstractContextManager[None]:
        """A block whose answers are kept all together when it ends, or not at all if it fails."""
        return self._writer.together()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self._writer.close()
        finally:
            self._database.close()

    def stats(self) -> StoreStats:
        """Counts, and the times of the first and the last answer."""
        self.flush()
        return self._answers.stats()

    def rows(self) -> Iterator[Stored]:
        """Every answer in the order of arrival, earlier attempts too."""
        self.flush()
        return self._answers.each()

    def matching(self, sought: str = "", limit: int = 10) -> Iterator[Stored]:
        """Answers to texts that contain this, or whose keys begin with it, the newest first."""
        self.flush()
        return self._answers.matching(encodable(sought), limit)

    def verify(self, on_answer: Callable[[], object] = lambda: None) -> None:
        """Check the file, and each answer against its key.

        Raises:
            StoreError: something in it is damaged.
        """
        self.flush()
        problems = self._answers.problems(on_answer)
        if first := next(problems, ""):
            count = 1 + sum(1 for _ in problems)
            raise StoreError(f"{self.path} is damaged ({count:,} problems; the first: {first})")

    def forget(self, *, llm: str = "", key: str = "") -> int:
        """Delete answers for good, so that they are asked for again; returns their number. The ledger stays.

        Args:
            llm: only of the LLM of this name.
            key: only under keys that begin like this.

        Raises:
            DataError: neither is given, or no key can begin like this.
        """
        if not (llm or key):
            raise DataError("name the LLM or the key whose answers are to be forgotten")
        self.flush()
        return self._answers.forget(encodable(llm), key)


def _check_storable(text: str, *others: str) -> None:
    try:
        "".join((text, *others)).encode()
    except UnicodeEncodeError:
        raise DataError(f"the text {text[:40]!r} or its answer holds half a character (a lone surrogate)") from None
