"""Clients that mean harm: too much, too slow, too deep, no HTTP at all. Each returns the status it got, 0 for none."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b"x" * 2**20

Attack = Callable[[int], int]


def large_body(port: int, megabytes: int = 200) -> int:
    """As large as it says."""
    return _sent(port, _stream(HEAD + b"Content-Length: %d\r\n\r\n" % (megabytes * 2**20), MEGABYTE, megabytes))


def endless_body(port: int, megabytes: int = 200) -> int:
    """It never says how large it is."""
    return _sent(
        port, _stream(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + MEGABYTE + b"\r\n", megabytes)
    )


def crumbs(port: int) -> int:
    """A body in chunks of one byte."""
    return _sent(port, _stream(CHUNKED, b"1\r\nx\r\n" * 10_000, 60))


def endless_head(port: int) -> int:
    """Headers without end."""
    return _sent(port, _stream(b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X-More: %b\r\n" % (b"x" * 1000), 10_000))


def nested(port: int) -> int:
    """JSON a hundred thousand lists deep."""
    return _posted(port, b'{"texts": ' + b"[" * 100_000)


def many_texts(port: int) -> int:
    """More texts than a body of that size should hold."""
    return _posted(port, b'{"texts": [' + b",".join([b'""'] * 300_000) + b"]}")


def broken_json(port: int) -> int:
    """Half of a surrogate pair, NaN, bytes that are no UTF-8, two roots."""
    bodies = b'{"text": "\\ud800"}', b'{"text": NaN}', b'{"text": "\xff\xfe"}', b'{"text": "a"}{"text": "b"}', b""
    return max(_posted(port, body) for body in bodies)


def no_http(port: int) -> int:
    """The hello of TLS, and a NUL byte in the request line."""
    return max(
        _sent(port, iter([hello])) for hello in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GET /\0 HTTP/1.1\r\n\r\n")
    )


def slow_head(port: int, seconds: float = 60.0) -> int:
    """Ten bytes of the head a second, as long as the server takes it."""
    return _sent(port, _slowly(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", seconds), seconds)


def slow_body(port: int, seconds: float = 60.0) -> int:
    """Ten bytes of the body a second."""
    return _sent(port, _slowly(HEAD + b"Content-Length: 1000\r\n\r\n", seconds), seconds)


def silent(port: int, seconds: float = 60.0) -> int:
    """Connects, and says nothing."""
    return _sent(port, iter([b""]), seconds)


def leaves_at_once(port: int) -> int:
    """Asks, and doesn't wait for the answer."""
    body = b'{"texts": ["' + b'", "'.join([b"Anna Berg left Lisbon. " * 40] * 32) + b'"]}'
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return 0


ATTACKS: tuple[Attack, ...] = (
    large_body, endless_body, crumbs, endless_head, nested, many_texts, broken_json, no_http, slow_head, slow_body,
    silent, leaves_at_once,
)  # fmt: skip


def _posted(port: int, body: bytes) -> int:
    return _sent(port, iter([HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body]))


def _stream(first: bytes, then: bytes, times: int) -> Iterator[bytes]:
    yield first
    for _ in range(times):
        yield then


def _slowly(first: bytes, seconds: float) -> Iterator[bytes]:
    yield first
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)
        yield b"x"


def _sent(port: int, parts: Iterator[bytes], seconds: float = 60.0) -> int:
    """The status that came back after all was sent, or as much as the server took."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
            with suppress(OSError):  # it would take no more; there may be an answer all the same
                for part in parts:
                    client.sendall(part)
            line = client.recv(4096).split(b"\r\n", 1)[0].split()
    except OSError:
        return 0
    return int(line[1]) if len(line) > 1 else 0
