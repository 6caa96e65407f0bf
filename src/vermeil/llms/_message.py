"""Reads the answer out of the JSON of a `/v1/messages` reply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vermeil.errors import NoReply, Refusal, UnreadableAnswer
from vermeil.exchange import Answer
from vermeil.llms._faults import message_of
from vermeil.llms._json import count, shown, storable, strict_json

_READ = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_CUT = ("max_tokens", "model_context_window_exceeded")


def read_message(body: str) -> Answer:
    """The text, or the input of the tool that was called, and what it cost.

    Raises:
        NoReply: the body is not a message.
        Refusal: the LLM refused.
        UnreadableAnswer: there is neither text nor a tool's input.
    """
    reply = strict_json(body)
    if not isinstance(reply, Mapping):
        raise NoReply(f"the server sent {shown(reply)}, expected a JSON object")
    usage = reply.get("usage")
    tokens = sum(count(usage, name) for name in _READ), count(usage, "output_tokens")
    if reply.get("type") == "error" or reply.get("error"):
        raise NoReply(f"the server sent an error as its answer: {message_of(body)}", *tokens)
    blocks = reply.get("content")
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        raise NoReply(f"the server sent {shown(blocks)} as content, expected a list of objects", *tokens)
    if reply.get("stop_reason") == "refusal":
        raise Refusal(_refusal(reply, blocks), *tokens)
    cut = reply.get("stop_reason") in _CUT
    text = storable(_text_of(blocks))
    if not text.strip() or (cut and text == "{}"):
        hint = "; it ended at the length limit: raise max_tokens" if cut else ""
        raise UnreadableAnswer(f"the LLM sent an empty answer{hint}", *tokens)
    return Answer(text, *tokens, cut)


def _text_of(blocks: list[Mapping[str, Any]]) -> str:
    for block in blocks:
        if block.get("type") == "tool_use":
            given = block.get("input")
            return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return "".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text")


def _refusal(reply: Mapping[str, Any], blocks: list[Mapping[str, Any]]) -> str:
    details = reply.get("stop_details")
    why = details.get("explanation") if isinstance(details, Mapping) else None
    said = why or _text_of(blocks)
    return f"the LLM refused: {message_of(json.dumps({'message': said}))}" if said else "the LLM refused"
