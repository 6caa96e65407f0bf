"""The JSON values in an LLM's answer, however it is wrapped, cut off or mistyped."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import json_repair

DEEPEST = 64
"""Brackets within brackets; an answer that nests deeper is no answer."""

_MOST_STARTS = 200  # brackets in prose that lead nowhere, before the rest is given up
_LONGEST_REPAIR = 4000  # characters; json_repair takes quadratic time on input made to be slow
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"|' + r"(?<=[\[{(,:\s])'(?:[^'\\\n]|\\.)*+'(?=\s*[\]}),:])|" + r'["\[\]{},:]',
    re.DOTALL,
)
_START = re.compile(r"""\[(?=\s*[\[{("'\]])|\{(?=\s*["'}]|\s*\w+\s*:)""")  # [1] and {see below} are prose
_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(r"\A.*</(?:think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)


class Value(NamedTuple):
    """A JSON value and how it was got out of the answer ("" where the answer was nothing else)."""

    value: Any
    how: str
    is_cut: bool = False
    rest: str = ""
    """What was cut off in the middle, and so left out."""
    depth: int = 0
    """Brackets that were still open where it was cut off."""


class _Stretch(NamedTuple):
    """A bracket and all that belongs to it: up to `end`, or up to the last complete value where it never closes."""

    end: int
    closers: str


def read_values(answer: str) -> Iterator[Value]:
    """Every complete object or list of an answer that stands in no other one, in order.

    One that is cut off is closed after its last complete value: a string that never ends is no name.
    """
    whole = _loads(answer.strip().lstrip("\ufeff"))
    if isinstance(whole, str):  # JSON inside a JSON string
        yield from (value._replace(how="encoded twice") for value in read_values_of_text(whole))
    elif isinstance(whole, dict | list):
        yield Value(whole, "")
    else:
        yield from read_values_of_text(answer)


def read_values_of_text(answer: str) -> Iterator[Value]:
    """The values among prose, fences and thoughts; thoughts are left out."""
    text = without_thoughts(answer)
    wrapped = "fenced" if "```" in text else "chatty"
    starts, at = 0, 0
    while starts < _MOST_STARTS and (bracket := _START.search(text, at)):
        at = bracket.end()
        stretch = _stretch(text, bracket.start())
        value = _value(text, bracket.start(), stretch, wrapped) if stretch else None
        if value is None or stretch is None:
            starts += 1
            continue
        yield value
        at = len(text) if stretch.closers else stretch.end


def without_thoughts(answer: str) -> str:
    """What was said, not what was thought before."""
    return _END_OF_THOUGHT.sub("", _THOUGHT.sub("", answer))


def opens_json(answer: str) -> bool:
    """Whether JSON begins somewhere in what was said, however it goes on."""
    return _START.search(without_thoughts(answer)) is not None


def by_plain_key(value: Mapping[str, Any]) -> dict[str, Any]:
    """Keys without case, spaces and underscores: `entity_type` and `entityType` are one."""
    return {_plain_key(key): inner for key, inner in value.items()}


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON is of any type
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=1024)
def _plain_key(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).casefold()


def _stretch(text: str, start: int) -> _Stretch | None:
    """Follow the brackets from `start`; None where there is no complete value, or they nest too deep."""
    closers: list[str] = []
    safe: _Stretch | None = None
    before = ""
    for token in _TOKEN.finditer(text, start):
        mark = token.group()
        if mark == '"':  # a string that never ends
            break
        if mark in "[{":
            closers.append("]" if mark == "[" else "}")
        elif mark in "]}":
            if closers.pop() != mark:
                return safe
            if not closers:
                return _Stretch(token.end(), "")
        if len(closers) > DEEPEST:
            return None
        is_value = mark in "]}" or (mark[0] in "\"'" and (closers[-1] == "]" or before == ":"))
        if is_value or (mark == "," and before != ","):
            safe = _Stretch(token.end() if is_value else token.start(), "".join(reversed(closers)))
        before = mark
    return safe


def _value(text: str, start: int, stretch: _Stretch, wrapped: str) -> Value | None:
    part = text[start : stretch.end] + stretch.closers
    how = [] if (text[:start] + text[stretch.end :]).strip() == "" or stretch.closers else [wrapped]
    how += ["cut"] if stretch.closers else []
    value = _loads(part)
    if value is None:
        value = _mend(part)
        how.append("mended")
    rest = text[stretch.end :].strip(" \n,") if stretch.closers else ""
    if not isinstance(value, dict | list):
        return None
    return Value(value, ", ".join(how), bool(stretch.closers), rest, len(stretch.closers))


def _loads(text: str) -> Any:  # noqa: ANN401 - JSON is of any type
    """The JSON value, None where there is none; of keys that occur twice, nothing is dropped."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _join_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for key, value in pairs:
        if key in joined and joined[key] != value:
            value = [*listed(joined[key]), *listed(value)]
        joined[key] = value
    return joined


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_join_repeated)


def _mend(text: str) -> Any:  # noqa: ANN401 - JSON is of any type
    """Python's way of writing (single quotes, tuples, a comma too many), then json_repair."""
    try:
        return _as_json(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        pass
    if len(text) > _LONGEST_REPAIR or not any(c in text for c in "\"':"):
        return None
    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, TypeError):
        return None


def _as_json(value: Any) -> Any:  # noqa: ANN401 - JSON is of any type
    """Tuples as lists, keys as strings; TypeError for what JSON cannot hold."""
    if isinstance(value, dict):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(type(value).__name__)
