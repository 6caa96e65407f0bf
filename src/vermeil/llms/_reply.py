"""Reads the answer out of the JSON of a `/chat/completions` reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from vermeil.errors import UnreadableAnswer
from vermeil.exchange import Answer
from vermeil.llms._faults import message_of


def read_completion(body: str) -> Answer:
    """The answer, and what it cost.

    Raises:
        UnreadableAnswer: the body is not a completion, or the LLM refused.
    """
    reply = strict_json(body)
    if not isinstance(reply, Mapping):
        raise UnreadableAnswer(f"the server sent {_named(reply)}, expected a JSON object")
    if reply.get("error"):
        raise UnreadableAnswer(f"the server sent an error as its answer: {message_of(body)}")
    choice = _first_choice(reply)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise UnreadableAnswer(f"the server sent {_named(message)} as choices[0].message, expected an object")
    _check_refusal(choice, message)
    cut = choice.get("finish_reason") == "length"
    text = _text_of(message.get("content"))
    if not text.strip():
        hint = "; it ended at the length limit: raise max_tokens" if cut else ""
        raise UnreadableAnswer(f"the LLM sent an empty answer{hint}")
    usage = reply.get("usage")
    return Answer(text, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"), cut)


def strict_json(body: str) -> object:
    """Like `json.loads`, but NaN and repeated names are errors, since each reader takes them otherwise."""
    try:
        return json.loads(body, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except RecursionError:
        raise UnreadableAnswer("the server sent JSON that is nested too deep to be an answer") from None
    except ValueError as error:
        raise UnreadableAnswer(f"the server didn't send JSON ({error}) but {_glimpse(body)!r}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _first_choice(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = reply.get("choices")
    if isinstance(choices, Sequence) and not isinstance(choices, str) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    raise UnreadableAnswer(f"the server sent {_named(choices)} as choices, expected a list of one object")


def _check_refusal(choice: Mapping[str, Any], message: Mapping[str, Any]) -> None:
    if choice.get("finish_reason") == "content_filter":
        raise UnreadableAnswer("the provider's content filter held the answer back")
    refusal = message.get("refusal")
    if refusal and not message.get("content"):
        raise UnreadableAnswer(f"the LLM refused: {message_of(json.dumps({'message': refusal}))}")
    if message.get("tool_calls") and not message.get("content"):
        raise UnreadableAnswer("the LLM called a tool instead of answering")


def _text_of(content: object) -> str:
    """Plain text, or the text parts of a list, with lone surrogates replaced: no file can hold them."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
        content = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise UnreadableAnswer(f"the server sent {_named(content)} as the message's content, expected text")
    return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(usage: object, name: str) -> int:
    found = usage.get(name) if isinstance(usage, Mapping) else None
    return found if isinstance(found, int) and found > 0 else 0


def _glimpse(body: str) -> str:
    line = " ".join(body[:200].split())
    return line[:60] + "…" if len(line) > 60 else line


def _named(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:60] + "…"
