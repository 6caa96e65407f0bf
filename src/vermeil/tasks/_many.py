"""Several texts in one request: each between tags that bear its id, each part of the answer tied to its text by it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vermeil.tasks._forms import array, closed
from vermeil.tasks._json import Value, by_plain_key, read_values
from vermeil.tasks._prompts import tag_for_all

_LIST_KEYS = (
    *("answers", "verdicts", "texts", "results", "responses", "outputs", "items", "annotations"),
    *("answer", "result", "response", "output", "data"),
)
_ID_KEYS = ("id", "textid", "number", "index")
_ID = re.compile(r"0*(\d{1,9})(?:\.0*)?", re.ASCII)


def numbered(texts: Sequence[str]) -> tuple[str, list[str]]:
    """The name of the tag, and each text between two of them with its id, from 1.

    No text holds the tag, so that none can end before its own end, or begin another.
    """
    tag = tag_for_all(texts)
    return tag, [f'<{tag} id="{number}">\n{text}\n</{tag}>' for number, text in enumerate(texts, start=1)]


def many_schema(single: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an answer about several texts, from that about one."""
    return closed({"answers": array(closed({"id": {"type": "integer"}, **single["properties"]}))})


def many_form(singles: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Answers about one text each, as one about them all."""
    return {"answers": [{"id": number, **single} for number, single in enumerate(singles, start=1)]}


def split(answer: str, count: int) -> dict[int, str]:
    """The JSON of each text's answer, by its id."""
    parts = by_id(answer, count)
    return {number: json.dumps(part, ensure_ascii=False).encode("utf-8", "replace").decode() for number, part in parts}


def by_id(answer: str, count: int) -> list[tuple[int, Any]]:
    """What an answer says under each id from 1 to `count`; nothing under one that it gives twice.

    An id that was not asked for, where one that was is missing, means that the LLM counts otherwise (from 0, as a
    rule): then no id can be trusted, and there is nothing.
    """
    parts = _parts(answer)
    given = Counter(number for number, _ in parts)
    asked = range(1, count + 1)
    if any(number not in asked for number in given) and not all(number in given for number in asked):
        return []
    return [(number, part) for number, part in parts if number in asked and given[number] == 1]


def _parts(answer: str) -> list[tuple[int, Any]]:
    """All parts with their ids; none where the answer holds several lists that differ.

    One of them may have been written by a text, and been repeated by the LLM: no text may label another.
    """
    lists: list[tuple[Value, list[tuple[int, Any]]]] = []
    single: list[tuple[int, Any]] = []  # objects one after another, without a list around them
    for value in read_values(answer):
        if isinstance(value.value, dict) and (part := _part(value.value)):
            single += [] if value.is_cut else [part]
        elif (parts := _listed(value)) is not None:
            lists.append((value, parts))
    if not lists:
        return single
    complete = [parts for value, parts in lists if not value.is_cut] or [parts for _, parts in lists]
    return complete[0] if all(parts == complete[0] for parts in complete) else []


def _listed(value: Value) -> list[tuple[int, Any]] | None:
    """The parts in a list or a table of ids; None where there is no such thing."""
    inner, depth = value.value, 1
    while isinstance(inner, dict):
        keys = by_plain_key(inner)
        key = next((key for key in _LIST_KEYS if isinstance(keys.get(key), list | dict)), None)
        if key is None:
            break
        inner, depth = keys[key], depth + 1
    if isinstance(inner, dict):
        found = [(_number(key), part) for key, part in inner.items()]
        if not found or not all(number is not None for number, _ in found):
            return None
    else:
        found = [part if isinstance(each, dict) and (part := _part(each)) else (None, each) for each in inner]
    if value.is_cut and value.depth > depth:
        found = found[:-1]  # broken off in its middle: the rest of its labels is missing
    return [(number, part) for number, part in found if number is not None]


def _part(value: Mapping[str, Any]) -> tuple[int, Any] | None:
    """An object's id, and the object without it."""
    keys = {by_plain: key for key in value for by_plain in by_plain_key({key: None})}
    key = next((keys[key] for key in _ID_KEYS if key in keys), None)
    number = _number(value[key]) if key is not None else None
    return None if number is None else (number, {each: inner for each, inner in value.items() if each != key})


def _number(value: Any) -> int | None:  # noqa: ANN401 - JSON is of any type
    """An id, also as "1" or 1.0."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    whole = _ID.fullmatch(str(value).strip())
    return int(whole.group(1)) if whole else None
