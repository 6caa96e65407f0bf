"""The forms that answers have: as a schema for the server, and as a line in the prompt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_TEXT = {"type": "string"}
NONE = "none"
"""The verdict on what is no entity."""

YES, NO = "yes", "no"
"""The verdicts on a class that a text may be in."""


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


def classes_schema(labels: Iterable[str], *, several: bool, confidence: bool, steps: bool) -> dict[str, Any]:
    """One class, or a list of them."""
    label = {"type": "string", "enum": list(labels)}
    sure = {"confidence": {"type": "number"}} if confidence else {}
    one: dict[str, Any] = {"label": label, **sure}
    answer = {"labels": array(closed(one) if confidence else label)} if several else one
    first = {"analysis": _TEXT, "candidates": array(label), "decision": _TEXT} if steps else {}
    return closed({**first, **answer})


def classes_form(labels: Iterable[str], *, several: bool, confidence: bool, steps: bool) -> dict[str, Any]:
    """The same, as the prompt shows it."""
    any_of = "|".join(labels)
    one: dict[str, Any] = {"label": any_of, **({"confidence": 0.9} if confidence else {})}
    answer = {"labels": [one if confidence else any_of]} if several else one
    first = {"analysis": "...", "candidates": [any_of], "decision": "..."} if steps else {}
    return {**first, **answer}


def second_look_schema(labels: Iterable[str], *, several: bool) -> dict[str, Any]:
    """Of doubtful classes: which one it is, or of each whether the text is in it; the reason comes first."""
    if not several:
        return closed({"reason": _TEXT, "label": {"type": "string", "enum": list(labels)}})
    verdict = {"id": {"type": "integer"}, "reason": _TEXT, "fits": {"type": "string", "enum": [YES, NO]}}
    return closed({"verdicts": array(closed(verdict))})


def second_look_form(labels: Iterable[str], *, several: bool) -> dict[str, Any]:
    """The same, as the prompt shows it."""
    if not several:
        return {"reason": "...", "label": "|".join(labels)}
    return {"verdicts": [{"id": 1, "reason": "...", "fits": f"{YES}|{NO}"}]}


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
