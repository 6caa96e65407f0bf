"""A cheap LLM server: it answers after a fixed delay, and counts the calls for each text.

It costs a few dozen microseconds of processor a call, so that what is measured is the client. Texts are those of
`texts.py`: the last line of a prompt that starts with `No. ` is the text that is asked about.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rate_limit import Limit
from texts import names_in

HEAD = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
TOKENS = 320
"""What each call costs, as the server says."""

GRAIN = 0.001
"""Seconds: answers that are due within so short a time are sent together."""


def for_vermeil(text: str) -> str:
    """The answer to vermeil's task for named entities."""
    return json.dumps({"entities": [{"text": name.text, "type": name.label} for name in names_in(text)]})


def _langextract(text: str) -> str:
    found = [{name.label: name.text, f"{name.label}_attributes": {}} for name in names_in(text)]
    return json.dumps({"extractions": found})


def _spacy(text: str) -> str:
    named = enumerate(names_in(text), start=1)
    return "\n".join(f"{number}. {name.text} | True | {name.label} | is the name of one" for number, name in named)


ANSWERS = {b"": for_vermeil, b"/langextract": _langextract, b"/spacy": _spacy, b"/distilabel": for_vermeil}
"""How each client wants its answers, by the first part of the path."""


def text_in(body: bytes) -> str:
    """The text that a request asks about: found without parsing, which is possible since no text needs escaping."""
    start = body.rfind(b"No. ")
    ends = [end for end in (body.find(b"\\n", start), body.find(b'"', start)) if end > 0]
    return body[start : min(ends)].decode()


@lru_cache(maxsize=100_000)
def completion(client: bytes, text: str, headers: bytes = b"") -> bytes:
    """The reply, as it goes over the wire."""
    message = {"role": "assistant", "content": ANSWERS[client](text)}
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": TOKENS - 20, "completion_tokens": 20, "total_tokens": TOKENS},
    }
    raw = json.dumps(body).encode()
    return HEAD % (200, b"OK", len(raw), headers) + raw


@dataclass
class Desk:
    """What all connections share: settings, and what was counted."""

    delay: float
    limit: Limit | None = None
    retry_after: bool = True
    stated: bool = False
    waiting: deque[tuple[float, Connection, bytes, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Count from 0."""
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self.replied = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.arrivals: list[float] = []
        self.refusals: list[float] = []

    def answer_later(self, connection: Connection, client: bytes, text: str) -> None:
        """Send the answer when the delay is over. One timer serves all, since all wait equally long."""
        loop = asyncio.get_running_loop()
        self.waiting.append((loop.time() + self.delay, connection, client, text))
        if len(self.waiting) == 1:
            loop.call_later(self.delay, self._answer_due)

    def _answer_due(self) -> None:
        loop = asyncio.get_running_loop()
        soon = loop.time() + GRAIN
        while self.waiting and self.waiting[0][0] <= soon:
            _, connection, client, text = self.waiting.popleft()
            self.in_flight -= 1
            self.replied += 1
            connection.send(completion(client, text, self.headers))
        if self.waiting:
            loop.call_at(self.waiting[0][0], self._answer_due)

    @property
    def headers(self) -> bytes:
        """What every reply says of the limit."""
        return self.limit.stated if self.limit and self.stated else b""

    def counts(self) -> dict[str, Any]:
        """What `GET /counts` says."""
        return {
            "calls": self.calls.total(),
            "texts": len(self.calls),
            "replied": self.replied,
            "refused": self.refused,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
        }


class Connection(asyncio.Protocol):
    """One connection: requests one after the other, as HTTP/1.1 keeps it open."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        unread = self._unread + data
        while (end := unread.find(b"\r\n\r\n")) >= 0:
            head = unread[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(unread) < end + 4 + length:
                break
            self._answer(head, unread[end + 4 : end + 4 + length])
            unread = unread[end + 4 + length :]
        self._unread = unread

    def _answer(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            self._send(200, self._look(path))
        elif path == b"/reset":
            self._desk.reset()
            self._send(200, {})
        else:
            self._complete(path.split(b"/v1/", 1)[0], body)

    def _look(self, path: bytes) -> Any:  # noqa: ANN401 - JSON
        desk = self._desk
        if path == b"/texts":
            return desk.calls
        if path == b"/times":
            return {"arrivals": desk.arrivals, "refusals": desk.refusals}
        return desk.counts()

    def _complete(self, client: bytes, body: bytes) -> None:
        desk = self._desk
        if desk.limit and (seconds := desk.limit.wait()):
            desk.refused += 1
            desk.refusals.append(time.monotonic())
            wish = b"Retry-After: %.3f\r\n" % seconds if desk.retry_after else b""
            self._send(
                429, {"error": {"message": "Rate limit reached for requests", "type": "requests"}}, wish + desk.headers
            )
            return
        text = text_in(body)
        desk.calls[text] += 1
        desk.arrivals.append(time.monotonic())
        desk.in_flight += 1
        desk.most_in_flight = max(desk.most_in_flight, desk.in_flight)
        desk.answer_later(self, client, text)

    def send(self, reply: bytes) -> None:
        """Write a whole reply."""
        self._transport.write(reply)

    def _send(self, status: int, body: Any, headers: bytes = b"") -> None:  # noqa: ANN401 - JSON
        raw = json.dumps(body).encode()
        reason = b"OK" if status == 200 else b"Too Many Requests"
        self.send(HEAD % (status, reason, len(raw), headers) + raw)


async def serve(desk: Desk) -> None:
    """Print the port, then answer for ever."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(desk), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--delay", type=float, default=0.05, help="seconds until an answer")
    options.add_argument("--limit", type=int, default=0, help="calls allowed in a window, 0 for no limit")
    options.add_argument("--window", type=float, default=60.0, help="seconds")
    options.add_argument("--fixed", action="store_true", help="the window starts anew; else it refills evenly")
    options.add_argument("--no-retry-after", action="store_true")
    options.add_argument("--stated", action="store_true", help="every reply says what is left of the limit")
    given = options.parse_args()
    limit = Limit(given.limit, given.window, given.fixed) if given.limit else None
    asyncio.run(serve(Desk(given.delay, limit, not given.no_retry_after, given.stated)))


if __name__ == "__main__":
    main()
