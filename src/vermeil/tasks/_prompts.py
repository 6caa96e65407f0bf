"""Prompts as versioned Jinja files: `prompts/TASK/NAME.vN.jinja`, rendered once for each message with its `role`.

A file that has been used is never edited: its text is part of the answer store's key. A better wording
is a new file with the next number, and the highest number is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from vermeil.errors import UnknownName
from vermeil.exchange import Message

_FOLDER = Path(__file__).parent / "prompts"
_TAG_IN_TEXT = re.compile(r"<\s*/?\s*text", re.IGNORECASE)


def prompt_names(task: str) -> list[str]:
    """The prompts that a task can be asked with."""
    return sorted({path.name.split(".")[0] for path in (_FOLDER / task).glob("*.v*.jinja")})


def render(task: str, name: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The system and the user message of a prompt, filled in.

    Raises:
        UnknownName: there is no prompt of that name.
    """
    template = _template(task, name)
    system, user = (template.render(values, role=role) for role in ("system", "user"))
    # The user's part is not stripped: the text to label stands in it, and must arrive unchanged.
    return Message("system", system.strip()), Message("user", user)


def tag_for(text: str) -> str:
    """The name of a tag to put around a text that cannot close it: `text`, or `text-2` and so on where it could."""
    if not _TAG_IN_TEXT.search(text):
        return "text"
    number = 2
    while f"text-{number}" in text.casefold():
        number += 1
    return f"text-{number}"


@lru_cache(maxsize=64)
def _template(task: str, name: str) -> Template:
    if name not in prompt_names(task):
        raise UnknownName("prompt", name, prompt_names(task))
    versions = [(int(path.name.split(".")[1][1:]), path.name) for path in (_FOLDER / task).glob(f"{name}.v*.jinja")]
    # The values are plain text for an LLM, not HTML: nothing is escaped, and nothing in them is a template.
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template(f"{task}/{max(versions)[1]}")
