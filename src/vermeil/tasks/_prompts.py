"""Prompts as versioned Jinja files: `prompts/TASK/NAME.vN.jinja`, rendered once for each message with its `role`.

What a file that has been used renders to is never changed: it is part of the answer store's key. A better
wording is a new file with the next number, and the highest number is used. Files that begin with an underscore
ask something else of the same task, and are not names that a user can choose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from vermeil.errors import UnknownName
from vermeil.exchange import Message, Prompt
from vermeil.tasks._forms import written

_FOLDER = Path(__file__).parent / "prompts"
_TAG_IN_TEXT = re.compile(r"<\s*/?\s*text", re.IGNORECASE)
_PLAIN = re.compile(r"[\t\n\r -~]*")
_UNSEEN = {"Cc", "Cf", "Mn", "Me"}  # controls, joiners and marks; a letter counts without its accents


def prompt_names(task: str) -> list[str]:
    """The prompts that a task can be asked with."""
    return sorted(name for name in _files(task) if not name.startswith("_"))


class Wording:
    """All of a prompt but its texts, so that a million texts don't make it a million times.

    Args:
        name: of the prompt's file.
        values: for the message of the system.
        schema: of the answer.

    Raises:
        UnknownName: there is no prompt of that name.
    """

    def __init__(self, task: str, name: str, values: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        self._task, self._name, self._schema = task, name, written(schema)
        self._system = Message("system", _template(task, name).render(values, role="system").strip())

    def about(self, values: Mapping[str, Any]) -> Prompt:
        """The prompt with its texts, which are the values for the message of the user."""
        # Not stripped: the text to label stands in it, and must arrive unchanged.
        user = _template(self._task, self._name).render(values, role="user")
        return Prompt((self._system, Message("user", user)), self._schema)


def tag_for(text: str) -> str:
    """The name of a tag to put around a text that cannot close it: `text`, or `text-2` and so on where it could."""
    if not _TAG_IN_TEXT.search(text):
        return "text"
    number = 2
    while f"text-{number}" in text.casefold():
        number += 1
    return f"text-{number}"


def tagged(text: str) -> str:
    """A text between tags that it cannot close."""
    tag = tag_for(text)
    return f"<{tag}>\n{text}\n</{tag}>"


def tag_for_all(texts: Iterable[str]) -> str:
    """The name of a tag that none of the texts can close or open, not even with letters that only look like it."""
    return tag_for("\n".join(seen for text in texts for seen in (text, _as_seen(text))))


def _as_seen(text: str) -> str:
    """A text without the characters that nobody sees, and with wide or styled letters as plain ones."""
    if _PLAIN.fullmatch(text):
        return ""
    shown = (c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return unicodedata.normalize("NFKC", "".join(shown))


@lru_cache(maxsize=64)
def _template(task: str, name: str) -> Template:
    files = _files(task)
    if name not in files:
        raise UnknownName("prompt", name, prompt_names(task))
    # The values are plain text for an LLM, not HTML: nothing is escaped, and nothing in them is a template.
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template(f"{task}/{files[name]}")


def _files(task: str) -> dict[str, str]:
    """The newest file of each name."""
    newest: dict[str, tuple[int, str]] = {}
    for path in (_FOLDER / task).glob("*.v*.jinja"):
        name, version, _ = path.name.split(".")
        newest[name] = max(newest.get(name, (0, "")), (int(version[1:]), path.name))
    return {name: file for name, (_, file) in newest.items()}
