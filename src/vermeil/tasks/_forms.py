"""The forms that answers about named entities have: as a schema for the server, and as a line in the prompt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_TEXT = {"type": "string"}
NONE = "none"
"""The verdict on what is no entity."""


def entities_schema(labels: Iterable[str], *, confidence: bool, steps: bool) -> dict[str, Any]:
    """Strict enough for every server: all keys required, no others. LLMs write keys in this order."""
    entity: dict[str, Any] = {"text": _TEXT, "type": {"type": "string", "enum": list(labels)}}
    if confidence:
        entity["confidence"] = {"type": "number"}
    entities = {"entities": array(closed(entity))}
    if not steps:
        return closed(entities)
    decision = {"reason": _TEXT, "text": _TEXT, "type": {"type": "string", "enum": [*labels, NONE]}}
    first = {"analysis": _TEXT, "candidates": array(_TEXT), "decisions": array(closed(decision))}
    return closed({**first, **entities})


def entities_form(labels: Iterable[str], *, confidence: bool, steps: bool) -> dict[str, Any]:
    """The same, as the prompt shows it."""
    entity: dict[str, Any] = {"text": "...", "type": "|".join(labels)}
    if confidence:
        entity["confidence"] = 0.9
    shown: dict[str, Any] = {"entities": [entity]}
    if not steps:
        return shown
    decision = {"reason": "...", "text": "...", "type": "|".join([*labels, NONE])}
    return {"analysis": "...", "candidates": ["..."], "decisions": [decision], **shown}


def verdicts_schema(labels: Iterable[str]) -> dict[str, Any]:
    """A type, or none, for each id."""
    verdict = {"id": {"type": "integer"}, "type": {"type": "string", "enum": [*labels, NONE]}}
    return closed({"verdicts": array(closed(verdict))})


def verdicts_form(labels: Iterable[str]) -> dict[str, Any]:
    """The same, as the prompt shows it."""
    return {"verdicts": [{"id": 1, "type": "|".join([*labels, NONE])}]}


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with these keys, all of them and no others."""
    required = list(properties)
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def array(items: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": dict(items)}


def written(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON on one line; keys keep their order, unlike in `canonical`: an LLM writes its steps in that of the schema."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
