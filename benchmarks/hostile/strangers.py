"""Requests under names that are not the server's, and from pages of other origins: what do they get to see?"""

from __future__ import annotations

import http.client
from collections.abc import Collection, Iterator
from itertools import product
from typing import NamedTuple

ROUTES = {
    "/": "GET",
    "/page.js": "GET",
    "/page.css": "GET",
    "/health": "GET",
    "/metrics": "GET",
    "/openapi.json": "GET",
    "/predict": "POST",
    "/nowhere": "GET",
}
METHODS = ("OPTIONS", "HEAD", "PUT", "DELETE")
BODY = b'{"text": "Ada"}'


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Tried(NamedTuple):
    """A request, whether it is one of the server's own, and its answer."""

    host: str
    origin: str | None
    method: str
    path: str
    ours: bool
    answer: Answer


def hosts(port: int) -> tuple[str, ...]:
    """Twenty names; the first two are the server's."""
    foreign = "evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", f"127.0.0.1.nip.io:{port}"
    shapes = f"localhost@evil.example:{port}", "127.0.0.1:80@evil.example", f"evil.example#localhost:{port}", ""
    numbers = f"2130706433:{port}", f"127.1:{port}", f"0x7f000001:{port}", f"0.0.0.0:{port}", f"169.254.169.254:{port}"
    odd = f"localhost.:{port}", f"local_host:{port}", "localhost:port", f"[::]:{port}", f"[::1]evil.example:{port}"
    return f"localhost:{port}", f"127.0.0.1:{port}", *foreign, *shapes, *numbers, *odd


def origins(port: int) -> tuple[str | None, ...]:
    """Ten of them; the first three may be the server's own, where they agree with the host."""
    own = None, f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    foreign = "http://evil.example", "https://evil.example", f"http://localhost:{port + 1}", "http://localhost"
    return *own, *foreign, "null", "file://", f"http://127.0.0.1:{port}.evil.example"


def tried(port: int, some_hosts: Collection[str] = (), methods: Collection[str] = METHODS) -> Iterator[Tried]:
    """Every host with every origin at every route, with its own method and others."""
    for host, origin, (path, method) in product(some_hosts or hosts(port), origins(port), ROUTES.items()):
        ours = host in hosts(port)[:2] and origin in (None, f"http://{host}")
        for each in (method, *methods):
            yield Tried(host, origin, each, path, ours, ask(port, each, path, host, origin))


def ask(port: int, method: str, path: str, host: str, origin: str | None = None, **headers: str) -> Answer:
    """One request with just these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        sent = {"Host": host, "Content-Type": "application/json", **headers} | ({"Origin": origin} if origin else {})
        if method in ("POST", "PUT"):
            sent["Content-Length"] = str(len(BODY))
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(BODY if method in ("POST", "PUT") else None)
        reply = connection.getresponse()
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


def let_in(each: Tried) -> bool:
    """Whether a stranger got more than a refusal, or anybody a header that opens the door to other origins."""
    opened = any(name.startswith("access-control-") for name in each.answer.headers)
    refused = each.answer.status in (400, 403, 421) and b"error" in each.answer.body + b"error" * (
        each.method == "HEAD"
    )
    return opened or (not each.ours and not refused)
