"""Writes questions down as batches that the provider takes, none of them twice."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TextIO

from vermeil.annotate.batches.folder import Batch, BatchState, batch_api, batches_in, make_private, written_state
from vermeil.annotate.method import Method
from vermeil.annotate.reading import read_stored
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key, plain
from vermeil.counted import many
from vermeil.data import Example
from vermeil.errors import DataError
from vermeil.exchange import Prompt
from vermeil.files import new_folder
from vermeil.llms.base import LLM, Learns
from vermeil.tasks.base import Task


class Asks(Protocol):
    """A question: what is to be labelled, and the prompt that asks for it."""

    @property
    def text(self) -> str:
        """What is to be labelled."""

    @property
    def prompt(self) -> Prompt:
        """How it is asked for."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that the store has no answer to."""

    text: str
    prompt: Prompt


@dataclass(frozen=True)
class Written:
    """What was written down, and what was left out since a batch that is under way asks it already."""

    batches: tuple[Batch, ...] = ()
    questions: int = 0
    waiting: int = 0

    def __add__(self, other: Written) -> Written:
        """Both together."""
        return Written(self.batches + other.batches, self.questions + other.questions, self.waiting + other.waiting)

    def __str__(self) -> str:
        waiting = f"; {self.waiting:,} wait in earlier batches" if self.waiting else ""
        return f"{many(self.questions, 'question')} in {many(len(self.batches), 'batch', 'batches')}{waiting}"


def open_questions(
    texts: Iterable[str | Example],
    task: Task,
    llm: LLM,
    store: AnswerStore,
    retry_failed: bool = True,
    method: Method = Method(),  # noqa: B008 - frozen
) -> Iterator[OpenQuestion]:
    """What `annotate` would ask this LLM now: each text, or piece of one, without an answer in the store.

    Args:
        retry_failed: ask again where the stored answer cannot be read.
        method: how texts are cut, and examples chosen. Repairs and verification are left to `annotate`.
    """
    if isinstance(llm, Learns):
        llm.recall(store.lessons(repr(llm)))  # the form of answer that the server takes
    seen: set[str] = set()
    for text in (text if isinstance(text, str) else text.text for text in texts):
        for start, end in method.pieces(text, task.kind):
            piece = text[start:end]
            prompt = task.prompt(piece, method.examples(piece)) if method.examples else task.prompt(piece)
            key = answer_key(llm.settings, prompt)
            if key in seen:
                continue
            seen.add(key)
            stored = store.get(key)
            if stored is None or (retry_failed and read_stored(task, llm, piece, stored).again):
                yield OpenQuestion(piece, prompt)


def write_batches(
    questions: Iterable[Asks],
    llm: LLM,
    folder: Path,
    *,
    options: Mapping[str, Any] = MappingProxyType({}),
    most_requests: int | None = None,
    by_hand: bool = False,
) -> Written:
    """Write the questions into as many batches as the provider's limits ask for.

    Those that wait in a batch of this folder are left out, so that it can be run again after a kill.

    Args:
        options: kept in each batch, for whoever has to make the LLM again.
        most_requests: in one batch, if fewer than the provider takes.
        by_hand: a person will hand them in; `submit` refuses them.

    Raises:
        SettingsError: the LLM's provider has no batch API.
        DataError: one question alone is longer than a batch may be.
    """
    make_private(folder)
    with _Writer(llm, folder, options, most_requests, by_hand) as written:
        for question in questions:
            written.add(question)
    return Written(tuple(Batch(path) for path in written.paths), written.questions, written.left_out)


class _Writer:
    """The batch that is being written; a full one is closed, and the next one begun."""

    def __init__(self, llm: LLM, folder: Path, options: Mapping[str, Any], most: int | None, by_hand: bool) -> None:
        self.paths: list[Path] = []
        self.questions = self.left_out = 0
        self._llm, self._folder, self._options, self._by_hand = llm, folder, options, by_hand
        self._api = batch_api(llm)
        self._most = min(most or self._api.most_requests, self._api.most_requests)
        self._taken = waiting_keys(folder)
        self._open = ExitStack()
        self._path: Path | None = None
        self._requests: TextIO
        self._questions: TextIO
        self._count = self._bytes = 0

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._close()
        else:
            self._open.__exit__(*error)  # type: ignore[arg-type]

    def add(self, question: Asks) -> None:
        key = answer_key(self._llm.settings, question.prompt)
        if key in self._taken:
            self.left_out += 1
            return
        line = self._api.line(key, question.prompt) + "\n"
        size = len(line.encode())
        if size > self._api.most_bytes:
            raise DataError(
                f"the text {question.text[:40]!r} makes a request of {size:,} bytes, and a batch may have "
                f"{self._api.most_bytes:,}; cut the text"
            )
        if self._count >= self._most or self._bytes + size > self._api.most_bytes:
            self._close()
        if self._path is None:
            self._begin()
        self._requests.write(line)
        row = {"key": key, "text": question.text, "prompt": plain(question.prompt)}
        self._questions.write(json.dumps(row) + "\n")
        self._taken.add(key)
        self._count, self._bytes = self._count + 1, self._bytes + size
        self.questions += 1

    def _begin(self) -> None:
        # Unique, so that the provider's list can be searched for it; in the order of time for people.
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{len(self.paths) + 1:03}-{secrets.token_hex(4)}"
        self._path = self._folder / name
        self._fresh = self._open.enter_context(new_folder(self._path))
        self._requests = self._open.enter_context((self._fresh / "requests.jsonl").open("x", encoding="utf-8"))
        self._questions = self._open.enter_context((self._fresh / "questions.jsonl").open("x", encoding="utf-8"))

    def _close(self) -> None:
        if self._path is None:
            return
        state = BatchState(
            name=self._path.name,
            llm=self._llm.name,
            settings=dict(self._llm.settings),
            options=dict(self._options),
            server=self._api.server,
            requests=self._count,
            by_hand=self._by_hand,
        )
        (self._fresh / "state.json").write_text(written_state(state), encoding="utf-8")
        self._open.close()  # now the whole folder appears
        self.paths.append(self._path)
        self._path = None
        self._count = self._bytes = 0


def waiting_keys(folder: Path) -> set[str]:
    """The keys of the questions that a batch under way may still answer; asked elsewhere, they would be paid twice."""
    return {str(row["key"]) for batch in batches_in(folder) if batch.state.waiting for _, row in batch.rows()}
