"""uvicorn, held to account: patient with slow clients for a while only, and done in order when it is told to stop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import h11
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from vermeil.deploy.server.rounds import Rounds
from vermeil.deploy.server.routes import Application, application
from vermeil.deploy.serving import ServeSettings
from vermeil.errors import SettingsError, VermeilError

__all__ = ["application", "run", "running"]

_LONGEST_HEAD = 2**14
_READ = 2**13  # bytes read of a connection at once, so that a flood on one of them leaves time for the others
_SMALL, _MOST_SMALL = 64, 1024  # bytes, pieces: a body in smaller and more of them is an attack; each costs time


class _Stopping(Server):
    """Ends by itself after the first signal, with an exit code of 0; the second gives up what is under way."""

    def __init__(self, config: Config, rounds: Rounds, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._rounds, self._on_ready = rounds, on_ready
        self.given_up = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._rounds.broken

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        under_way = list(self.server_state.tasks)
        ending = asyncio.ensure_future(super().shutdown(sockets))
        while not (ending.done() or self.force_exit):  # not all that uvicorn waits for ends at a second signal
            await asyncio.wait((ending,), timeout=0.1)
        if ending.done():
            ending.result()
        self.given_up = sum(not task.done() or task.cancelling() > 0 for task in under_way)


def run(app: Application, listener: socket.socket, settings: ServeSettings, on_ready: Callable[[str], None]) -> int:
    """Answer requests until a signal comes; the main thread must have no event loop.

    Returns:
        How many requests were given up.

    Raises:
        SettingsError: it has one.
        VermeilError: the thread that labels has died.
    """
    if _loop_runs_here():
        raise SettingsError("an event loop runs here already (a notebook?); use `with vm.serving(model) as address:`")
    server = _server(app, settings, lambda: on_ready(_address(listener)))
    server.run([listener])
    if app.rounds.broken:
        raise VermeilError("the server ended, for the thread that labels has died; its own output says why")
    return server.given_up


@contextmanager
def running(app: Application, listener: socket.socket, settings: ServeSettings) -> Iterator[str]:
    """Answer requests in a thread; what is under way at the end of the block is finished."""
    ready = threading.Event()
    server = _server(app, settings, ready.set)
    thread = threading.Thread(target=server.run, args=([listener],), name="vermeil serve")
    thread.start()
    try:
        while not ready.wait(0.05):
            if not thread.is_alive():
                raise VermeilError("the server ended while it was starting; its own output says why")
        yield _address(listener)
    finally:
        server.should_exit = True
        thread.join()


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _server(app: Application, settings: ServeSettings, on_ready: Callable[[], None]) -> _Stopping:
    config = Config(
        app.asgi,
        http=_connection(settings),
        ws="none",
        lifespan="on",
        log_config=None,  # the program's own logging is left alone
        log_level="critical",  # what fails is logged where it fails; requests that are given up are no errors
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom a request says it comes from is not believed
        timeout_graceful_shutdown=max(1, round(settings.patience)),
        timeout_keep_alive=max(1, round(settings.patience)),
        backlog=128,
    )
    return _Stopping(config, app.rounds, on_ready)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # all addresses: no browser can go there
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _connection(settings: ServeSettings) -> type[H11Protocol]:
    """The protocol of a connection, with its limits: uvicorn makes one object of it for each."""
    return type("Connection", (_Connection,), {"patience": settings.patience, "most": settings.connections})


class _Counting(h11.Connection):
    """Knows how many small pieces the body of a request came in."""

    small = 0

    def next_event(self) -> Any:  # noqa: ANN401 - one of h11's events
        event = super().next_event()
        if isinstance(event, h11.Data):
            self.small += len(event.data) < _SMALL
        elif isinstance(event, h11.EndOfMessage):
            self.small = 0
        return event


class _Connection(asyncio.BufferedProtocol, H11Protocol):  # type: ignore[misc]
    """Closes a connection that sends no whole head, or takes no answer, in time; the guard times the body."""

    patience = 10.0
    most = 256
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401
        self.conn: _Counting = _Counting(h11.SERVER, _LONGEST_HEAD)
        self._buffer = bytearray(_READ)
        super().connection_made(transport)
        # asyncio does so only where a socket says that it is TCP; else the body of an answer waits 40 ms for its head
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > self.most:
            transport.abort()
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(memoryview(self._buffer)[:nbytes]))
        if self.conn.small > _MOST_SMALL:
            self.transport.abort()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._within(lambda: self.transport.abort())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._expect_request()

    def _expect_request(self) -> None:
        self._within(self._close_if_none_came)

    def _close_if_none_came(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()

    def _within(self, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self.patience, then)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
