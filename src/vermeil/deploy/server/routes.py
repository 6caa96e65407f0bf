"""The application: what is answered at which path."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp

from vermeil import __version__, students
from vermeil.deploy.predictor import predict_stream
from vermeil.deploy.server.guard import Guard
from vermeil.deploy.server.metrics import TYPE, Metrics
from vermeil.deploy.server.rounds import Label, Overloaded, Rounds, Spans
from vermeil.deploy.server.wire import REPLIES, Asked, Health, Most, Problem, Reply, SortedReply
from vermeil.deploy.serving import ServeSettings
from vermeil.errors import SettingsError
from vermeil.students.base import Student

_PAGE = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_SOON = {"Retry-After": "1"}
_log = logging.getLogger("vermeil.serve")
_GONE = 499  # nobody reads it: the client closed the connection; the counters show it
_TICK = 0.01  # seconds
_TURNS = 3  # of the event loop, until it has seen that a client left as soon as it had asked
_ASKED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": Asked.model_json_schema()}}}
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    413: {"model": Problem, "description": "Too large: the body, a text, or their number."},
    415: {"model": Problem, "description": "Not JSON."},
    422: {"model": Problem, "description": "Not one text or a list of texts."},
    503: {"model": Problem, "description": "Too much waits, or it stops; `Retry-After` says when to come back."},
}


class Application(NamedTuple):
    """The whole of it, guarded; its lifespan starts and stops the thread that labels."""

    asgi: ASGIApp
    rounds: Rounds


def application(model: Path | str | Student, settings: ServeSettings) -> Application:
    """The application that serves a model."""
    student, name = students.named(model) if isinstance(model, str | Path) else (model, "")
    label = _labeller(student)
    label(["Alice flew to Lima."])  # the first one is slow, and a model that cannot predict is found out now
    metrics = Metrics(name)
    rounds = Rounds(label, settings.waiting, metrics.round)
    metrics.watch(lambda: rounds.waiting)
    most = Most(texts=settings.texts, longest=settings.longest, body=settings.body)
    health = Health(
        status="ok", model=name, labels=list(student.labels), kind=student.kind, version=__version__, most=most
    )
    app = _empty(rounds)
    _add_predict(app, rounds, metrics, settings, REPLIES[student.kind])
    _add_state(app, rounds, metrics, health)
    for path, (file, kind) in _PAGE.items():
        app.add_api_route(path, _static(file, kind), methods=["GET", "HEAD"], include_in_schema=False)
    guard = Guard(app, settings, metrics, [*_PAGE, "/predict", "/health", "/metrics", "/openapi.json"])
    return Application(guard, rounds)


def _empty(rounds: Rounds) -> FastAPI:
    """An application without routes, whose errors are one line of JSON."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        rounds.start()
        try:
            yield
        finally:
            rounds.stop()
        while not rounds.ended:  # to join it would keep a second Ctrl-C waiting
            await asyncio.sleep(_TICK)

    # its own pages of documentation load scripts from elsewhere
    app = FastAPI(title="vermeil", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_exception_handler(StarletteHTTPException, _problem)
    app.add_exception_handler(Exception, _failure)
    return app


def _labeller(student: Student) -> Label:
    def label(texts: Sequence[str]) -> list[Spans]:
        return [example.labels for example in predict_stream(student, texts)]

    return label


def _add_predict(
    app: FastAPI, rounds: Rounds, metrics: Metrics, settings: ServeSettings, reply: type[Reply | SortedReply]
) -> None:
    @app.post("/predict", responses=_PROBLEMS, openapi_extra=_ASKED, response_model=reply)
    async def predict(request: Request) -> Reply | SortedReply:
        """Label one text, or in several: `{"text": "..."}` or `{"texts": ["...", ...]}`."""
        texts = _texts(request, await request.body(), settings)
        if not rounds.working:
            raise HTTPException(503, "no texts are labelled: the server starts, or stops", _SOON)
        found = await _labelled(request, rounds, texts)
        metrics.labelled(found)
        return reply.of(texts, found)


def _add_state(app: FastAPI, rounds: Rounds, metrics: Metrics, health: Health) -> None:
    @app.head("/health", include_in_schema=False)
    @app.get("/health", responses={503: {"model": Health}})
    async def state(response: Response) -> Health:
        """Whether texts are labelled, with which model, and the limits of a request."""
        if rounds.working:
            return health
        response.status_code = 503
        return health.model_copy(update={"status": "stopping"})

    @app.get("/metrics", response_class=Response)
    async def counters() -> Response:
        """Counters and times, for Prometheus."""
        return Response(metrics.page(), headers={"content-type": TYPE})


def _texts(request: Request, body: bytes, settings: ServeSettings) -> Sequence[str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"JSON was expected (Content-Type: application/json), got {kind or 'no type'!r:.100}")
    try:
        texts = Asked.read(body)
    except SettingsError as error:
        raise HTTPException(422, str(error)) from None
    if len(texts) > settings.texts:
        raise HTTPException(413, f"{len(texts):,} texts came, at most {settings.texts:,} are taken; send fewer at once")
    for number, text in enumerate(texts, 1):
        if len(text) > settings.longest:
            most = f"at most {settings.longest:,} are taken; cut it up"
            raise HTTPException(413, f"text {number} has {len(text):,} characters, {most}")
    return texts


async def _labelled(request: Request, rounds: Rounds, texts: Sequence[str]) -> list[Spans]:
    """The spans of the texts; a client that goes away, or a server that stops, gives up what was not begun."""
    gone = asyncio.ensure_future(request.receive())
    promise: Future[list[Spans]] | None = None
    try:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if gone.done():
            raise HTTPException(_GONE, "the client has gone")
        promise = rounds.submit(texts)
        found = asyncio.wrap_future(promise)
        await asyncio.wait((found, gone), return_when=asyncio.FIRST_COMPLETED)
        if found.done():
            return found.result()
        raise HTTPException(_GONE, "the client has gone")
    except Overloaded as busy:
        raise HTTPException(503, str(busy), {"Retry-After": str(busy.retry_after)}) from None
    except asyncio.CancelledError:
        raise HTTPException(503, "the server stops, and this was not done in time; ask again", _SOON) from None
    finally:
        gone.cancel()
        if promise is not None:
            promise.cancel()


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)


async def _failure(request: Request, error: Exception) -> Response:
    _log.error("a request to %s failed", request.url.path, exc_info=error)
    return JSONResponse({"error": "the server failed; its own output says why"}, 500)


def _static(file: str, kind: str) -> Callable[[], Awaitable[Response]]:
    content = files("vermeil.deploy.server").joinpath("page", file).read_bytes()

    async def static() -> Response:
        return Response(content, media_type=kind)

    return static
