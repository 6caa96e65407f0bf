"""A folder with texts and a task, and `vermeil annotate` on them in a process of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from texts import LABELS, texts

from vermeil.annotate.store import AnswerStore

KEY_VARIABLES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY")
PATIENCE = 120.0
"""Seconds after which a run that is waited for is taken to hang."""


@dataclass
class Case:
    """Texts to annotate in a folder, and where they are sent.

    Args:
        options: of `vermeil annotate`, besides the usual ones.
        environment: variables besides this process's own.
    """

    folder: Path
    url: str
    count: int = 100
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    llm: str = "openai:m"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.texts = list(texts(self.count))
        (self.folder / "texts.txt").write_text("\n".join(self.texts) + "\n")
        rows = [f'{label} = "{meaning}"' for label, meaning in LABELS.items()]
        (self.folder / "task.toml").write_text("\n".join(['task = "ner"', "", "[labels]", *rows, ""]))

    @property
    def store(self) -> Path:
        """The answers."""
        return self.folder / "answers.db"

    @property
    def out(self) -> Path:
        """The labels."""
        return self.folder / "silver.jsonl"

    def start(self, *options: str, **how: Any) -> subprocess.Popen[str]:  # noqa: ANN401 - those of Popen
        """`vermeil annotate`, running."""
        files = {"--task": self.folder / "task.toml", "--store": self.store, "--out": self.out, "--llm": self.llm}
        command = [sys.executable, "-m", "vermeil", "annotate", str(self.folder / "texts.txt")]
        command += [str(part) for pair in files.items() for part in pair] + [*self.options, *options]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=self.variables(), **how)

    def variables(self) -> dict[str, str]:
        """The environment of the run: this process's own, without its keys, and with the case's."""
        own = {name: value for name, value in os.environ.items() if name not in KEY_VARIABLES}
        return own | {"OPENAI_BASE_URL": self.url, **self.environment}

    def finish(self, *options: str, **how: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - those of Popen
        """`vermeil annotate`, run to its end."""
        process = self.start(*options, **how)
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def kept(self) -> set[str]:
        """The texts whose answers are in the store, which is checked on the way."""
        if not self.store.exists():
            return set()
        with AnswerStore(self.store) as store:
            store.verify()
            return {row.text for row in store.rows()}

    def integrity(self) -> str:
        """What SQLite itself says of the store."""
        database = sqlite3.connect(self.store)
        try:
            return str(database.execute("pragma integrity_check").fetchone()[0])
        finally:
            database.close()


def wait_until(done: Callable[[], bool], process: subprocess.Popen[str], every: float = 0.002) -> bool:
    """Whether it came to that before the process ended."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        if process.poll() is not None:
            return False
        if time.monotonic() > deadline:
            process.kill()
            raise TimeoutError("the run hangs")
        time.sleep(every)
    return True
