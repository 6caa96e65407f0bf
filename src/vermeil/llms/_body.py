"""The body of a reply, unpacked no further than its cap."""

from __future__ import annotations

import asyncio
import codecs
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp

from vermeil.errors import LLMBusy, LLMError

_EITHER = 32 + zlib.MAX_WBITS  # gzip or zlib, by its first bytes


async def pieces(response: aiohttp.ClientResponse, most: int, sender: str) -> AsyncIterator[bytes]:
    """The bytes as they come. We ask for plain ones; a gateway that packs them all the same is understood.

    Raises:
        LLMError: there are more than `most`.
        LLMBusy: they are packed in a way that can't be undone.
    """
    unpack = _unpacker(response.headers.get("Content-Encoding", "").strip().lower(), sender)
    left = most
    with _ending_with_its_connection(response):
        async for chunk in response.content.iter_any():
            try:
                piece = unpack.decompress(chunk, left + 1) if unpack else chunk
            except zlib.error:
                raise LLMBusy(f"{sender} sent a reply that says it is gzip and isn't") from None
            left -= len(piece)
            if left < 0:
                raise LLMError(f"the reply of {sender} is longer than {most:,} bytes")
            yield piece


async def whole(response: aiohttp.ClientResponse, most: int, sender: str) -> str:
    """All of it as text. JSON is UTF-8, whatever the header says; only what isn't gets the charset that it claims."""
    body = bytearray()
    async for piece in pieces(response, most, sender):
        body += piece
    for encoding in ("utf-8", response.charset or "utf-8"):
        try:
            return body.removeprefix(codecs.BOM_UTF8).decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def _unpacker(encoding: str, sender: str) -> zlib._Decompress | None:
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(_EITHER)
    raise LLMBusy(f"{sender} sent a reply packed as {encoding[:20]!r}, though it was asked for a plain one")


@contextmanager
def _ending_with_its_connection(response: aiohttp.ClientResponse) -> Iterator[None]:
    """See that reading ends when the connection does.

    aiohttp 3.14 closes a connection whose bytes it can't parse, but leaves the reader waiting if they come after the
    head of the reply.
    """
    protocol = response.connection.protocol if response.connection is not None else None
    closed = protocol.closed if protocol is not None else None  # by identity: one with nothing queued is "false"
    if closed is None:  # all of it is there
        yield
        return

    def tell(_: object) -> None:
        if not response.content.is_eof() and response.content.exception() is None:
            response.content.set_exception(aiohttp.ClientPayloadError("what it sent is not HTTP"))

    closed.add_done_callback(tell)
    try:
        yield
    finally:
        closed.remove_done_callback(tell)
        closed.remove_done_callback(_take_note)  # the connection may serve many replies; one note is enough
        closed.add_done_callback(_take_note)


def _take_note(closed: asyncio.Future[None]) -> None:
    """Look at how a connection ended, or asyncio complains that nobody did."""
    if not closed.cancelled():
        closed.exception()
