"""Splits a question into what it shares with others, which is kept once, and what is its own."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from vermeil.exchange import Message, Prompt, canonical

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Context(NamedTuple):
    """The LLM, and all of a prompt but the content of its last message.

    Args:
        settings: of the LLM, as canonical JSON.
        messages: all but the last, as JSON.
        role: of the last message, "" if there is none.
    """

    digest: bytes
    llm: str
    settings: str
    messages: str
    role: str
    schema: str


class Frame(NamedTuple):
    """What stands around the text in the last message; without `after`, `before` is the whole of it."""

    digest: bytes
    before: str
    after: str | None


def parts_of(llm: str, settings: str, prompt: Prompt, text: str) -> tuple[Context, Frame]:
    """What a question shares with others; `whole` puts it together again."""
    *head, last = prompt.messages or (None,)
    context = _context(llm, settings, tuple(head), last.role if last else "", prompt.schema)
    if last is None:
        return context, _frame("", None)
    before, found, after = last.content.rpartition(text) if text else ("", "", "")
    return context, _frame(before, after) if found else _frame(last.content, None)


def whole(context: Context, frame: Frame, text: str) -> str:
    """The prompt that was split, as canonical JSON."""
    messages = json.loads(context.messages)
    if context.role:
        last = frame.before if frame.after is None else f"{frame.before}{text}{frame.after}"
        messages.append([context.role, last])
    return canonical({"messages": messages, "schema": context.schema})


def milliseconds(moment: str) -> int:
    """Since 1970, UTC.

    Raises:
        ValueError: it is no moment in ISO 8601.
    """
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(milliseconds=1)


def iso(moment: int | None) -> str:
    """The moment that is so many milliseconds after 1970, as ISO 8601; "" for none."""
    return "" if moment is None else (_EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds")


# A run has a handful of contexts and frames, and splits every text of a million.
@lru_cache(maxsize=256)
def _context(llm: str, settings: str, head: tuple[Message, ...], role: str, schema: str) -> Context:
    messages = json.dumps([[message.role, message.content] for message in head], ensure_ascii=False)
    return Context(_digest(llm, settings, messages, role, schema), llm, settings, messages, role, schema)


@lru_cache(maxsize=256)
def _frame(before: str, after: str | None) -> Frame:
    return Frame(_digest(before, after), before, after)


def _digest(*values: str | None) -> bytes:
    return hashlib.sha256(json.dumps(values).encode()).digest()
