"""Named entities: the LLM quotes them from the text, with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vermeil.align import Quote, align
from vermeil.data import Example, Kind, Span
from vermeil.errors import DataError
from vermeil.exchange import Prompt
from vermeil.settings import Settings
from vermeil.tasks._answers import is_whole, read_entities
from vermeil.tasks._asking import Asking
from vermeil.tasks._forms import entities_form, entities_schema, verdicts_form, verdicts_schema, written
from vermeil.tasks._labels import Defined
from vermeil.tasks._many import split
from vermeil.tasks._prompts import tag_for, tagged
from vermeil.tasks._verdicts import read_verdicts, stretches
from vermeil.tasks.base import Parsed


@dataclass(frozen=True)
class NER(Asking):
    """Entity types and how to ask for them.

    Args:
        labels: names of the types and their definitions; names alone (a list) will do.
        guideline: what an annotator should know of the texts and of doubtful cases.
        examples: labelled texts to show to the LLM; all their labels must be among `labels`.
        prompt_name: zero-shot, few-shot or chain-of-thought; "" for few-shot where there are examples, else zero-shot.
        confidence: also ask how sure the LLM is of each entity.
    """

    @property
    def name(self) -> str:
        """As in `task = "ner"`."""
        return "ner"

    @property
    def kind(self) -> Kind:
        """Labels are spans."""
        return "spans"

    def parse(self, answer: str, text: str) -> Parsed:
        """Spans from the entities that the answer quotes.

        Raises:
            UnreadableAnswer: there is no list of entities in it.
        """
        reading = read_entities(answer, self.labels)
        aligned = align(reading.quotes, text, ordered=reading.ordered)
        return Parsed(aligned.spans, (*aligned.lost, *reading.lost), reading.repaired)

    def split(self, answer: str, count: int) -> Mapping[int, str]:
        """The lists of entities in an answer about several texts, by the texts' ids."""
        return {number: part for number, part in split(answer, count).items() if is_whole(part, self.labels)}

    def verify_prompt(self, text: str, spans: Sequence[Span]) -> Prompt:
        """Which of these spans are what? Their labels aren't shown: the LLM is to judge, not to agree."""
        values = {"form": written(verdicts_form(self.labels))}
        wording = self._worded("_verify", values, verdicts_schema(self.labels))
        return wording.about({"tag": tag_for(text), "text": tagged(text), "stretches": stretches(text, spans)})

    def read_verdicts(self, answer: str, spans: Sequence[Span]) -> Mapping[int, str | None]:
        """By the number of the span, from 0: its label, or None for no entity; left out where nothing usable is said.

        Raises:
            UnreadableAnswer: there is no verdict in it.
        """
        return read_verdicts(answer, spans, self.labels)

    def _answer(self, example: Example) -> dict[str, Any]:
        return {"entities": [{"text": example.text[s.start : s.end], "type": s.label} for s in example.labels]}

    def _schema(self, *, steps: bool) -> dict[str, Any]:
        return entities_schema(self.labels, confidence=self.confidence, steps=steps)

    def _form(self, *, steps: bool) -> dict[str, Any]:
        return entities_form(self.labels, confidence=self.confidence, steps=steps)


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
    labels: Defined
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
