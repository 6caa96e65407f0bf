"""What is being labelled: one file for each task."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vermeil.errors import SettingsError, UserError
from vermeil.folder import load, names
from vermeil.settings import check, read_toml
from vermeil.tasks._repair import repair_prompt
from vermeil.tasks.base import Task

__all__ = ["Task", "read_task", "repair_prompt", "task_from_settings", "task_names"]


def task_names() -> list[str]:
    """The names that `task = "..."` may have."""
    return names(sys.modules[__name__])


def read_task(path: Path | str) -> Task:
    """The task that a TOML file describes.

    Raises:
        SettingsError: the file is no TOML, or holds a key, a label or a value that the task doesn't know.
        DataError: an example quotes what is not in its text.
    """
    return task_from_settings(read_toml(path), str(path))


def task_from_settings(settings: Mapping[str, Any], where: str = "the task") -> Task:
    """The task of the given settings, as a task file or a task's own `settings` hold them.

    Args:
        where: begins the message of an error; a file's name, as a rule.
    """
    if not isinstance(settings.get("task"), str):
        kinds = ", ".join(task_names())
        raise SettingsError(f"{where}: the key 'task' is missing or no name; write task = \"ner\" (there are: {kinds})")
    try:
        module = load("task", sys.modules[__name__], settings["task"])
        task: Task = check(settings, module.TaskSettings, where).build()
    except UserError as error:
        if str(error).startswith(where):
            raise
        raise _located(error, where) from None
    return task


def _located(error: UserError, where: str) -> UserError:
    """The same error, with the file's name before its message."""
    error.args = (f"{where}: {error}",)
    return error
