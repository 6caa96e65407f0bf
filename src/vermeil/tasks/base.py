"""A task is all that we know about one kind of labelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vermeil.data import Example, Kind, Lost, Span
from vermeil.exchange import Prompt

OUTSIDE_JSON = "outside JSON"
"""How a sentence or a bare word was read: if it was cut off, nobody knows how it would have gone on."""


@dataclass(frozen=True)
class Parsed:
    """The labels read from an answer, and what was in it but could not be used.

    Args:
        repaired: how a malformed answer was read all the same ("fenced", "cut", `OUTSIDE_JSON`, ...), "" if it was
            clean.
    """

    labels: tuple[Span, ...]
    lost: tuple[Lost, ...] = ()
    repaired: str = ""


class Task(Protocol):
    """To add a task, write one file `tasks/NAME.py`: a class with these, and `TaskSettings` to `build()` it."""

    @property
    def name(self) -> str:
        """The name in `task = "..."` of a task file."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Label names and their definitions, in the user's order."""

    @property
    def kind(self) -> Kind:
        """What its labels are: spans, one class, or any number of classes. Students have a head for each."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The whole task as plain values, for the run record and `read_task`."""

    def prompt(self, text: str, examples: Sequence[Example] | None = None) -> Prompt:
        """The question for the LLM.

        Args:
            examples: labelled texts to show in place of the task's own; None shows those.

        Raises:
            DataError: an example has a label that the task doesn't know, or not all of its labels.
        """

    def parse(self, answer: str, text: str) -> Parsed:
        """Labels from the LLM's answer.

        Raises:
            UnreadableAnswer: there is nothing in it that can be read; never taken for "no labels".
        """

    def prompt_many(self, texts: Sequence[str], examples: Sequence[Example] | None = None) -> Prompt:
        """One question about several texts, which have the ids 1, 2, ... in it; what one says reaches no other.

        Raises:
            DataError: as for `prompt`.
        """

    def split(self, answer: str, count: int) -> Mapping[int, str]:
        """The answer to a question about `count` texts, cut up: what `parse` takes for each text, by its id.

        An id is missing where the answer says nothing of it, says it twice or unreadably, or was cut off in the
        middle of it: that text is to be asked for alone.
        """

    def verify_prompt(self, text: str, spans: Sequence[Span]) -> Prompt:
        """What is each of these spans, if anything? The question about doubtful ones, and only about them."""

    def read_verdicts(self, answer: str, spans: Sequence[Span]) -> Mapping[int, str | None]:
        """By the number of the span, from 0: its label by the answer to `verify_prompt`, None where it is nothing.

        A span of which the answer says nothing that can be used is left out, and stays what it was.

        Raises:
            UnreadableAnswer: there is no verdict in it at all.
        """
