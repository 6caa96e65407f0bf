"""A task is all that we know about one kind of labelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vermeil.data import Lost, Span
from vermeil.exchange import Prompt


@dataclass(frozen=True)
class Parsed:
    """The labels read from an answer, and what was in it but could not be used.

    Args:
        repaired: how a malformed answer was read all the same ("fenced", "cut", ...), "" if it was clean.
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
    def settings(self) -> Mapping[str, Any]:
        """The whole task as plain values, for the run record and `read_task`."""

    def prompt(self, text: str) -> Prompt:
        """The question for the LLM."""

    def parse(self, answer: str, text: str) -> Parsed:
        """Labels from the LLM's answer.

        Raises:
            UnreadableAnswer: there is nothing in it that can be read; never taken for "no labels".
        """
