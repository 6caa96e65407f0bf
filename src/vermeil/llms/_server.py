"""One HTTP server that answers prompts, asked with a deadline, a cap on the reply, and no way for the key to leak."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import ssl
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, SettingsError
from vermeil.llms._loop import background_loop, wait_for

_POOLS = 8  # a pool looks at all of its connections for every request: 64 in eight pools cost a third of 64 in one


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP, the key already struck out."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Server:
    """A base URL, asked from many threads over one pool of connections.

    Args:
        url_from: the environment variable that the user should look at when the server can't be reached.
        key: sent as a bearer token; "" for none.
        deadline: seconds for one whole request, from name look-up to the last byte.
        max_bytes: cap on the reply, after decompression.

    Raises:
        SettingsError: the URL or the key cannot be used.
    """

    def __init__(self, base_url: str, url_from: str, key: str, deadline: float, max_bytes: int) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = _checked(self.base_url, url_from).host
        self._url_from = url_from
        self._key = key
        self._deadline = deadline
        self._max_bytes = max_bytes
        clients = self._connect()
        self._next_client = itertools.cycle(clients)
        weakref.finalize(self, _close, clients).atexit = False

    def __repr__(self) -> str:
        return f"Server({self.base_url!r})"

    def _connect(self) -> list[httpx2.AsyncClient]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        local = self.host in ("localhost", "127.0.0.1", "::1")
        name = f"[{self.host}]" if ":" in self.host else self.host
        try:
            return [
                httpx2.AsyncClient(
                    headers={"Content-Type": "application/json", "Accept-Encoding": "gzip", **headers},
                    verify=_encryption(),
                    timeout=None,  # the deadline is over the whole request, see `post`
                    limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=15),
                    mounts={f"all://{name}": None} if local else None,  # a proxy can't reach this machine's own servers
                    follow_redirects=False,
                )
                for _ in range(_POOLS)
            ]
        except (ImportError, ValueError, httpx2.InvalidURL) as error:
            raise SettingsError(
                f"the proxy in the environment (HTTPS_PROXY, ALL_PROXY) can't be used: {self._scrub(error)}"
            ) from None

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """The reply of whatever status, except redirects.

        Raises:
            LLMBusy: no complete reply within the deadline, or the connection broke.
            LLMUnavailable: nobody listens there, or it sends us elsewhere.
            LLMError: the reply is longer than the cap.
        """
        try:
            return wait_for(self._post(path, json.dumps(body).encode()), self._deadline)
        except TimeoutError:
            raise LLMBusy(f"no complete answer from {self.base_url} within {self._deadline:g} s") from None
        except (httpx2.ConnectError, httpx2.ProxyError, httpx2.UnsupportedProtocol) as error:
            raise LLMUnavailable(
                f"cannot reach {self.base_url} ({self._scrub(_cause(error))}): start the server or set {self._url_from}"
            ) from None
        except httpx2.HTTPError as error:
            what = self._scrub(error) or type(error).__name__
            raise LLMBusy(f"the connection to {self.base_url} broke off: {what}") from None

    async def _post(self, path: str, content: bytes) -> Reply:
        body = bytearray()
        async with next(self._next_client).stream("POST", self.base_url + path, content=content) as response:
            if 300 <= response.status_code < 400:
                target = _host_of(response.headers.get("location", "")) or self.host
                raise LLMUnavailable(
                    f"{self.base_url} redirects to {target}, and texts are not sent on: set {self._url_from} to "
                    "the address that answers itself"
                )
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    raise LLMError(f"the reply of {self.base_url} is longer than {self._max_bytes:,} bytes")
            text = self._scrub(_decoded(bytes(body), response.charset_encoding))
            return Reply(response.status_code, text, dict(response.headers))

    def _scrub(self, said: object) -> str:
        """Without the key: servers like to quote it in their messages."""
        return str(said).replace(self._key, "***") if self._key else str(said)


@cache
def _encryption() -> ssl.SSLContext:
    return httpx2.create_ssl_context()  # half a second, so once


def _checked(base_url: str, url_from: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        shown = base_url.split("?")[0]
        raise SettingsError(f"a base URL looks like http://localhost:8000/v1, got {shown!r}; set {url_from}")
    if url.userinfo:
        raise SettingsError(f"the base URL of {url.host} holds a password; put the key into its own variable")
    return url


def _host_of(location: str) -> str:
    try:
        return httpx2.URL(location).host
    except httpx2.InvalidURL:
        return ""


def _decoded(body: bytes, charset: str | None) -> str:
    """JSON is UTF-8, whatever the header says; only a body that isn't gets the charset that it claims."""
    for encoding in ("utf-8-sig", charset or "utf-8"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def _cause(error: BaseException) -> str:
    """The system's own words ("Connection refused"), below the layers that wrapped them."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below.exceptions[0] if isinstance(below, BaseExceptionGroup) else below
    number = getattr(error, "errno", None) or 0
    return os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)


def _close(clients: list[httpx2.AsyncClient]) -> None:
    for client in clients:
        asyncio.run_coroutine_threadsafe(client.aclose(), background_loop())
