"""A batch is a folder: what is asked, what came back, and how far it is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from vermeil.errors import OutputError, SettingsError, StoreError, UserError
from vermeil.exchange import canonical
from vermeil.files import read_text, write_text
from vermeil.llms._batch import BatchAPI, RemoteBatch, TakesBatches
from vermeil.llms.base import LLM
from vermeil.settings import Settings, check

Step = Literal["written", "submitting", "submitted", "ended", "fetched", "merged"]

RESULTS = ("output.jsonl", "errors.jsonl")


class BatchState(Settings):
    """How far a batch is; written at each step, before the next one begins.

    Args:
        step: "submitting" from just before the batch is handed in until its id is known: after a kill, the provider
            may have it or not. "ended" means that the provider is done with it.
        llm: the name of the LLM that is asked, and its settings, which are part of each answer's key.
        options: what else the LLM was made with, for whoever has to make it again.
        server: the base URL at which it was made.
        by_hand: its file is carried to the provider by a person, and its results back.
        upload: the provider's id of the uploaded requests.
        newest: the account's newest batch before this one was handed in, and `newest_created` its time.
        remote: the provider's id of the batch.
        status: the provider's own word.
        problem: why the provider turned the whole batch down.
        merged: what became of the questions.
    """

    name: str
    step: Step = "written"
    llm: str
    settings: dict[str, Any]
    options: dict[str, Any] = Field(default_factory=dict)
    server: str
    requests: int
    by_hand: bool = False
    upload: str = ""
    newest: str = ""
    newest_created: float = 0.0
    remote: str = ""
    status: str = ""
    done: int = 0
    failed: int = 0
    files: dict[str, str] = Field(default_factory=dict)
    problem: str = ""
    merged: dict[str, Any] | None = None

    @property
    def waiting(self) -> bool:
        """Whether its questions may still be answered by it, and must not be asked by another one."""
        return self.step != "merged"


class Batch:
    """One batch in its folder.

    Raises:
        StoreError: the folder holds no state that can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requests = path / "requests.jsonl"
        self.questions = path / "questions.jsonl"
        self.state = self._read()

    @property
    def name(self) -> str:
        """Its folder's."""
        return self.path.name

    def advance(self, **changes: Any) -> BatchState:  # noqa: ANN401 - the fields of a state
        """Change the state, on the disk before anything else happens."""
        values = self.state.model_dump() | changes
        state = check(values, BatchState, str(self.path))
        write_text(self.path / "state.json", written_state(state))
        self.state = state
        return state

    @contextmanager
    def held(self) -> Iterator[BatchState]:
        """Keep other runs off this batch, and begin with its state as it is now.

        Raises:
            StoreError: another run is at it.
        """
        # Let go of by the system, whatever ends us.
        descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(f"the batch {self.name} is in use by another run; wait until it is done") from None
            self.state = self._read()
            yield self.state
        finally:
            os.close(descriptor)

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The place (in bytes) and the content of each question: key, text, prompt."""
        place = 0
        with self.questions.open("rb") as stream:
            for line in stream:
                yield place, json.loads(line)
                place += len(line)

    def row_at(self, place: int) -> Mapping[str, Any]:
        """The question at this place."""
        with self.questions.open("rb") as stream:
            stream.seek(place)
            row: Mapping[str, Any] = json.loads(stream.readline())
        return row

    def _read(self) -> BatchState:
        where = self.path / "state.json"
        try:
            return check(json.loads(read_text(where)), BatchState, str(where))
        except (UserError, ValueError) as error:
            raise StoreError(f"{self.path} holds no batch of ours ({error}); move it away") from None


def folder_of(store: str | Path) -> Path:
    """Where the batches of an answer store lie: beside it."""
    return Path(f"{store}.batches")


def batches_in(folder: Path) -> list[Batch]:
    """The batches in a folder, oldest first; none where there is no such folder."""
    if not folder.is_dir():
        return []
    paths = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [Batch(path) for path in paths]


def make_private(folder: Path) -> None:
    """The folder, for its owner only as the store is, without what a kill has left half-written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(".*.partial"):
            shutil.rmtree(left)
    except OSError as error:
        raise OutputError(f"{folder} cannot be used for batches: {error.strerror or error}") from None


def written_state(state: BatchState) -> str:
    """The state as it lies on the disk."""
    return json.dumps(state.model_dump(), indent=1, ensure_ascii=False) + "\n"


def batch_api(llm: LLM) -> BatchAPI:
    """The batch API of the LLM's provider.

    Raises:
        SettingsError: it has none.
    """
    if not isinstance(llm, TakesBatches):
        raise SettingsError(f"{llm.name} has no batch API; LLMs of openai, azure and anthropic have one")
    return llm.batches


def api_for(batch: Batch, llm: LLM) -> BatchAPI:
    """The API that the batch is with.

    Raises:
        SettingsError: the batch was written for another LLM, other settings, or another server.
    """
    state, api = batch.state, batch_api(llm)
    check_llm(batch, llm)
    if state.server != api.server:
        raise SettingsError(
            f"the batch {state.name} is at {state.server}, and the base URL is now {api.server}; set it back"
        )
    return api


def check_llm(batch: Batch, llm: LLM) -> None:
    """Refuse an LLM under whose key the answers would not be found again.

    Raises:
        SettingsError: the batch was written for another LLM, or other settings.
    """
    if canonical(batch.state.settings) != canonical(json.loads(canonical(llm.settings))):
        raise SettingsError(
            f"the batch {batch.name} was written for {batch.state.llm} with {canonical(batch.state.settings)}, "
            f"this is {llm.name} with {canonical(llm.settings)}; take the LLM and the settings that it was written for"
        )


def seen(remote: RemoteBatch) -> dict[str, Any]:
    """What a state keeps of the provider's description."""
    return {
        "remote": remote.id,
        "status": remote.status,
        "done": remote.done,
        "failed": remote.failed,
        "files": dict(remote.files),
        "problem": remote.problem,
    }


def has_lines(path: Path) -> bool:
    """Whether there is such a file, with something in it."""
    return path.exists() and path.stat().st_size > 0
