"""What a run would ask, what it would cost, and how long it would take."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from vermeil.annotate._seen import Seen
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.budget import Spending
from vermeil.annotate.estimate import Measured, Size
from vermeil.annotate.pieces import Piece
from vermeil.counted import many
from vermeil.data import Example
from vermeil.errors import DataError, LLMUnavailable
from vermeil.exchange import Prompt

_MOST_MEASURED = 500  # stored answers that an estimate is drawn from
_LONGEST_PROBE = 60.0  # seconds; then it makes do with what it has


@dataclass(frozen=True)
class Plan:
    """What `annotate` would do now.

    Args:
        answered: distinct texts whose answers are stored and would not be asked for again.
        calls: requests that would be made; attempts after a failure come on top, as do repairs and verification.
        tokens_in: an estimate, as is `tokens_out`: see `basis`.
        price: of the calls; None where no prices were given.
        seconds: at the least, if the server keeps up; None where nothing is known of how long an answer takes.
        basis: what the estimates were drawn from.
        probed: texts that were asked for this plan; their answers are kept.
        unreachable: why no text could be asked, "" if one could, or none was to be.
    """

    texts: int
    distinct: int
    answered: int
    calls: int
    tokens_in: int
    tokens_out: int
    price: float | None
    seconds: float | None
    basis: str
    probed: int = 0
    unreachable: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        price = "" if self.price is None else f", price {self.price:,.2f}"
        lines = [
            f"{many(self.texts, 'text')}, {self.distinct:,} distinct, {self.answered:,} answered before: "
            f"{many(self.calls, 'call')}, about {self.tokens_in:,} tokens in and {self.tokens_out:,} out "
            f"({self.basis}){price}"
        ]
        lines += [f"at least {_duration(self.seconds)}, if the server keeps up"] if self.seconds else []
        were, their = ("was", "its answer is") if self.probed == 1 else ("were", "their answers are")
        lines += [f"{many(self.probed, 'text')} {were} asked for this; {their} kept"] if self.probed else []
        lines += [f"no text could be asked: {self.unreachable}"] if self.unreachable else []
        return "\n  ".join(lines)


def plan(annotator: Annotator, texts: Iterable[str | Example], *, probe: int = 0) -> Plan:
    """Count the calls that `annotator.annotate(texts)` would make, and estimate tokens, price and time.

    The texts are gone through once, and not held in memory.

    Args:
        probe: texts at most that are really asked, drawn from all over the input, to measure tokens and seconds.
            Their answers are kept in the annotator's store: the run doesn't ask for them again.
    """
    survey = _Survey(annotator)
    asked: list[str] = []
    draw = random.Random(0)
    for open_texts, text in enumerate(survey.open_texts(texts), start=1):
        if len(asked) < probe:
            asked.append(text)
        elif probe and (place := draw.randrange(open_texts)) < probe:
            asked[place] = text
    seconds, unreachable = _probe(annotator, survey, asked)
    return survey.plan(seconds, unreachable)


def first_prompt(annotator: Annotator, texts: Iterable[str | Example]) -> Prompt:
    """What a run with no stored answers would ask first: about a text, a piece of it, or several texts at once."""
    method, kind = annotator.method, annotator.task.kind
    plain = (text if isinstance(text, str) else text.text for text in texts)
    pieces = (text[start:end] for text in plain for start, end in method.pieces(text, kind))
    shared = list(islice(pieces, method.texts_per_request))
    if not shared:
        raise DataError("all texts are blank, so that nothing is to be asked; give texts with words")
    return annotator.task.prompt_many(shared) if len(shared) > 1 else annotator.prompt(*shared)


class _Survey:
    """Goes through the texts, and counts what is to be asked and what is known."""

    def __init__(self, annotator: Annotator) -> None:
        self._annotator = annotator
        self._desk = annotator.desk()
        self._texts = self._distinct = self._answered = self.probed = 0
        self._open = [Size() for _ in annotator.llms]
        self._measured = Measured()
        self._stored = 0  # answers that were measured
        self._together = annotator.method.texts_per_request
        self._shared = _bytes(self._desk.prompt_many(("x",))) - 1 if self._together > 1 else 0

    def open_texts(self, texts: Iterable[str | Example]) -> Iterator[str]:
        """Distinct texts that would be asked for, counted as they are drawn."""
        seen = Seen()
        try:
            for example in texts:
                text = example if isinstance(example, str) else example.text
                self._texts += 1
                if not seen.first_time(text):
                    continue
                self._distinct += 1
                sizes = self._sizes(text, learn=True)
                for total, size in zip(self._open, sizes, strict=True):
                    total.add(size)
                if any(size.questions for size in sizes):
                    yield text
                else:
                    self._answered += bool(self._pieces(text))
        finally:
            seen.close()

    def probe(self, texts: list[str]) -> float | None:
        """Ask about these texts, and learn from it; the seconds that it took, None if there was no answer."""
        before = [self._sizes(text) for text in texts]
        began = time.monotonic()
        self._annotator.annotate(texts)
        seconds, spent = time.monotonic() - began, self._annotator.report.spent
        if not spent.calls:
            return None
        whole = Size()
        for sizes, text in zip(before, texts, strict=True):
            for total, was, still in zip(self._open, sizes, self._sizes(text), strict=True):
                whole.add(was)
                total.add(was, -1)
                total.add(still)
        self._measured.add(whole, spent.tokens_in, spent.tokens_out)
        self.probed += len(texts)
        return seconds

    def plan(self, seconds: float | None, unreachable: str) -> Plan:
        """All counts so far, with the estimates; `seconds` is how long one call takes."""
        calls = [math.ceil(size.questions / self._together) for size in self._open]
        tokens = [self._measured.tokens(size) for size in self._open]
        names = [llm.name for llm in self._annotator.llms]
        spending = Spending(None, self._annotator.prices, names)
        prices = [spending.price(name) for name in names]
        costs = [price.cost(*used) for price, used in zip(prices, tokens, strict=True) if price]
        times = [self._seconds(n, sum(used), seconds) for n, used in zip(calls, tokens, strict=True)]
        return Plan(
            texts=self._texts,
            distinct=self._distinct,
            answered=self._answered,
            calls=sum(calls),
            tokens_in=sum(used[0] for used in tokens),
            tokens_out=sum(used[1] for used in tokens),
            price=sum(costs) if costs else None,
            seconds=max((each for each in times if each is not None), default=None),
            basis=self._basis(),
            probed=self.probed,
            unreachable=unreachable,
        )

    def _basis(self) -> str:
        if not self._measured.questions:
            return "a rough guess"
        probed = [many(self.probed, "text")] if self.probed else []
        stored = [many(self._stored, "stored answer")] if self._stored else []
        return f"measured on {' and '.join(probed + stored)}"

    def _seconds(self, calls: int, tokens: int, seconds: float | None) -> float | None:
        limits = self._annotator.limits
        bounds = [] if seconds is None else [math.ceil(calls / limits.in_flight) * seconds]
        if limits.requests_per_minute:
            bounds.append(60 * calls / limits.requests_per_minute)
        if limits.tokens_per_minute:
            bounds.append(60 * tokens / limits.tokens_per_minute)
        return max(bounds, default=None)

    def _sizes(self, text: str, *, learn: bool = False) -> list[Size]:
        """What is to be asked about the text, for each LLM."""
        sizes = [Size() for _ in self._open]
        for start, end in self._pieces(text):
            piece = text[start:end]
            for voter, (llm, _) in enumerate(self._annotator.voters):
                size, known = self._question(piece, voter, learn)
                if not known:
                    sizes[llm].add(size)
        return sizes

    def _pieces(self, text: str) -> tuple[Piece, ...]:
        return self._annotator.method.pieces(text, self._annotator.task.kind)

    def _question(self, text: str, voter: int, learn: bool) -> tuple[Size, bool]:
        """How long the question is, and whether its answer is known."""
        desk = self._desk
        prompt = desk.prompt(text)
        known = desk.known(text, voter, desk.key(voter, prompt))
        size = Size(1, _bytes(prompt), len(text.encode("utf-8", "replace")))
        if learn and known and known.tokens_in and self._stored < _MOST_MEASURED:
            self._measured.add(size, known.tokens_in, known.tokens_out)
            self._stored += 1
        if self._together > 1:
            shared = desk.prompt_many((text,))
            known = known or desk.known(text, voter, desk.key(voter, shared))
            size.prompt_bytes = _bytes(shared) - self._shared + self._shared / self._together
        return size, known is not None


def _probe(annotator: Annotator, survey: _Survey, texts: list[str]) -> tuple[float | None, str]:
    """Seconds of one call, and why there was none."""
    together = annotator.method.texts_per_request
    began, took = time.monotonic(), []
    for start in range(0, len(texts), together):
        if time.monotonic() - began > _LONGEST_PROBE:
            break
        try:
            seconds = survey.probe(texts[start : start + together])
        except LLMUnavailable as error:
            return None, str(error)
        if seconds is not None:
            took.append(seconds)
    # The first one finds out what the server can do, and is no measure of the others.
    return (statistics.median(took[1:] or took), "") if took else (None, "")


def _bytes(prompt: Prompt) -> int:
    return len(prompt.text.encode("utf-8", "replace")) + len(prompt.schema.encode())


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
