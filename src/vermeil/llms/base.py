"""The two things that we ask of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from vermeil.exchange import Answer, Prompt


class LLM(Protocol):
    """To add a provider, write one file `llms/NAME.py` with one class named `LLM` that has these.

    Asking and reading are two methods, because the raw body is stored between them: what was paid for
    survives a reader that fails, and a better reader costs nothing.
    """

    @property
    def name(self) -> str:
        """`adapter:model`, as the user typed it; the `source` of the labels that it gives."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every setting that changes the answer (model, temperature): part of the store's key. Never the API key."""

    def ask(self, prompt: Prompt) -> str:
        """The raw body of the reply to one prompt. Called from many threads at once.

        Raises:
            LLMBusy: a later try may work.
            LLMUnavailable: no call can succeed.
            LLMError: this prompt was refused.
        """

    def read(self, body: str) -> Answer:
        """The answer in a raw body.

        Raises:
            UnreadableAnswer: the body is not what this provider should send, or it holds a refusal.
        """
