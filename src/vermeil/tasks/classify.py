"""The class of a whole text, or all classes that it is in: the LLM names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vermeil.data import Example, Kind, Span, whole
from vermeil.errors import DataError, SettingsError, UnreadableAnswer
from vermeil.exchange import Prompt
from vermeil.settings import Settings
from vermeil.tasks._asking import Asking
from vermeil.tasks._classes import read_classes
from vermeil.tasks._forms import classes_form, classes_schema, second_look_form, second_look_schema, written
from vermeil.tasks._labels import Defined
from vermeil.tasks._many import split
from vermeil.tasks._prompts import Wording, tag_for, tagged
from vermeil.tasks._verdicts import read_fits
from vermeil.tasks.base import Parsed


@dataclass(frozen=True)
class Classify(Asking):
    """Classes and how to ask for them.

    Args:
        labels: names of the classes and their definitions; names alone (a list) will do.
        guideline: what an annotator should know of the texts and of doubtful cases.
        examples: labelled texts to show to the LLM; all their classes must be among `labels`.
        prompt_name: zero-shot, few-shot or chain-of-thought; "" for few-shot where there are examples, else zero-shot.
        confidence: also ask how sure the LLM is of each class.
        several: a text may be in any number of classes, or in none; otherwise it is in exactly one.
    """

    several: bool = False

    @property
    def name(self) -> str:
        """As in `task = "classify"`."""
        return "classify"

    @property
    def kind(self) -> Kind:
        """Labels are the one class of a text, or all its classes."""
        return "classes" if self.several else "class"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The whole task as plain values, as a task file writes them."""
        examples = [{"text": e.text, **_given(e)} for e in self.examples]
        return {**super().settings, "examples": examples, "several": self.several}

    def parse(self, answer: str, text: str) -> Parsed:
        """The classes that the answer names.

        Raises:
            UnreadableAnswer: it is not clear which they are: it names none, an unknown one, or two in place of one.
            DataError: the text is empty.
        """
        reading = read_classes(answer, self.labels, several=self.several)
        classes = (whole(text, name, confidence) for name, confidence in reading.classes.items())
        return Parsed(tuple(classes), reading.lost, reading.repaired)

    def split(self, answer: str, count: int) -> Mapping[int, str]:
        """The classes in an answer about several texts, by the texts' ids."""
        return {number: part for number, part in split(answer, count).items() if self._is_whole(part)}

    def verify_prompt(self, text: str, spans: Sequence[Span]) -> Prompt:
        """Which class is it after all, or is it in each of these? Who gave which isn't shown."""
        form = second_look_form(self.labels, several=self.several)
        schema = second_look_schema(self.labels, several=self.several)
        wording = self._worded("_verify", {"form": written(form)}, schema)
        listed = enumerate(spans if self.several else (), start=1)
        doubtful = [written({"id": number, "class": span.label}) for number, span in listed]
        return wording.about({"tag": tag_for(text), "text": tagged(text), "doubtful": doubtful})

    def read_verdicts(self, answer: str, spans: Sequence[Span]) -> Mapping[int, str | None]:
        """By the number of the doubtful class, from 0: the class of the text, or None if it isn't in this one.

        Raises:
            UnreadableAnswer: there is no verdict in it.
        """
        if self.several:
            return read_fits(answer, spans)
        (label,) = read_classes(answer, self.labels, several=False).classes
        return dict.fromkeys(range(len(spans)), label)

    def _answer(self, example: Example) -> dict[str, Any]:
        if self.several and self.confidence:
            return {"labels": [{"label": name} for name in example.classes]}
        return _given(example)

    def _schema(self, *, steps: bool) -> dict[str, Any]:
        return classes_schema(self.labels, several=self.several, confidence=self.confidence, steps=steps)

    def _form(self, *, steps: bool) -> dict[str, Any]:
        return classes_form(self.labels, several=self.several, confidence=self.confidence, steps=steps)

    def _worded(self, name: str, values: Mapping[str, Any], schema: Mapping[str, Any]) -> Wording:
        return super()._worded(name, {"several": self.several, **values}, schema)

    def _is_whole(self, part: str) -> bool:
        try:
            read_classes(part, self.labels, several=self.several)
        except UnreadableAnswer:
            return False
        return True


def _given(example: Example) -> dict[str, Any]:
    """Its classes as a task file writes them."""
    return {"label": example.classes[0]} if example.kind == "class" else {"labels": [*example.classes]}


class ClassifiedExample(Settings):
    """An example, as a task file writes it: `label`, or `labels` where a text may have several."""

    text: str
    label: str | None = None
    labels: tuple[str, ...] | None = None


class TaskSettings(Settings):
    """What a task file with `task = "classify"` may hold."""

    task: str = "classify"
    labels: Defined
    guideline: str = ""
    examples: tuple[ClassifiedExample, ...] = ()
    prompt: str = ""
    confidence: bool = False
    several: bool = False

    def build(self) -> Classify:
        """The task.

        Raises:
            SettingsError: a label cannot be used, or an example lacks its classes.
            DataError: an example has a class that the task doesn't know, twice, or beside another where it has one.
        """
        examples = tuple(self._example(example, number) for number, example in enumerate(self.examples, start=1))
        return Classify(self.labels, self.guideline, examples, self.prompt, self.confidence, self.several)

    def _example(self, given: ClassifiedExample, number: int) -> Example:
        where = f"example {number} ({given.text[:40]!r})"
        if (given.label is None) == (given.labels is None):
            wanted = 'labels = ["…", "…"]' if self.several else 'label = "…"'
            raise SettingsError(
                f"{where} has {'no class' if given.label is None else 'label and labels'}; give {wanted}"
            )
        names = given.labels if given.labels is not None else (given.label or "",)
        try:
            labels = tuple(whole(given.text, name) for name in names)
            return Example(given.text, labels, kind="classes" if self.several else "class")
        except DataError as error:
            raise DataError(f"{where}: {error}") from None
