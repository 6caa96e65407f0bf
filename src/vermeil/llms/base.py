"""What we ask of a provider: two things of each, two more of those that can."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol, runtime_checkable

from vermeil.exchange import Answer, Prompt, Quotas


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

    def ask(self, prompt: Prompt) -> str | Awaitable[str]:
        """The raw body of the reply to one prompt; many are asked at once.

        Written as `async def`, it runs in one event loop and must never block it; as a plain `def`, in threads.

        Raises:
            LLMBusy: a later try may work.
            LLMUnavailable: no call can succeed.
            LLMError: this prompt was refused.
        """

    def read(self, body: str) -> Answer:
        """The answer in a raw body.

        Raises:
            NoReply: the body is not what this provider sends.
            Refusal: the LLM would not answer.
            UnreadableAnswer: the reply holds no text.
        """


@runtime_checkable
class StatesQuotas(Protocol):
    """A provider whose replies say how many more calls it allows."""

    @property
    def quotas(self) -> Quotas:
        """As the newest reply had them."""


@runtime_checkable
class Learns(Protocol):
    """A provider that finds out what its server can do, and need not find it out again in the next run."""

    def lessons(self) -> Mapping[str, str]:
        """What was found out so far, as plain strings by name; empty before the first reply."""

    def recall(self, lessons: Mapping[str, str]) -> None:
        """Begin with what an earlier run found out; what doesn't fit any more is found out anew."""
