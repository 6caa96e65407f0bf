"""Named entities: the LLM quotes them from the text, with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vermeil.align import Quote, align
from vermeil.data import Example, Kind, Span
from vermeil.errors import DataError, SettingsError, UnknownName
from vermeil.exchange import Prompt
from vermeil.settings import Settings
from vermeil.tasks._answers import is_whole, read_entities
from vermeil.tasks._forms import entities_form, entities_schema, verdicts_form, verdicts_schema, written
from vermeil.tasks._labels import check_labels
from vermeil.tasks._many import many_form, many_schema, numbered, split
from vermeil.tasks._prompts import Wording, prompt_names, tag_for, tagged
from vermeil.tasks._verdicts import read_verdicts, stretches
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
    def kind(self) -> Kind:
        """Labels are spans."""
        return "spans"

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

    def prompt(self, text: str, examples: Sequence[Example] | None = None) -> Prompt:
        """The question for the LLM; the text stands in it as it is, between tags that it doesn't contain."""
        wording = self._about_one if examples is None else self._for_one(self._checked(examples))
        return wording.about({"tag": tag_for(text), "text": tagged(text)})

    def parse(self, answer: str, text: str) -> Parsed:
        """Spans from the entities that the answer quotes.

        Raises:
            UnreadableAnswer: there is no list of entities in it.
        """
        reading = read_entities(answer, self.labels)
        aligned = align(reading.quotes, text, ordered=reading.ordered)
        return Parsed(aligned.spans, (*aligned.lost, *reading.lost), reading.repaired)

    def prompt_many(self, texts: Sequence[str], examples: Sequence[Example] | None = None) -> Prompt:
        """One question about several texts, each between tags that bear its id and that none of them contains."""
        wording = self._about_many if examples is None else self._for_many(self._checked(examples))
        tag, shown = numbered(texts)
        return wording.about({"tag": tag, "texts": shown})

    def split(self, answer: str, count: int) -> Mapping[int, str]:
        """The lists of entities in an answer about several texts, by the texts' ids."""
        return {number: part for number, part in split(answer, count).items() if is_whole(part, self.labels)}

    def verify_prompt(self, text: str, spans: Sequence[Span]) -> Prompt:
        """Which of these spans are what? Their labels aren't shown: the LLM is to judge, not to agree."""
        values = self._values() | {"form": written(verdicts_form(self.labels))}
        wording = Wording(self.name, "_verify", values, verdicts_schema(self.labels))
        return wording.about({"tag": tag_for(text), "text": tagged(text), "stretches": stretches(text, spans)})

    def read_verdicts(self, answer: str, spans: Sequence[Span]) -> Mapping[int, str | None]:
        """By the number of the span, from 0: its label, or None for no entity; left out where nothing usable is said.

        Raises:
            UnreadableAnswer: there is no verdict in it.
        """
        return read_verdicts(answer, spans, self.labels)

    @cached_property
    def _about_one(self) -> Wording:
        return self._for_one(self._own_examples)

    @cached_property
    def _about_many(self) -> Wording:
        return self._for_many(self._own_examples)

    @property
    def _own_examples(self) -> tuple[Example, ...]:
        return () if self.prompt_name == "zero-shot" else self.examples

    def _for_one(self, examples: Sequence[Example]) -> Wording:
        name = "few-shot" if examples else "zero-shot"
        if self.prompt_name == CHAIN_OF_THOUGHT:
            name = CHAIN_OF_THOUGHT
        shown = [{"text": tagged(e.text), "answer": written({"entities": _entities(e)})} for e in examples]
        values = self._values() | {"examples": shown, "form": written(self._form)}
        return Wording(self.name, name, values, self._schema)

    def _for_many(self, examples: Sequence[Example]) -> Wording:
        answer = many_form([{"entities": _entities(e)} for e in examples])
        _, texts = numbered([e.text for e in examples])
        values = self._values() | {
            "examples": [{"text": text} for text in texts],
            "answer": written(answer),
            "form": written(many_form([self._form])),
            "steps": self.prompt_name == CHAIN_OF_THOUGHT,
        }
        return Wording(self.name, "_many", values, many_schema(self._schema))

    def _values(self) -> dict[str, Any]:
        """What all prompts show of the task."""
        shown = {"labels": self.labels, "guideline": self.guideline.strip(), "confidence": self.confidence}
        return {**shown, "examples": []}

    @property
    def _schema(self) -> dict[str, Any]:
        steps = self.prompt_name == CHAIN_OF_THOUGHT
        return entities_schema(self.labels, confidence=self.confidence, steps=steps)

    @property
    def _form(self) -> dict[str, Any]:
        steps = self.prompt_name == CHAIN_OF_THOUGHT
        return entities_form(self.labels, confidence=self.confidence, steps=steps)

    def _checked(self, examples: Sequence[Example]) -> Sequence[Example]:
        for example in examples:
            _check_example(example, self.labels)
        return examples


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
