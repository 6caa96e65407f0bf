"""One HTTP server, asked with a deadline, a cap on the reply, and no way for the key to leak."""

from __future__ import annotations

import asyncio
import codecs
import json
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable
from vermeil.files import replacing
from vermeil.llms import _breaks
from vermeil.llms._address import Access, check_certificates, host_in, password_in, proxy_for
from vermeil.llms._body import pieces, whole
from vermeil.llms._sessions import Attempt, Opening, Sessions

_STALE = 1.0  # seconds within which a kept connection that breaks was already closed by the server
_QUICKLY_SENT = 2**20  # bytes; what is longer may take more than the deadline, at
_SLOWEST = 100_000  # bytes a second
_LARGEST_FILE = 2 * 2**30
_LONGEST_DOWNLOAD = 3600.0


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP, the key already struck out; the names of headers are in small letters."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300


class Server:
    """An API that is asked from any event loop, over as many connections as there are calls at once.

    Its methods raise:
        LLMBusy: nobody listens there, or there was no complete reply within the deadline, or the connection broke.
        LLMUnavailable: it sends us elsewhere.
        LLMError: the reply is longer than the cap.

    Args:
        deadline: seconds for one whole request, from name look-up to the last byte.
        max_bytes: cap on one reply, unpacked.

    Raises:
        SettingsError: the URL, the key, the proxy or the certificates cannot be used.
    """

    def __init__(self, access: Access, deadline: float, max_bytes: int) -> None:
        self.access = access
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._proxy = proxy_for(access.base_url)
        self._secret = access.key if _is_secret(access.key) else ""
        check_certificates()
        self._sessions = Sessions(Opening(access, self._proxy))

    def __repr__(self) -> str:
        return f"Server({self.base_url!r})"

    @property
    def base_url(self) -> str:
        """Without a slash at its end."""
        return self.access.base_url

    @property
    def host(self) -> str:
        """The machine's name."""
        return self.access.host

    async def post(self, path: str, body: Mapping[str, Any], *, again: bool = False) -> Reply:
        """The reply, of whatever status except redirects.

        Args:
            again: whether the request may be sent a second time where the first met a connection that the server
                had closed, which can't be told for certain.
        """
        content = json.dumps(body).encode()
        return await self._in_time(self._posted(path, content, again), self._time_for(len(content)))

    async def get(self, path: str) -> Reply:
        """The reply, of whatever status except redirects."""
        return await self._in_time(self._exchange("GET", path, Attempt()), self._deadline)

    async def post_file(self, path: str, file: Path, fields: Mapping[str, str]) -> Reply:
        """The reply to a form with these fields and the file, under the name "file"; time is allowed for its size."""
        with file.open("rb") as stream:
            form = aiohttp.FormData(fields)
            form.add_field("file", stream, filename=file.name, content_type="application/octet-stream")
            exchange = self._exchange("POST", path, Attempt(), data=form)
            return await self._in_time(exchange, self._time_for(file.stat().st_size))

    async def download(self, path: str, target: Path, most: int = _LARGEST_FILE) -> Reply:
        """Write what comes to the file, whole or not at all; of a reply that is no success, the text comes back.

        The deadline is for each piece, and an hour for all of them.

        Raises:
            OutputError: the file can't be written.
        """
        return await self._in_time(self._downloaded(path, target, most), _LONGEST_DOWNLOAD)

    def _time_for(self, size: int) -> float:
        return self._deadline + max(0, size - _QUICKLY_SENT) / _SLOWEST

    async def _posted(self, path: str, content: bytes, again: bool) -> Reply:
        headers = {"Content-Type": "application/json"}
        attempt = Attempt()
        try:
            return await self._exchange("POST", path, attempt, data=content, headers=headers)
        except (aiohttp.ServerDisconnectedError, ConnectionError) as fault:
            if not (again and _was_stale(fault, attempt)):
                raise
        return await self._exchange("POST", path, Attempt(), data=content, headers=headers)

    async def _downloaded(self, path: str, target: Path, most: int) -> Reply:
        async with await self._request("GET", path, Attempt()) as response:
            self._refuse_redirect(response)
            if not 200 <= response.status < 300:
                return await self._read(response)
            with replacing(target) as stream:
                async for text in self._texts(response, most):
                    stream.write(text)
            return Reply(response.status, "", self._headers(response))

    async def _exchange(self, method: str, path: str, attempt: Attempt, **sent: Any) -> Reply:  # noqa: ANN401
        async with await self._request(method, path, attempt, **sent) as response:
            self._refuse_redirect(response)
            return await self._read(response)

    async def _request(
        self,
        method: str,
        path: str,
        attempt: Attempt,
        **sent: Any,  # noqa: ANN401
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        session = await self._sessions.here()
        url = URL(self.access.url(path), encoded=True)
        return session.request(method, url, allow_redirects=False, trace_request_ctx=attempt, **sent)

    def _refuse_redirect(self, response: aiohttp.ClientResponse) -> None:
        if 300 <= response.status < 400:
            target = host_in(response.headers.get("Location", "")) or self.host
            raise LLMUnavailable(
                f"{self.base_url} redirects to {target}, and texts are not sent on: set {self.access.url_from} to "
                "the address that answers itself"
            )

    async def _read(self, response: aiohttp.ClientResponse) -> Reply:
        text = await whole(response, self._max_bytes, self.base_url)
        return Reply(response.status, self._scrub(text), self._headers(response))

    async def _in_time(self, work: Coroutine[Any, Any, Reply], deadline: float) -> Reply:
        """Its reply; whatever fails in it, fails as one of our errors, and in time."""
        try:
            async with asyncio.timeout(deadline):
                return await work
        except TimeoutError as late:
            if isinstance(late, aiohttp.ConnectionTimeoutError) or late.errno:  # the system's own, of the connection
                raise self._error(late) from None
            raise LLMBusy(f"no complete answer from {self.base_url} within {deadline:g} s") from None
        except _breaks.ConnectionFault as fault:
            raise self._error(fault) from None

    async def _texts(self, response: aiohttp.ClientResponse, most: int) -> AsyncIterator[str]:
        """The body in pieces, without the key, also where it lies across two of them."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        kept = max(1, len(self._secret)) - 1
        tail = ""
        body = aiter(pieces(response, most, self.base_url))
        while True:
            try:
                async with asyncio.timeout(self._deadline):
                    piece = await anext(body, None)
            except TimeoutError:
                raise LLMBusy(f"{self.base_url} sent nothing of a file for {self._deadline:g} s") from None
            text = self._scrub(tail + decoder.decode(piece or b"", final=piece is None))
            if piece is None:
                yield text
                return
            cut = max(0, len(text) - kept)
            tail = text[cut:]
            yield text[:cut]

    def _headers(self, response: aiohttp.ClientResponse) -> dict[str, str]:
        return {name.lower(): self._scrub(value) for name, value in response.headers.items()}

    def _error(self, fault: Exception) -> LLMError:
        error = _breaks.error_of(fault, self.access)
        said = self._scrub(str(error))
        password = password_in(self._proxy)
        error.args = (said.replace(password, "***") if password else said,)
        return error

    def _scrub(self, said: str) -> str:
        """Without the key: servers like to quote it in their messages."""
        return said.replace(self._secret, "***") if self._secret else said


def _was_stale(fault: Exception, attempt: Attempt) -> bool:
    """Whether the request went into a kept connection that its server had closed."""
    begun = isinstance(fault, aiohttp.ServerDisconnectedError) and not isinstance(fault.message, str)  # a reply had
    unconnected = isinstance(fault, aiohttp.ClientConnectorError)
    return not (attempt.fresh or begun or unconnected) and time.monotonic() - attempt.began < _STALE


def _is_secret(key: str) -> bool:
    """Not "EMPTY" or "not-needed", as servers of one's own are given: words that may well be in an answer."""
    return len(key) >= 8 and (any(letter.isdigit() for letter in key) or len(key) >= 20)
