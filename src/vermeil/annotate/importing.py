"""Answers in from a file and out into one: recorded elsewhere, or moved from one store to another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.errors import DataError
from vermeil.files import replacing
from vermeil.llms.base import LLM
from vermeil.llms.scripted import recorded
from vermeil.tasks.base import Task


@dataclass(frozen=True)
class Imported:
    """How many answers were added, and how many were left out since their question had an answer."""

    added: int
    present: int

    def __str__(self) -> str:
        return f"{self.added:,} answers added, {self.present:,} were there already"


def import_answers(path: str | Path, task: Task, llm: LLM, store: AnswerStore) -> Imported:
    """Keep the answers of a JSONL file (`text`, and `answer` as the LLM gave it) as those of this LLM.

    Each is stored under the prompt that the task gives for its text, so that annotating the same texts with the
    same task and LLM asks nothing. Nothing is stored if any row is wrong.

    Raises:
        DataError: a row is not an answer, or was exported from under another prompt or LLM; with its line.
    """
    rows = [(row, task.prompt(row.text)) for row in recorded(path)]
    keys = [answer_key(llm.settings, prompt) for _, prompt in rows]
    for (row, _), key in zip(rows, keys, strict=True):
        if row.key and row.key != key:
            raise DataError(
                f"{row.where}: this answer was given to another prompt or LLM than this task and {llm.name}; "
                "use the task, the LLM and the settings that it was asked with"
            )
    present = {key for key in keys if store.get(key)}
    added = 0
    for (row, prompt), key in zip(rows, keys, strict=True):
        if key not in present:
            store.put(llm, prompt, row.text, row.answer, row.form)
            present.add(key)
            added += 1
    store.flush()
    return Imported(added, len(rows) - added)


def export_answers(store: AnswerStore, path: str | Path) -> int:
    """Write every answer as a row of JSONL that `import_answers` takes; returns their number.

    A provider's raw reply stands under `body`, a bare answer under `answer`.
    """
    count = 0
    with replacing(path) as stream:
        for stored in store.rows():
            row = {name: value for name, value in asdict(stored).items() if name not in ("body", "form")}
            row |= {"settings": json.loads(stored.settings), "prompt": json.loads(stored.prompt)}
            row["body" if stored.form == "body" else "answer"] = stored.body
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
