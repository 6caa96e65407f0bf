"""An LLM that says what it is told: for tests, examples, and replays of recorded answers."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vermeil.errors import DataError, LLMError, LLMUnavailable, SettingsError
from vermeil.exchange import Answer, Prompt
from vermeil.files import lines, name_of

Reply = Callable[[str], str] | Mapping[str, str]
Form = Literal["body", "text"]

_TAIL = 16  # characters


@dataclass(frozen=True)
class Recorded:
    """An answer that was written down.

    Args:
        where: file and line, for messages.
        form: "body" for a provider's raw reply, "text" for the bare answer.
        key: the key under which a store exported it, "" where it came from elsewhere.
    """

    where: str
    text: str
    answer: str
    form: Form = "text"
    key: str = ""


class LLM:
    """Answers with `reply(prompt.text)`, and counts its calls.

    Args:
        model: a name; or a file of recorded answers, JSONL with `text` and `answer`, if it ends in `.jsonl`.
        reply: a function from the prompt's text to the answer, or the answers by text. With neither a reply nor a
            file it can't be asked: it only gives its name to answers that were imported.

    Raises:
        DataError: the file of recorded answers isn't one.
    """

    def __init__(self, model: str = "default", reply: Reply | None = None) -> None:
        self.model = model
        self.calls = 0
        self._lock = threading.Lock()
        self._settings = {"adapter": "scripted", "model": model}
        if reply is None and model.endswith(".jsonl"):
            reply = _by_text(Path(model))
            self._settings["answers"] = hashlib.sha256(json.dumps(sorted(reply.items())).encode()).hexdigest()
        if not (reply is None or callable(reply) or isinstance(reply, Mapping)):
            raise SettingsError(f"reply is a function or a table of answers by text, got {reply!r:.80}")
        self._reply = _Answers(reply) if isinstance(reply, Mapping) else reply

    @property
    def name(self) -> str:
        """`scripted:MODEL`."""
        return f"scripted:{self.model}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The name, and the fingerprint of the recorded answers."""
        return self._settings

    def ask(self, prompt: Prompt) -> str:
        """The reply. What a reply function raises is raised."""
        with self._lock:
            self.calls += 1
        if self._reply is None:
            raise LLMUnavailable(f"{self.name} has no answer of its own: import more answers, or take another LLM")
        return self._reply(prompt.text)

    def read(self, body: str) -> Answer:
        """The body is the answer."""
        return Answer(body)


class _Answers:
    """The answer of the text that ends last in the prompt, since examples come before it; of two, the longer one.

    Texts are found by how they end, so that it takes no longer where there are many.
    """

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = dict(answers)
        self._by_tail: dict[str, list[str]] = {}
        for text in sorted(self._answers, key=len, reverse=True):
            self._by_tail.setdefault(text[-_TAIL:], []).append(text)
        self._sizes = sorted({len(tail) for tail in self._by_tail}, reverse=True)

    def __call__(self, prompt: str) -> str:
        for end in range(len(prompt), -1, -1):
            for size in self._sizes:
                for text in self._by_tail.get(prompt[max(0, end - size) : end], ()):
                    if prompt.endswith(text, 0, end):
                        return self._answers[text]
        raise LLMError(f"no recorded answer for the prompt that ends in {prompt[-60:]!r}")


def recorded(path: str | Path) -> Iterator[Recorded]:
    """The rows of a file of answers.

    Raises:
        DataError: a row is not JSON, or lacks `text` or an answer; with the line.
    """
    for number, line in lines(path):
        if not line.strip():
            continue
        where = f"{name_of(path)}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not JSON ({error}); each line is an object with text and answer") from None
        yield _row(row, where)


def _row(row: object, where: str) -> Recorded:
    found = row if isinstance(row, Mapping) else {}
    form: Form = "body" if "body" in found else "text"
    answer = found.get("body" if form == "body" else "answer")
    for name, value in (("text", found.get("text")), ("answer", answer)):
        if not isinstance(value, str):
            there = f"it has {', '.join(map(str, found)) or 'no fields'}"
            raise DataError(f"{where}: no string under {name!r} ({there}); each line is an object with text and answer")
    return Recorded(where, found["text"], str(answer), form, str(found.get("key", "")))


def _by_text(path: Path) -> dict[str, str]:
    answers: dict[str, str] = {}
    for row in recorded(path):
        answers.setdefault(row.text, row.answer)
    return answers
