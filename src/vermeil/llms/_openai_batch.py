"""OpenAI's batch API: a file of requests is uploaded, results come as a file of answers and a file of errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vermeil.errors import LLMError, NoReply
from vermeil.exchange import Prompt
from vermeil.llms._batch import RemoteBatch, Result
from vermeil.llms._batch_calls import Calls, count, gone, id_in, raw, table
from vermeil.llms._faults import message_of
from vermeil.llms._server import Reply, Server

MARK = "vermeil"
"""The field of a batch's metadata that holds our name for it."""

_ENDED = ("completed", "failed", "expired", "cancelled")


class OpenAIBatches:
    """The batch API of a server that speaks as OpenAI's does, Azure's too.

    Args:
        request: makes the body that `/chat/completions` would get.
        refused: makes the error of a reply that is no success.
    """

    most_requests = 50_000
    most_bytes = 200 * 10**6
    marked = True

    def __init__(
        self, server: Server, request: Callable[[Prompt], Mapping[str, Any]], refused: Callable[[Reply], LLMError]
    ) -> None:
        self._calls = Calls(server, refused, "after")
        self._request = request
        azure = server.host.endswith(".azure.com")
        self._endpoint = "/chat/completions" if azure else "/v1/chat/completions"

    @property
    def server(self) -> str:
        """The base URL."""
        return self._calls.server.base_url

    def line(self, custom_id: str, prompt: Prompt) -> str:
        """The request as a line of the file that is uploaded."""
        request = {
            "custom_id": custom_id,
            "method": "POST",
            "url": self._endpoint,
            "body": dict(self._request(prompt)),
        }
        return json.dumps(request)  # ASCII only: what counts against the limit is what one sees

    def result(self, line: Mapping[str, Any]) -> Result:
        """A line of the output file, or of the error file."""
        custom_id, error, response = line["custom_id"], line.get("error"), line.get("response")
        if error:
            return Result(custom_id, failed=_reason(error))
        if not isinstance(response, Mapping):
            raise NoReply(f"the line of {custom_id} has neither a response nor an error")
        status, body = response.get("status_code"), response.get("body")
        if status == 200 and isinstance(body, Mapping):
            return Result(custom_id, raw(body))
        return Result(custom_id, failed=f"{status}: {message_of(json.dumps(body))}")

    async def upload(self, requests: Path) -> str:
        """The id of the uploaded file. One that was uploaded twice costs nothing."""
        return id_in(await self._calls.upload("/files", requests, {"purpose": "batch"}))

    async def create(self, requests: Path, name: str, upload: str) -> RemoteBatch:
        """Make a batch of the uploaded file, and write our name on it."""
        body = {
            "input_file_id": upload,
            "endpoint": self._endpoint,
            "completion_window": "24h",
            "metadata": {MARK: name},
        }
        return _batch(await self._calls.post("/batches", body))

    async def get(self, batch: str) -> RemoteBatch:
        """How far it is."""
        try:
            return _batch(await self._calls.get(f"/batches/{batch}"))
        except LLMError as error:
            raise gone(error, f"the batch {batch}") from None

    async def newest(self) -> RemoteBatch | None:
        """The account's newest batch."""
        page = await self._calls.get("/batches?limit=1")
        return next((_batch(found) for found in page.get("data") or ()), None)

    async def since(self, batch: str, created: float) -> list[RemoteBatch]:
        """The account's batches that are newer than this one, by the provider's own clock."""
        return await self._calls.newer("/batches", _batch, batch, created)

    async def download(self, source: str, target: Path) -> None:
        """Fetch the file."""
        try:
            await self._calls.download(f"/files/{source}/content", target)
        except LLMError as error:
            raise gone(error, f"the file {source}") from None


def _batch(found: Mapping[str, Any]) -> RemoteBatch:
    counts, metadata = table(found.get("request_counts")), table(found.get("metadata"))
    status = str(found.get("status"))
    files = {"output.jsonl": found.get("output_file_id"), "errors.jsonl": found.get("error_file_id")}
    done = count(counts.get("completed"))
    # Completed, but with answers in a file that is not named yet: what was paid for is waited for.
    early = status == "completed" and done > 0 and not files["output.jsonl"]
    return RemoteBatch(
        id_in(found),
        status,
        status in _ENDED and not early,
        count(counts.get("total")),
        done,
        count(counts.get("failed")),
        float(count(found.get("created_at"))),
        frozenset(str(mark) for mark in (metadata.get(MARK), found.get("input_file_id")) if mark),
        {name: str(file) for name, file in files.items() if file},
        _problem(found) if status == "failed" else "",
    )


def _problem(found: Mapping[str, Any]) -> str:
    """Why a whole batch was turned down: the first of the errors, with its line."""
    errors = table(found.get("errors")).get("data") or [{}]
    line = table(errors[0]).get("line")
    where = f" (line {line} of the requests)" if line else ""
    more = f", and {len(errors) - 1:,} more errors" if len(errors) > 1 else ""
    return f"{_reason(errors[0])}{where}{more}"


def _reason(error: object) -> str:
    code = error.get("code") if isinstance(error, Mapping) else None
    said = message_of(json.dumps({"error": error}))
    return f"{code}: {said}" if code and str(code) not in said else said
