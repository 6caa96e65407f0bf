"""Calls of a batch API, and what their replies hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable
from vermeil.llms._batch import RemoteBatch
from vermeil.llms._faults import message_of
from vermeil.llms._server import Reply, Server

_PAGE = 100  # the most that one list of OpenAI's may hold; Anthropic allows more


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
