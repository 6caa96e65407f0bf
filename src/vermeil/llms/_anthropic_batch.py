"""Anthropic's batch API: requests are handed in with the batch, results come as one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from vermeil.errors import LLMError, NoReply
from vermeil.exchange import Prompt
from vermeil.files import lines
from vermeil.llms._batch import RemoteBatch, Result
from vermeil.llms._batch_calls import Calls, count, gone, id_in, raw, table
from vermeil.llms._faults import message_of
from vermeil.llms._server import Reply, Server

_PATH = "/messages/batches"


class AnthropicBatches:
    """The Message Batches API. A batch there carries no name: it is known by its time and the count of its requests.

    Args:
        request: makes the body that `/v1/messages` would get.
        refused: makes the error of a reply that is no success.
    """

    most_requests = 100_000
    most_bytes = 64 * 2**20  # a quarter of what is allowed: it is sent in one piece, from memory
    marked = False

    def __init__(
        self, server: Server, request: Callable[[Prompt], Mapping[str, Any]], refused: Callable[[Reply], LLMError]
    ) -> None:
        self._calls = Calls(server, refused, "after_id")
        self._request = request

    @property
    def server(self) -> str:
        """The base URL."""
        return self._calls.server.base_url

    def line(self, custom_id: str, prompt: Prompt) -> str:
        """One of the `requests`."""
        return json.dumps({"custom_id": custom_id, "params": dict(self._request(prompt))})

    def result(self, line: Mapping[str, Any]) -> Result:
        """A line of the results."""
        custom_id, result = line["custom_id"], line.get("result")
        kind = result.get("type") if isinstance(result, Mapping) else None
        if not isinstance(result, Mapping) or not isinstance(kind, str):
            raise NoReply(f"the line of {custom_id} has no result with a type")
        if kind == "succeeded" and isinstance(result.get("message"), Mapping):
            return Result(custom_id, raw(result["message"]))
        if kind != "errored":
            return Result(custom_id, failed=kind)
        error = result.get("error")
        inner = error.get("error", error) if isinstance(error, Mapping) else error
        code = f"{inner['type']}: " if isinstance(inner, Mapping) and inner.get("type") else ""
        return Result(custom_id, failed=code + message_of(json.dumps({"error": inner})))

    async def upload(self, requests: Path) -> str:
        """Nothing: the requests are handed in with the batch."""
        return ""

    async def create(self, requests: Path, name: str, upload: str) -> RemoteBatch:
        """Hand all requests in."""
        body = {"requests": [json.loads(line) for _, line in lines(requests)]}
        return _batch(await self._calls.post(_PATH, body))

    async def get(self, batch: str) -> RemoteBatch:
        """How far it is."""
        try:
            return _batch(await self._calls.get(f"{_PATH}/{batch}"))
        except LLMError as error:
            raise gone(error, f"the batch {batch}") from None

    async def newest(self) -> RemoteBatch | None:
        """The newest batch of the workspace: what is newer than it may be ours."""
        page = await self._calls.get(f"{_PATH}?limit=1")
        return next((_batch(found) for found in page.get("data") or ()), None)

    async def since(self, batch: str, created: float) -> list[RemoteBatch]:
        """The workspace's batches that are newer than this one, by the provider's own clock."""
        return await self._calls.newer(_PATH, _batch, batch, created)

    async def download(self, source: str, target: Path) -> None:
        """Fetch the results; the path is made here, since a URL that was sent could lead a key elsewhere."""
        try:
            await self._calls.download(f"{_PATH}/{source}/results", target)
        except LLMError as error:
            raise gone(error, f"the results of {source}") from None


def _batch(found: Mapping[str, Any]) -> RemoteBatch:
    name, status = id_in(found), str(found.get("processing_status"))
    counts = {kind: count(number) for kind, number in table(found.get("request_counts")).items()}
    done = counts.get("succeeded", 0)
    waiting = counts.get("processing", 0)
    total = sum(counts.values())
    ended = status == "ended"
    archived = ended and not found.get("results_url") and bool(found.get("archived_at"))
    return RemoteBatch(
        name,
        status,
        ended,
        total,
        done,
        total - done - waiting,
        _seconds(found.get("created_at")),
        files={"output.jsonl": name} if ended and not archived else {},
        problem="its results are archived and can't be fetched any more" if archived else "",
    )


def _seconds(time: object) -> float:
    try:
        return datetime.fromisoformat(str(time).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
