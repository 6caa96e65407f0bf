"""A model behind HTTP: until Ctrl-C, for the length of a `with` block, or as an application for another ASGI server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from vermeil.errors import MissingExtra, SettingsError
from vermeil.settings import Settings
from vermeil.students.base import Student

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_PACKAGES = {"fastapi", "starlette", "uvicorn", "prometheus_client"}


class ServeSettings(Settings):
    """Where a server listens, and how much it takes.

    Args:
        host: the address to listen at; only this machine reaches the default.
        port: 0 takes any that is free.
        names: host names under which browsers and programs reach it, besides localhost and its own addresses.
        body: most bytes of a request.
        texts: most texts of a request.
        longest: most characters of a text.
        waiting: characters that may wait to be labelled; a request beyond them is told to come back later.
        patience: seconds for a client to send its request, and to take its answer; and, when the server is told to
            stop, for what is under way. To stop, they are rounded to whole seconds, at least one.
        connections: most that are open at once.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    names: tuple[str, ...] = ()
    body: int = Field(default=2**20, ge=1)
    texts: int = Field(default=64, ge=1)
    longest: int = Field(default=20_000, ge=1)
    waiting: int = Field(default=500_000, ge=1)
    patience: float = Field(default=10.0, gt=0)
    connections: int = Field(default=256, ge=1)


def serve(
    model: Path | str | Student,
    settings: ServeSettings | None = None,
    on_ready: Callable[[str], None] = lambda address: None,
) -> int:
    """Serve a model until Ctrl-C or SIGTERM; what is under way then is finished first, if it is in time.

    Args:
        model: a folder that was exported or trained, or the student that `load` made of it.
        on_ready: told the address, once requests are answered.

    Returns:
        How many requests were not, and were given up: `patience` was over, or a second signal came.

    Raises:
        ModelError: the folder is not a model that can be loaded safely.
        SettingsError: the address is taken or cannot be listened at, or an event loop runs here already (a notebook).
        MissingExtra: the extra `serve` is not installed.
        VermeilError: the thread that labels has died.
    """
    settings, server = settings or ServeSettings(), _server()
    with _listening(settings) as listener:
        given_up: int = server.run(server.application(model, settings), listener, settings, on_ready)
    return given_up


@contextmanager
def serving(model: Path | str | Student, settings: ServeSettings | None = None) -> Iterator[str]:
    """Serve a model from a thread for the length of the block, which gets the address: for notebooks and tests.

    Raises:
        ModelError, SettingsError, MissingExtra: as `serve`.
    """
    settings, server = settings or ServeSettings(port=0), _server()
    with (
        _listening(settings) as listener,
        server.running(server.application(model, settings), listener, settings) as address,
    ):
        yield address


def server_app(model: Path | str | Student, settings: ServeSettings | None = None) -> ASGIApp:
    """The application alone, for another ASGI server; its lifespan starts and stops the thread that labels.

    Of the settings, `host`, `port` and `connections` are that server's business.

    Raises:
        ModelError, MissingExtra: as `serve`.
    """
    app: ASGIApp = _server().application(model, settings or ServeSettings()).asgi
    return app


def _server() -> Any:  # noqa: ANN401 - a module that is imported only when it is needed
    try:
        return import_module("vermeil.deploy.server.running")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        raise MissingExtra("a server", "serve") from None


@contextmanager
def _listening(settings: ServeSettings) -> Iterator[socket.socket]:
    """The address is taken before the model is loaded: that fails sooner."""
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = found[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"cannot listen at {where} ({reason}); choose another port (0: any) or host") from None
    with listener:
        yield listener
