"""What the batch APIs have in common: many prompts handed in together, answered later at a lower price."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from vermeil.errors import NoReply
from vermeil.exchange import Prompt


@dataclass(frozen=True)
class RemoteBatch:
    """A batch as the provider describes it.

    Args:
        status: the provider's own word.
        ended: nothing will be added to its results.
        total: its requests, 0 while the provider has not counted them.
        created: seconds by the provider's clock.
        marks: what it carries of ours: the name that we gave it, the file that we uploaded.
        files: where its results lie, by the name of the file that they go to.
        problem: why all of it failed.
    """

    id: str
    status: str
    ended: bool
    total: int = 0
    done: int = 0
    failed: int = 0
    created: float = 0.0
    marks: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """One line of the results: the raw body of a reply, or why there is none."""

    custom_id: str
    body: str = ""
    failed: str = ""


class BatchAPI(Protocol):
    """The batch API of one provider, for one LLM. Its coroutines raise what `LLM.ask` raises."""

    most_requests: int
    most_bytes: int
    marked: bool
    """Whether a batch carries marks of ours, and can be told from all others for certain."""

    @property
    def server(self) -> str:
        """The base URL."""

    def line(self, custom_id: str, prompt: Prompt) -> str:
        """The request as a line of the file that is handed in."""

    def result(self, line: Mapping[str, Any]) -> Result:
        """What a line of the results says.

        Raises:
            NoReply: it is no such line.
        """

    async def upload(self, requests: Path) -> str:
        """The provider's id for the file, "" where requests are handed in with the batch itself."""

    async def create(self, requests: Path, name: str, upload: str) -> RemoteBatch:
        """Hand the batch in. Of all calls, the one that costs money."""

    async def get(self, batch: str) -> RemoteBatch:
        """How far it is."""

    async def newest(self) -> RemoteBatch | None:
        """The account's newest batch."""

    async def since(self, batch: str, created: float) -> list[RemoteBatch]:
        """The account's batches that are newer than this one, by the provider's own clock."""

    async def download(self, source: str, target: Path) -> None:
        """Fetch one of a batch's `files`, whole or not at all."""


@runtime_checkable
class TakesBatches(Protocol):
    """An LLM whose provider has a batch API."""

    @property
    def batches(self) -> BatchAPI:
        """That API, with the LLM's settings."""


def line_in(text: str) -> Mapping[str, Any]:
    """The JSON object in a line of results.

    Raises:
        NoReply: there is none, or it has no custom_id.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping) or not isinstance(found.get("custom_id"), str):
        raise NoReply(f"expected a JSON object with custom_id, got {text[:60]!r}")
    return found
