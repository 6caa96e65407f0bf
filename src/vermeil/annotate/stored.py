"""What lies in the answer store, and under which key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vermeil.counted import many
from vermeil.exchange import Prompt, canonical
from vermeil.llms.scripted import Form


@dataclass(frozen=True)
class Stored:
    """An answer as it lies in the store.

    Args:
        settings: of the LLM, as canonical JSON.
        prompt: messages and schema, as canonical JSON.
        text: the text that was to be labelled.
        body: what the provider sent, or a bare answer that was imported: see `form`.
        attempt: 1 for the first answer under its key; the newest counts.
        created: UTC, ISO 8601.
    """

    key: str
    llm: str
    settings: str
    prompt: str
    text: str
    body: str
    form: Form
    attempt: int
    created: str

    @property
    def sound(self) -> bool:
        """Whether the answer still lies under the key of its question."""
        try:
            return _fingerprint(json.loads(self.settings), json.loads(self.prompt)) == self.key
        except ValueError:
            return False


@dataclass(frozen=True)
class StoreStats:
    """What a store holds: answers with repeated attempts, questions without."""

    answers: int
    questions: int
    by_llm: Mapping[str, int]
    first: str
    last: str

    def __str__(self) -> str:
        by_llm = ", ".join(f"{name} {count:,}" for name, count in self.by_llm.items())
        counts = f"{many(self.answers, 'answer')} to {many(self.questions, 'question')}"
        return counts + (f" ({by_llm})" if by_llm else "")


def answer_key(settings: Mapping[str, Any], prompt: Prompt) -> str:
    """The fingerprint of a question: everything that changes the answer, and nothing else."""
    return _fingerprint(dict(settings), plain(prompt))


def plain(prompt: Prompt) -> dict[str, Any]:
    """The prompt as plain values, as it is stored."""
    return {"messages": [[message.role, message.content] for message in prompt.messages], "schema": prompt.schema}


def _fingerprint(settings: Mapping[str, Any], prompt: Mapping[str, Any]) -> str:
    question = canonical({"settings": settings, "prompt": prompt})
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()
