"""Answers in from a file and out into one: recorded elsewhere, or moved from one store to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import Stored, answer_key
from vermeil.counted import many
from vermeil.errors import DataError, SettingsError, StoreError
from vermeil.files import replacing, same_file
from vermeil.llms.base import LLM
from vermeil.llms.scripted import Recorded, recorded
from vermeil.tasks.base import Task


@dataclass(frozen=True)
class Imported:
    """How many answers were added, and how many were left out since their question had an answer."""

    added: int
    present: int

    def __str__(self) -> str:
        present = many(self.present, "was there already", "were there already")
        return f"{many(self.added, 'answer')} added, {present}"


def import_answers(
    path: str | Path, task: Task, llm: LLM, store: AnswerStore, on_row: Callable[[], object] = lambda: None
) -> Imported:
    """Keep the answers of a JSONL file (`text`, and `answer` as the LLM gave it) as those of this LLM.

    Each is stored under the prompt that the task gives for its text, so that annotating the same texts with the
    same task and LLM asks nothing. Rows are read as they are stored; nothing is kept if any of them is wrong, or if
    the program is stopped before the last.

    Raises:
        DataError: a row is not an answer, or was exported from under another prompt or LLM; with its line.
    """
    added = rows = 0
    with store.together():
        for row in recorded(path):
            added += _import(row, task, llm, store)
            rows += 1
            on_row()
    return Imported(added, rows - added)


def _import(row: Recorded, task: Task, llm: LLM, store: AnswerStore) -> bool:
    """Keep this answer, unless there is one to its question."""
    prompt = task.prompt(row.text)
    key = answer_key(llm.settings, prompt)
    if row.key and row.key != key:
        raise DataError(
            f"{row.where}: this answer was given to another prompt or LLM than this task and {llm.name}; "
            "use the task, the LLM and the settings that it was asked with"
        )
    if key in store:
        return False
    try:
        store.put(llm, prompt, row.text, row.answer, row.form, key=key)
    except DataError as error:
        raise DataError(f"{row.where}: {error}") from None
    return True


def export_answers(store: AnswerStore, path: str | Path, on_row: Callable[[], object] = lambda: None) -> int:
    """Write every answer as a row of JSONL that `import_answers` takes; returns their number.

    A provider's raw reply stands under `body`, a bare answer under `answer`.

    Raises:
        SettingsError: the file is the store itself.
    """
    if same_file(store.path, path):
        raise SettingsError(f"{path} is the answer store itself; name the file to be written, such as answers.jsonl")
    count = 0
    with replacing(path) as stream:
        for stored in store.rows():
            stream.write(json.dumps(as_row(stored), ensure_ascii=False) + "\n")
            count += 1
            on_row()
    return count


def as_row(stored: Stored) -> dict[str, Any]:
    """A stored answer as plain values.

    Raises:
        StoreError: its settings are damaged.
    """
    try:
        asked = {"settings": json.loads(stored.settings), "prompt": json.loads(stored.prompt)}
    except ValueError as error:
        raise StoreError(f"the settings of the answer {stored.key} are damaged ({error})") from error
    row = {name: value for name, value in asdict(stored).items() if name not in ("body", "form")}
    return row | asked | {"body" if stored.form == "body" else "answer": stored.body}
