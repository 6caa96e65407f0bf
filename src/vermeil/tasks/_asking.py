"""What tasks share that ask for labels in the wording of their own folder under `prompts/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vermeil.data import Example, Kind
from vermeil.errors import DataError, SettingsError, UnknownName
from vermeil.exchange import Prompt
from vermeil.tasks._forms import written
from vermeil.tasks._labels import check_labels
from vermeil.tasks._many import many_form, many_schema, numbered
from vermeil.tasks._prompts import Wording, prompt_names, tag_for, tagged

CHAIN_OF_THOUGHT = "chain-of-thought"


@dataclass(frozen=True)
class Asking(ABC):
    """Labels and how to ask for them; what differs between tasks is the form of an answer."""

    labels: Mapping[str, str]
    guideline: str = ""
    examples: tuple[Example, ...] = ()
    prompt_name: str = ""
    confidence: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.labels, str):
            raise SettingsError(
                f"a task needs several labels, got the one name {self.labels!r:.60}; give a list or table"
            )
        labels = self.labels if isinstance(self.labels, Mapping) else dict.fromkeys(self.labels, "")
        object.__setattr__(self, "labels", dict(labels))
        object.__setattr__(self, "examples", tuple(self.examples))
        check_labels(self.labels, self.kind)
        self._checked(self.examples)
        if not self.prompt_name:
            object.__setattr__(self, "prompt_name", "few-shot" if self.examples else "zero-shot")
        if self.prompt_name not in prompt_names(self.name):
            raise UnknownName("prompt", self.prompt_name, prompt_names(self.name))
        if self.prompt_name == "few-shot" and not self.examples:
            raise SettingsError(
                "the prompt 'few-shot' needs examples, and there are none; add some, or use 'zero-shot'"
            )

    @property
    @abstractmethod
    def name(self) -> str:
        """As in a task file; the folder of its prompts has it too."""

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """What its labels are."""

    @abstractmethod
    def _answer(self, example: Example) -> dict[str, Any]:
        """The right answer to the text of an example."""

    @abstractmethod
    def _schema(self, *, steps: bool) -> dict[str, Any]:
        """Of an answer, as a server checks it; with the steps of thought before it, if these are asked for."""

    @abstractmethod
    def _form(self, *, steps: bool) -> dict[str, Any]:
        """The same, as the prompt shows it."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The whole task as plain values, as a task file writes them."""
        return {
            "task": self.name,
            "labels": dict(self.labels),
            "guideline": self.guideline,
            "examples": [{"text": e.text, **self._answer(e)} for e in self.examples],
            "prompt": self.prompt_name,
            "confidence": self.confidence,
        }

    def prompt(self, text: str, examples: Sequence[Example] | None = None) -> Prompt:
        """The question for the LLM; the text stands in it as it is, between tags that it doesn't contain."""
        wording = self._about_one if examples is None else self._for_one(self._checked(examples))
        return wording.about({"tag": tag_for(text), "text": tagged(text)})

    def prompt_many(self, texts: Sequence[str], examples: Sequence[Example] | None = None) -> Prompt:
        """One question about several texts, each between tags that bear its id and that none of them contains."""
        wording = self._about_many if examples is None else self._for_many(self._checked(examples))
        tag, shown = numbered(texts)
        return wording.about({"tag": tag, "texts": shown})

    @cached_property
    def _about_one(self) -> Wording:
        return self._for_one(self._own_examples)

    @cached_property
    def _about_many(self) -> Wording:
        return self._for_many(self._own_examples)

    @property
    def _own_examples(self) -> tuple[Example, ...]:
        return () if self.prompt_name == "zero-shot" else self.examples

    @property
    def _steps(self) -> bool:
        return self.prompt_name == CHAIN_OF_THOUGHT

    def _for_one(self, examples: Sequence[Example]) -> Wording:
        name = CHAIN_OF_THOUGHT if self._steps else "few-shot" if examples else "zero-shot"
        shown = [{"text": tagged(e.text), "answer": written(self._answer(e))} for e in examples]
        values = {"examples": shown, "form": written(self._form(steps=self._steps))}
        return self._worded(name, values, self._schema(steps=self._steps))

    def _for_many(self, examples: Sequence[Example]) -> Wording:
        _, texts = numbered([e.text for e in examples])
        values = {
            "examples": [{"text": text} for text in texts],
            "answer": written(many_form([self._answer(e) for e in examples])),
            "form": written(many_form([self._form(steps=self._steps)])),
            "steps": self._steps,
        }
        return self._worded("_many", values, many_schema(self._schema(steps=self._steps)))

    def _worded(self, name: str, values: Mapping[str, Any], schema: Mapping[str, Any]) -> Wording:
        """The prompt of that name, with what all prompts show of the task."""
        shown = {"labels": self.labels, "guideline": self.guideline.strip(), "confidence": self.confidence}
        return Wording(self.name, name, {**shown, "examples": [], **values}, schema)

    def _checked(self, examples: Sequence[Example]) -> Sequence[Example]:
        for example in examples:
            self._check_example(example)
        return examples

    def _check_example(self, example: Example) -> None:
        classless = self.kind == "class" and not example.labels
        if example.state not in ("labels", "empty") or example.lost or classless:
            raise DataError(
                f"{example.where} is to be shown to the LLM, but its labels are not all there; label it or drop it"
            )
        for span in example.labels:
            if span.label not in self.labels:
                raise DataError(
                    f"{example.where} has the label {span.label!r}; labels of this task: {', '.join(self.labels)}"
                )
        if example.labels and example.kind != self.kind:
            raise DataError(f"{example.where} has labels of the kind {example.kind!r}, the task's are {self.kind!r}")
