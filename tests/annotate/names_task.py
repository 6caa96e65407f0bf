"""A task so small that its tests need nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vermeil.data import Example, Kind, Lost, Span
from vermeil.errors import UnreadableAnswer
from vermeil.exchange import Message, Prompt
from vermeil.tasks.base import Parsed


@dataclass(frozen=True)
class Names:
    """Names in a text, as a JSON list of words; each is placed where it occurs first."""

    name: str = "names"
    kind: Kind = "spans"
    labels: Mapping[str, str] = field(default_factory=lambda: {"NAME": "a name"})
    guideline: str = "List the names."
    schema: str = '{"type":"array"}'

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"task": self.name, "labels": dict(self.labels)}

    def prompt(self, text: str, examples: Sequence[Example] | None = None) -> Prompt:
        shown = "".join(f"\n{example.text}" for example in examples or ())
        rules = f"{self.guideline} {', '.join(self.labels)}{shown}"
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

    def prompt_many(self, texts: Sequence[str], examples: Sequence[Example] | None = None) -> Prompt:
        return self.prompt("\n".join(f"{number}: {text}" for number, text in enumerate(texts, start=1)), examples)

    def split(self, answer: str, count: int) -> Mapping[int, str]:
        """Of an object of lists by id."""
        try:
            parts = json.loads(answer)
        except ValueError:
            return {}
        known = [str(number) for number in range(1, count + 1)]
        return {int(number): json.dumps(words) for number, words in dict(parts).items() if number in known}

    def verify_prompt(self, text: str, spans: Sequence[Span]) -> Prompt:
        words = [text[span.start : span.end] for span in spans]
        return Prompt((Message("system", "Which are names?"), Message("user", f"{text}\n{json.dumps(words)}")))

    def read_verdicts(self, answer: str, spans: Sequence[Span]) -> Mapping[int, str | None]:
        """Of a list of labels and nulls, one for each span."""
        try:
            verdicts = json.loads(answer)
        except ValueError:
            raise UnreadableAnswer(f"expected a JSON list, got {answer[:40]!r}") from None
        return dict(enumerate(verdicts)) if len(verdicts) == len(spans) else {}


def names_in(prompt: str) -> str:
    """The right answer: every capitalised word of the prompt's last line."""
    return json.dumps([word for word in prompt.split("\n")[-1].split() if word[0].isupper()])
