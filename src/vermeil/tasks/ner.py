"""Named entities: the LLM quotes them from the text, with their types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vermeil.align import Quote, align
from vermeil.data import Example
from vermeil.errors import DataError, SettingsError, UnknownName
from vermeil.exchange import Prompt
from vermeil.settings import Settings
from vermeil.tasks._answers import read_entities
from vermeil.tasks._labels import check_labels
from vermeil.tasks._prompts import prompt_names, render, tag_for
from vermeil.tasks.base import Parsed

CHAIN_OF_THOUGHT = "chain-of-thought"


@dataclass(frozen=True)
class NER:
    """Entity types and how to ask for them.

    Args:
        labels: names of the types and their definitions; names alone (a list) will do.
        guideline: what an annotator should know of the texts and of doubtful cases.
        examples: labelled texts to show to the LLM; all their labels must be among `labels`.
        prompt_name: zero-shot, few-shot or chain-of-thought; "" for few-shot where there are examples, else zero-shot.
        confidence: also ask how sure the LLM is of each entity.
    """

    labels: Mapping[str, str]
    guideline: str = ""
    examples: tuple[Example, ...] = ()
    prompt_name: str = ""
    confidence: bool = False

    def __post_init__(self) -> None:
        labels = self.labels if isinstance(self.labels, Mapping) else dict.fromkeys(self.labels, "")
        object.__setattr__(self, "labels", dict(labels))
        object.__setattr__(self, "examples", tuple(self.examples))
        check_labels(self.labels)
        for example in self.examples:
            _check_example(example, self.labels)
        if not self.prompt_name:
            object.__setattr__(self, "prompt_name", "few-shot" if self.examples else "zero-shot")
        if self.prompt_name not in prompt_names(self.name):
            raise UnknownName("prompt", self.prompt_name, prompt_names(self.name))
        if self.prompt_name == "few-shot" and not self.examples:
            raise SettingsError(
                "the prompt 'few-shot' needs examples, and there are none; add some, or use 'zero-shot'"
            )

    @property
    def name(self) -> str:
        """As in `task = "ner"`."""
        return "ner"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The whole task as plain values, as a task file writes them."""
        return {
            "task": self.name,
            "labels": dict(self.labels),
            "guideline": self.guideline,
            "examples": [{"text": e.text, "entities": _entities(e)} for e in self.examples],
            "prompt": self.prompt_name,
            "confidence": self.confidence,
        }

    def prompt(self, text: str) -> Prompt:
        """The question for the LLM; the text stands in it as it is, between tags that it doesn't contain."""
        values = {
            "labels": self.labels,
            "guideline": self.guideline.strip(),
            "confidence": self.confidence,
            "examples": [{"text": _tagged(e.text), "answer": _json({"entities": _entities(e)})} for e in self._shown],
            "form": self._form(),
            "tag": tag_for(text),
            "text": _tagged(text),
        }
        return Prompt(render(self.name, self.prompt_name, values), _json(self._schema()))

    def parse(self, answer: str, text: str) -> Parsed:
        """Spans from the entities that the answer quotes.

        Raises:
            UnreadableAnswer: there is no list of entities in it.
        """
        reading = read_entities(answer, self.labels)
        aligned = align(reading.quotes, text, ordered=reading.ordered)
        return Parsed(aligned.spans, (*aligned.lost, *reading.lost), reading.repaired)

    @property
    def _shown(self) -> tuple[Example, ...]:
        return () if self.prompt_name == "zero-shot" else self.examples

    def _schema(self) -> dict[str, Any]:
        """Strict enough for every server: all keys required, no others. LLMs write keys in this order."""
        text = {"type": "string"}
        entity = {"text": text, "type": {"type": "string", "enum": list(self.labels)}}
        if self.confidence:
            entity["confidence"] = {"type": "number"}
        entities = {"entities": _array(_object(entity))}
        if self.prompt_name != CHAIN_OF_THOUGHT:
            return _object(entities)
        decision = {"reason": text, "text": text, "type": {"type": "string", "enum": [*self.labels, "none"]}}
        steps = {"analysis": text, "candidates": _array(text), "decisions": _array(_object(decision))}
        return _object({**steps, **entities})

    def _form(self) -> str:
        """The answer's form, as the prompt shows it."""
        entity = {"text": "...", "type": "|".join(self.labels)}
        shown: dict[str, Any] = {"entities": [{**entity, "confidence": 0.9} if self.confidence else entity]}
        if self.prompt_name == CHAIN_OF_THOUGHT:
            decision = {"reason": "...", "text": "...", "type": "|".join([*self.labels, "none"])}
            shown = {"analysis": "...", "candidates": ["..."], "decisions": [decision], **shown}
        return _json(shown)


class QuotedEntity(Settings):
    """An entity of an example, as a task file writes it."""

    text: str
    type: str


class QuotedExample(Settings):
    """An example, as a task file writes it."""

    text: str
    entities: tuple[QuotedEntity, ...]


class TaskSettings(Settings):
    """What a task file with `task = "ner"` may hold."""

    task: str = "ner"
    labels: dict[str, str]
    guideline: str = ""
    examples: tuple[QuotedExample, ...] = ()
    prompt: str = ""
    confidence: bool = False

    def build(self) -> NER:
        """The task.

        Raises:
            SettingsError: a label cannot be used.
            DataError: an example quotes what is not in its text.
        """
        examples = tuple(_placed(example, number) for number, example in enumerate(self.examples, start=1))
        return NER(self.labels, self.guideline, examples, self.prompt, self.confidence)


def _placed(example: QuotedExample, number: int) -> Example:
    aligned = align([Quote(entity.text, entity.type) for entity in example.entities], example.text)
    if aligned.lost:
        lost = aligned.lost[0]
        raise DataError(
            f"example {number} ({example.text[:40]!r}): {lost.label} {lost.text!r} cannot be placed ({lost.reason}); "
            "quote each entity as the text has it, in the order of the text"
        )
    return Example(example.text, aligned.spans)


def _check_example(example: Example, labels: Mapping[str, str]) -> None:
    if example.state not in ("labels", "empty") or example.lost:
        raise DataError(
            f"{example.where} is to be shown to the LLM, but its labels are not all there; label it or drop it"
        )
    for span in example.labels:
        if span.label not in labels:
            raise DataError(f"{example.where} has the label {span.label!r}; labels of this task: {', '.join(labels)}")


def _entities(example: Example) -> list[dict[str, str]]:
    return [{"text": example.text[span.start : span.end], "type": span.label} for span in example.labels]


def _tagged(text: str) -> str:
    tag = tag_for(text)
    return f"<{tag}>\n{text}\n</{tag}>"


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    # Keys keep their order, unlike in `canonical`: an LLM writes its steps in the order of the schema.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
