"""Connections belong to the event loop that made them: one session for each loop, closed with it."""

from __future__ import annotations

import asyncio
import atexit
import os
import time
import weakref
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp

from vermeil.llms._address import Access, encryption

_KEPT = 4.0  # seconds that an idle connection is kept: uvicorn, under most servers of one's own, closes it after 5
_LONGEST_HEADER = 64 * 1024
_SECONDS_AT_EXIT = 1.0


@dataclass
class Attempt:
    """What is known of one attempt, for the decision whether to make another.

    Args:
        fresh: a connection was made for it.
    """

    began: float = field(default_factory=time.monotonic)
    fresh: bool = False


@dataclass(frozen=True)
class Opening:
    """Makes sessions: no cookies, no netrc, no limit on connections, deadlines left to us.

    A request's `trace_request_ctx` is its `Attempt`.
    """

    access: Access
    proxy: str | None

    def __call__(self) -> aiohttp.ClientSession:
        """A session of the running loop."""
        safe = self.access.base_url.startswith("https") or (self.proxy or "").startswith("https")
        traces = aiohttp.TraceConfig()
        traces.on_connection_create_end.append(_note_connection)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT, ssl=encryption() if safe else True),
            headers={"User-Agent": "vermeil", "Accept": "*/*", "Accept-Encoding": "identity", **self.access.sent},
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            proxy=self.proxy,
            trace_configs=[traces],
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )


async def _note_connection(session: object, context: SimpleNamespace, parameters: object) -> None:
    context.trace_request_ctx.fresh = True


@dataclass
class _Open:
    session: aiohttp.ClientSession
    guard: AsyncGenerator[None, None]


class Sessions:
    """A session for each loop that asks for one.

    They are closed when the loop ends as `asyncio.run` ends it, when this object is dropped, and when the program ends.
    """

    def __init__(self, make: Callable[[], aiohttp.ClientSession]) -> None:
        self._make = make
        self._open: dict[asyncio.AbstractEventLoop, _Open] = {}
        # The finalizer holds them until it has run: a collected cycle would warn of sessions that nobody closed.
        weakref.finalize(self, _close, self._open).atexit = False
        _all.add(self)

    async def here(self) -> aiohttp.ClientSession:
        """The running loop's session."""
        loop = asyncio.get_running_loop()
        found = self._open.get(loop)
        if found is not None and not found.session.closed:
            return found.session
        for other in [other for other, held in self._open.items() if held.session.closed]:
            del self._open[other]
        session = self._make()
        guard = _closing(session)
        # A loop that shuts down closes its generators, and so does one whose generator is dropped anywhere.
        self._open[loop] = _Open(session, guard)
        await anext(guard)
        return session


async def _closing(session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await session.close()


_all: weakref.WeakSet[Sessions] = weakref.WeakSet()
_parents: list[object] = []


def _close(opened: dict[asyncio.AbstractEventLoop, _Open]) -> list[Future[None]]:
    return [
        asyncio.run_coroutine_threadsafe(held.session.close(), loop)
        for loop, held in opened.items()
        if loop.is_running()
    ]


def _close_all() -> None:
    wait([future for sessions in _all for future in _close(sessions._open)], timeout=_SECONDS_AT_EXIT)


def _leave_to_parent() -> None:
    # A forked child shares the sockets, and what its parent waits on: it must neither use nor close them.
    for sessions in _all:
        _parents.append(dict(sessions._open))
        sessions._open.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
