"""A server with a small student, in a thread, and what it answers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("prometheus_client")

import vermeil as vm
from vermeil.data import Example, Span
from vermeil.students.base import Student


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.text)


class Served:
    """A server and its address."""

    def __init__(self, address: str) -> None:
        self.address, self.port = address, int(address.rpartition(":")[2])

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return Answer(reply.status, {n.lower(): v for n, v in reply.getheaders()}, reply.read().decode())
        finally:
            connection.close()

    def predict(self, asked: object) -> Answer:
        return self.ask("POST", "/predict", json.dumps(asked).encode(), content_type="application/json")


def finder(**labels: str) -> Student:
    """A student that finds just these words."""
    learner = vm.student("memorizer", sorted(set(labels.values())))
    learner.learn([Example(word, (Span(0, len(word), label),)) for word, label in labels.items()])
    return learner


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with vm.serving(finder(Ada="PER", Oslo="LOC")) as address:
        yield Served(address)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serve a student (or what finds Ada) with other settings, until the end of the test."""
    with ExitStack() as stack:

        def begin(student: Student | None = None, **settings: Any) -> Served:  # noqa: ANN401
            chosen = vm.ServeSettings(port=0, **settings)
            return Served(stack.enter_context(vm.serving(student or finder(Ada="PER"), chosen)))

        yield begin
