"""What is asked of an LLM and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Message:
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """The whole question: messages, and the JSON schema that the answer should have.

    `schema` is the canonical JSON of the schema ("" for free text): a string, so that a prompt is
    hashable and its key in the answer store means what it says.
    """

    messages: tuple[Message, ...]
    schema: str = ""

    @property
    def text(self) -> str:
        """All messages as one text, as `--show-prompt` prints it."""
        return "\n\n".join(f"[{message.role}]\n{message.content}" for message in self.messages)


@dataclass(frozen=True)
class Answer:
    """What the LLM said, read out of its raw reply, and what it cost in tokens (0 where the server didn't say).

    Args:
        cut: the server stopped the answer at its length limit.
    """

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Quota:
    """What a server says that it still allows.

    Args:
        limit: in a window, as a rule of a minute.
        remaining: of them, now.
        reset: seconds until all of them are there again.
    """

    limit: float
    remaining: float
    reset: float


@dataclass(frozen=True)
class Quotas:
    """The quotas that came with a reply, None where the server states none."""

    requests: Quota | None = None
    tokens: Quota | None = None


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
