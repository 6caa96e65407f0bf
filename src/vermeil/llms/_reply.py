"""Reads the answer out of the JSON of a `/chat/completions` reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vermeil.errors import NoReply, Refusal, UnreadableAnswer
from vermeil.exchange import Answer
from vermeil.llms._faults import message_of
from vermeil.llms._json import count, shown, storable, strict_json


def read_completion(body: str) -> Answer:
    """The answer, and what it cost.

    Raises:
        NoReply: the body is not a completion.
        Refusal: the LLM refused, or the provider's filter held the answer back.
        UnreadableAnswer: there is no text.
    """
    reply = strict_json(body)
    if not isinstance(reply, Mapping):
        raise NoReply(f"the server sent {shown(reply)}, expected a JSON object")
    usage = reply.get("usage")
    tokens = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    if reply.get("error"):
        raise NoReply(f"the server sent an error as its answer: {message_of(body)}", *tokens)
    choice = _first_choice(reply, tokens)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise NoReply(f"the server sent {shown(message)} as choices[0].message, expected an object", *tokens)
    _check_refusal(choice, message, tokens)
    cut = choice.get("finish_reason") == "length"
    text = _text_of(message.get("content"), tokens)
    if not text.strip():
        hint = "; it ended at the length limit: raise max_tokens" if cut else ""
        raise UnreadableAnswer(f"the LLM sent an empty answer{hint}", *tokens)
    return Answer(text, *tokens, cut)


def _first_choice(reply: Mapping[str, Any], tokens: tuple[int, int]) -> Mapping[str, Any]:
    choices = reply.get("choices")
    if isinstance(choices, Sequence) and not isinstance(choices, str) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    raise NoReply(f"the server sent {shown(choices)} as choices, expected a list of one object", *tokens)


def _check_refusal(choice: Mapping[str, Any], message: Mapping[str, Any], tokens: tuple[int, int]) -> None:
    if choice.get("finish_reason") == "content_filter":
        raise Refusal("the provider's content filter held the answer back", *tokens)
    refusal = message.get("refusal")
    if refusal and not message.get("content"):
        raise Refusal(f"the LLM refused: {message_of(json.dumps({'message': refusal}))}", *tokens)
    if message.get("tool_calls") and not message.get("content"):
        raise UnreadableAnswer("the LLM called a tool instead of answering", *tokens)


def _text_of(content: object, tokens: tuple[int, int]) -> str:
    """Plain text, or the text parts of a list."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
        content = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise NoReply(f"the server sent {shown(content)} as the message's content, expected text", *tokens)
    return storable(content)
