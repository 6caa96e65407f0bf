"""The door of the server: who may ask, how much may be sent, in which time; and what every answer tells browsers.

A page on another site can make a browser send requests here. It must neither read nor cause anything: requests have to
name this server (a foreign name that resolves to this machine is DNS rebinding), and come from no other origin.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import time
from collections.abc import Collection
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vermeil.deploy.server.metrics import Metrics
from vermeil.deploy.serving import ServeSettings
from vermeil.errors import VermeilError

_SAFE = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")  # name or address, with a port or without
_LINGER = 2.0  # seconds in which the rest of a body that is too large is thrown away


class Refused(VermeilError):
    """A request that gets no further than the door."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Guard:
    """Lets through to `app` what it should see, with its whole body read.

    Args:
        routes: the paths that are counted under their name; all others are counted together.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings, metrics: Metrics, routes: Collection[str]) -> None:
        self._app, self._settings, self._metrics, self._routes = app, settings, metrics, frozenset(routes)
        self._names = {"localhost", "127.0.0.1", "::1"} | {name.lower() for name in settings.names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, self._watched(scope, send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check_sender(scope)
            body = await self._body(Headers(scope=scope), receive)
        except Refused as refused:
            await _refuse(refused, receive, send)
            return
        except TimeoutError:
            seconds = self._settings.patience
            await _refuse(Refused(408, f"the request was not complete after {seconds:g} s; send it again"), None, send)
            return
        except asyncio.CancelledError:
            await _refuse(Refused(503, "the server stops, and this request had not come whole; ask again"), None, send)
            return
        if body is not None:
            await self._app(scope, _again(body, receive), send)

    def _check_sender(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0], scope):
            raise Refused(421, f"no server of the name {', '.join(hosts)!r:.100}; `--name` says what else it is called")
        ours = {f"http://{hosts[0]}".lower(), f"https://{hosts[0]}".lower()}
        if foreign := [origin for origin in headers.getlist("origin") if origin.lower() not in ours]:
            raise Refused(403, f"a page of {foreign[0]!r:.100} may not use this server")
        # what a browser sends without an origin: pictures, scripts, frames; following a link is no harm
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            raise Refused(403, "a page of another site may not use this server")

    def _is_ours(self, host: str, scope: Scope) -> bool:
        """Whether a Host header names this server: by a name it was given, or by the address the request came to."""
        parts = _HOST.fullmatch(host.lower())
        if parts is None:
            return False
        name = parts[1].strip("[]")
        return name in self._names or _same_address(name, (scope.get("server") or ("",))[0])

    async def _body(self, headers: Headers, receive: Receive) -> bytes | None:
        """All of it, or None where the client has gone."""
        most = self._settings.body
        too_large = Refused(413, f"the body is larger than {most:,} bytes; send fewer texts at once")
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared[:20]) > most:
            raise too_large
        body = bytearray()
        async with asyncio.timeout(self._settings.patience):
            while (message := await receive())["type"] == "http.request":
                body += message.get("body", b"")
                if len(body) > most:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
        return None

    def _watched(self, scope: Scope, send: Send) -> Send:
        """Adds the headers that every answer has, and counts it when it ends."""
        began = time.perf_counter()
        route = scope.get("path", "")
        route = route if route in self._routes else "other"
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE.items():
                    headers.setdefault(name, value)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._metrics.answered(route, status, time.perf_counter() - began)

        return watched


def _same_address(name: str, local: str) -> bool:
    """Whether both are one IP address: a name that is none cannot be rebound, for it is not looked up."""
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(local.partition("%")[0])
    except ValueError:
        return False


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what the client does next."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def _refuse(refused: Refused, receive: Receive | None, send: Send) -> None:
    """One line of JSON; the connection is closed, for what is left of the request must not be taken for another.

    A client that is still sending would see the connection break and no answer: with `receive`, the rest of its body is
    taken for a moment and thrown away.
    """
    body = json.dumps({"error": str(refused)}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if receive is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                    pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
