"""Records as they are published: where things lay on the machine that made a model is nobody's business."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from vermeil.students._places import HUB_NAME

_WORD = re.compile(r"[^\s=:,'\"]+")  # of a command
_A_PATH = re.compile(r"(~[\w.-]*|\.{1,2})?/")
_OF_DATA = {".conll", ".gz", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".toml", ".tsv", ".txt"}


def without_places(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """The same JSON with every path cut down to the name of its file; ORG/NAME of a hub stays."""
    if isinstance(value, dict):
        return {key: without_places(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_places(inner) for inner in value]
    if not isinstance(value, str):
        return value
    if _A_PATH.match(value):  # the whole of it, spaces as well
        return PurePath(value).name
    return _WORD.sub(lambda word: _named(word[0]), value)


def _named(word: str) -> str:
    if "/" not in word or (HUB_NAME.fullmatch(word) and PurePath(word).suffix not in _OF_DATA):
        return word
    return PurePath(word).name
