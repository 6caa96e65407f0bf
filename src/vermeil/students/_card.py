"""`vermeil.json`: what a saved student's folder says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.errors import ModelError
from vermeil.provenance import versions

NAME = "vermeil.json"


@dataclass(frozen=True)
class Card:
    """The kind of student (its file name in `students/`), its labels, and the settings that made it."""

    kind: str
    labels: tuple[str, ...]
    settings: Mapping[str, Any]


def write_card(folder: Path, card: Card, beside: Mapping[str, str] = MappingProxyType({})) -> None:
    """Put the card, and more files `beside` it (name to text), into a folder that is being written."""
    content = {
        "student": card.kind,
        "labels": list(card.labels),
        "settings": dict(card.settings),
        "versions": versions(),
    }
    for name, text in {NAME: json.dumps(content, indent=2, ensure_ascii=False) + "\n", **beside}.items():
        (folder / name).write_text(text, encoding="utf-8")


def read_card(folder: Path) -> Card:
    """The card of a saved student.

    Raises:
        ModelError: there is no such folder, it was not saved by vermeil, or the card is damaged.
    """
    if folder.is_file():
        raise ModelError(f"{folder}: this is a file, where a model's folder was expected; the model is named first")
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such folder; a folder that `vermeil train` wrote was expected")
    content = read_json(folder / NAME)
    kind, labels, settings = (content.get(key) for key in ("student", "labels", "settings"))
    if not isinstance(kind, str) or not isinstance(settings, dict) or not _are_labels(labels):
        raise ModelError(f"{folder / NAME}: needs 'student', 'labels' and 'settings'; the file is damaged")
    return Card(kind, tuple(labels or ()), settings)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ModelError: the file is missing or holds anything else.
    """
    if path.exists() and not path.is_file():
        raise ModelError(f"{path}: is no plain file; a pipe or a device has no place in a model")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; is {path.parent} a model?") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read as JSON ({str(error)[:100]})") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: a JSON object was expected, got {type(content).__name__}")
    return content


def _are_labels(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(label, str) and label for label in value)
