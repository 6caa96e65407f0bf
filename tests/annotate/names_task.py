"""A task so small that its tests need nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vermeil.data import Lost, Span
from vermeil.errors import UnreadableAnswer
from vermeil.exchange import Message, Prompt
from vermeil.tasks.base import Parsed


@dataclass(frozen=True)
class Names:
    """Names in a text, as a JSON list of words; each is placed where it occurs first."""

    name: str = "names"
    labels: Mapping[str, str] = field(default_factory=lambda: {"NAME": "a name"})
    guideline: str = "List the names."
    schema: str = '{"type":"array"}'

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"task": self.name, "labels": dict(self.labels)}

    def prompt(self, text: str) -> Prompt:
        rules = f"{self.guideline} {', '.join(self.labels)}"
        return Prompt((Message("system", rules), Message("user", text)), self.schema)

    def parse(self, answer: str, text: str) -> Parsed:
        try:
            words = json.loads(answer)
        except ValueError:
            raise UnreadableAnswer(f"expected a JSON list, got {answer[:40]!r}") from None
        label = next(iter(self.labels))
        placed = [word for word in words if word in text]
        spans = [Span(text.find(word), text.find(word) + len(word), label, "exact") for word in placed]
        lost = [Lost(word, label, "not in the text") for word in words if word not in text]
        return Parsed(tuple(spans), tuple(lost))


def names_in(prompt: str) -> str:
    """The right answer: every capitalised word of the prompt's last line."""
    return json.dumps([word for word in prompt.split("\n")[-1].split() if word[0].isupper()])
