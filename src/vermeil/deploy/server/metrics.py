"""What a server counts, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from vermeil import __version__
from vermeil.data import Span
from vermeil.deploy.server.rounds import Round

TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counters of one application; two in one process do not share them."""

    def __init__(self, model: str) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("vermeil", "The model that is served.", registry=registry).info({"model": model, "version": __version__})
        self._waiting = Gauge("vermeil_waiting_characters", "Characters that wait to be labelled.", registry=registry)
        self._requests = Counter("vermeil_requests", "Answers sent.", ["route", "status"], registry=registry)
        self._seconds = Histogram(
            "vermeil_request_seconds", "From the head of a request to its answer.", ["route"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._texts = Counter("vermeil_texts", "Texts labelled.", registry=registry)
        self._names = Counter("vermeil_names", "Names found, or classes given.", ["label"], registry=registry)
        self._round_texts = Histogram(
            "vermeil_round_texts", "Texts labelled together.", buckets=_TEXTS, registry=registry
        )
        self._round_seconds = Histogram(
            "vermeil_round_seconds", "Time to label them.", buckets=_SECONDS, registry=registry
        )

    def watch(self, waiting: Callable[[], int]) -> None:
        """Ask for the characters that wait whenever the counters are read."""
        self._waiting.set_function(waiting)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request ended."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def labelled(self, found: Sequence[Sequence[Span]]) -> None:
        """A request's texts got their spans."""
        self._texts.inc(len(found))
        for spans in found:
            for span in spans:
                self._names.labels(span.label).inc()

    def round(self, done: Round) -> None:
        """A round ended."""
        self._round_texts.observe(done.texts)
        self._round_seconds.observe(done.seconds)

    def page(self) -> bytes:
        """All of them, as text."""
        return generate_latest(self._registry)
