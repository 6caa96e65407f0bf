"""A7: thousands of texts against a server that does everything wrong: each ends as its labels or as a named failure."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import machine
from faulty import SLOW, STOP_A_RUN, Faulty
from texts import LABELS, names_in, texts

import vermeil as vm
from fault_server import FAULTS
from proofs import Seen
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.errors import LLMUnavailable
from vermeil.exchange import Prompt
from vermeil.execute.loop import background_loop
from vermeil.llms import openai

DEADLINE = 2.0
KINDS = tuple(sorted(FAULTS))
QUICK_KINDS = tuple(kind for kind in KINDS if kind not in SLOW)


class TimedLLM(openai.LLM):
    """Knows how long its longest attempt took."""

    longest = 0.0

    async def ask(self, prompt: Prompt) -> str:
        """As the original."""
        began = time.monotonic()
        try:
            return await super().ask(prompt)
        finally:
            self.longest = max(self.longest, time.monotonic() - began)


def faults(count: int = 5000, share: float = 0.2, kinds: tuple[str, ...] = KINDS, in_flight: int = 64) -> Seen:
    """Annotate texts; where the server says that no call can succeed, run again, as a user would."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Faulty(share, kinds) as server:
        llm = TimedLLM("m", base_url=server.url, deadline=DEADLINE)
        patience = Patience(attempts=4, first_wait=0.05, longest_wait=5.5, hopeless=50)
        with (
            vm.AnswerStore(Path(folder) / "answers.db") as store,
            _unhandled() as unhandled,
            _Memory() as memory,
        ):
            annotator = vm.Annotator(vm.NER(LABELS), llm, store, Method(), limits=Limits(in_flight), patience=patience)
            silver, stops = _insist(annotator, count, 10 * count)
        met = server.met()
    states = Counter(example.state for example in silver)
    unnamed = sum(example.state == "failed" and not example.failed for example in silver) + states["unlabelled"]
    wrong = sum(_wrong(example) for example in silver)
    over = max(0.0, llm.longest - DEADLINE)
    calls, faulty = sum(met.values()), sum(met.values()) - met["none"]
    labelled = states["labels"] + states["empty"]
    figure = (
        f"{len(silver):,} texts, {calls:,} calls, {faulty:,} of them with one of {len(met) - 1} faults: "
        f"{labelled:,} labelled, {states['failed']:,} failed with a reason, {unnamed} without, {wrong} with labels "
        f"that are not theirs; {stops} stops, as for a wrong key, each gone on from; the longest attempt {over:.2f} s "
        f"over its deadline; memory +{memory.growth:.0f} MB; {len(unhandled)} unhandled exceptions; "
        f"{time.monotonic() - began:.0f} s"
    )
    counts = {
        "texts": len(silver),
        "unnamed": unnamed,
        "wrong": wrong,
        "over": over,
        "growth": memory.growth,
        "unhandled": len(unhandled),
        "kinds": len(met) - 1,
    }
    met_target = len(silver) == count and not (unnamed or wrong or unhandled) and over < 1 and memory.growth < 50
    return Seen(figure, met_target, counts)


def _insist(annotator: vm.Annotator, count: int, most: int) -> tuple[vm.Dataset, int]:
    """The labels, and how often the run stopped before it came to its end."""
    for stops in range(most):
        try:
            return annotator.annotate(list(texts(count))), stops
        except LLMUnavailable:
            continue
    raise AssertionError(f"it stopped {most} times and never came to an end")


def _wrong(example: vm.Example) -> bool:
    if example.state == "failed":
        return bool(example.labels)
    found = [(example.text[span.start : span.end], span.label) for span in example.labels]
    return found != [tuple(name) for name in names_in(example.text)]


@contextmanager
def _unhandled() -> Iterator[list[str]]:
    """What nobody caught: in threads, in the background loop, in finalizers."""
    found: list[str] = []
    loop, threads, finalizers = background_loop(), threading.excepthook, sys.unraisablehook
    loop.set_exception_handler(lambda loop, context: found.append(str(context)))
    threading.excepthook = lambda caught: found.append(repr(caught.exc_value))
    sys.unraisablehook = lambda caught: found.append(repr(caught.exc_value))
    try:
        yield found
    finally:
        loop.set_exception_handler(None)
        threading.excepthook, sys.unraisablehook = threads, finalizers


class _Memory:
    """How much this process grew, at most, in MB."""

    def __enter__(self) -> _Memory:
        self._over = threading.Event()
        self._first = self._most = machine.resident_mb()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        return self._most - self._first

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._most = max(self._most, machine.resident_mb())


__all__ = ["KINDS", "QUICK_KINDS", "STOP_A_RUN", "faults"]
