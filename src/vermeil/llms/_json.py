"""Reads JSON that a server sent, strictly, and says what came instead."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from vermeil.errors import NoReply


def strict_json(body: str) -> object:
    """As `json.loads` reads it, but NaN and repeated names are errors, since each reader takes them otherwise.

    Raises:
        NoReply: it isn't JSON.
    """
    try:
        return _STRICT.decode(body)
    except RecursionError:
        raise NoReply("the server sent JSON that is nested too deep to be an answer") from None
    except ValueError as error:
        raise NoReply(f"the server didn't send JSON ({error}) but {_glimpse(body)!r}") from None


def count(usage: object, name: str) -> int:
    """A number of tokens, 0 where the server didn't say."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found > 0 else 0


def storable(text: str) -> str:
    """The text with lone surrogates replaced: no file can hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(value: object) -> str:
    """A value in a message, cut short."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= 60 else line[:60] + "…"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _glimpse(body: str) -> str:
    line = " ".join(body[:200].split())
    return line[:60] + "…" if len(line) > 60 else line


_STRICT = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_repeats)
