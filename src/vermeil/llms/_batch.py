"""What the batch APIs have in common: many prompts handed in together, answered later at a lower price."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, NoReply
from vermeil.exchange import Prompt
from vermeil.llms._faults import message_of
from vermeil.llms._server import Reply, Server

_PAGE = 100  # the most that one list of OpenAI's may hold; Anthropic allows more


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


class Calls:
    """Calls of a batch API: what comes back is a JSON object, or an error.

    Args:
        refused: makes the error of a reply that is no success.
        after: the parameter that asks for the next page of a list.
    """

    def __init__(self, server: Server, refused: Callable[[Reply], LLMError], after: str) -> None:
        self.server = server
        self._refused = refused
        self._after = after

    async def get(self, path: str) -> Mapping[str, Any]:
        """What lies there."""
        return self._object(await self.server.get(path))

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the server makes of the body."""
        return self._object(await self.server.post(path, body))

    async def upload(self, path: str, file: Path, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """What the server makes of the file."""
        return self._object(await self.server.post_file(path, file, fields))

    async def download(self, path: str, target: Path) -> None:
        """Fetch a file, whole or not at all."""
        reply = await self.server.download(path, target)
        if not 200 <= reply.status < 300:
            raise self._refused(reply)

    async def newer(
        self, path: str, batch_in: Callable[[Mapping[str, Any]], RemoteBatch], than: str, created: float
    ) -> list[RemoteBatch]:
        """The batches in a list, which begins with the newest, down to the one that is known."""
        found: list[RemoteBatch] = []
        after = ""
        while True:
            page = await self.get(f"{path}?limit={_PAGE}{after}")
            batches = [batch_in(batch) for batch in page.get("data") or ()]
            newer = [batch for batch in batches if batch.created >= created and batch.id != than]
            found += newer
            if not page.get("has_more") or len(newer) < len(batches) or not batches:
                return found
            after = f"&{self._after}={batches[-1].id}"

    def _object(self, reply: Reply) -> Mapping[str, Any]:
        if not 200 <= reply.status < 300:
            raise self._refused(reply)
        try:
            found = json.loads(reply.text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, Mapping):
            raise LLMBusy(f"{self.server.base_url} should send a JSON object, and sent: {message_of(reply.text)}")
        return found


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


def raw(body: object) -> str:
    """The part of a line that is one reply, as JSON again."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: only as an escape can it be stored
        return json.dumps(body, separators=(",", ":"))
    return text


def gone(error: LLMError, what: str) -> LLMError:
    """The error for something that the provider does not have (any more)."""
    if isinstance(error, LLMUnavailable) and " answered 404:" in str(error):
        said = str(error).split("; check", 1)[0]
        return LLMUnavailable(f"{said}; {what} is not there: is it another account's, or too old?")
    return error


def table(value: object) -> Mapping[str, Any]:
    """An object that a provider sent, empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def count(value: object) -> int:
    """A count that a provider sent, 0 for anything else."""
    return value if isinstance(value, int) and value > 0 else 0


def id_in(found: Mapping[str, Any]) -> str:
    """The id of what a provider made.

    Raises:
        LLMBusy: there is none.
    """
    if isinstance(found.get("id"), str) and found["id"]:
        return str(found["id"])
    raise LLMBusy(f"expected an object with an id, got: {message_of(json.dumps(found))}")
