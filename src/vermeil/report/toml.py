"""Plain values as TOML, for settings that can be copied out and used again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(values: Mapping[str, Any]) -> str:
    """The values as a TOML document; None, which TOML doesn't have, is left out."""
    return "\n".join(_table(values, ())).strip() + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    plain = {key: value for key, value in values.items() if value is not None and not _is_table(value)}
    if path and (plain or not values):
        yield f"\n[{'.'.join(map(_key, path))}]"
    yield from (f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _table(value, (*path, key))
        elif _is_table(value):
            for each in value:
                yield f"\n[[{'.'.join(map(_key, (*path, key)))}]]"
                yield from (f"{_key(k)} = {_value(v)}" for k, v in each.items() if v is not None)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(each, Mapping) for each in value)
    )


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:  # noqa: ANN401 - a TOML value is of any type
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(value)  # numbers, true and false are written alike


def _text(text: str) -> str:
    """JSON's strings are TOML's, but for the halves of surrogate pairs, which stay letters, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
