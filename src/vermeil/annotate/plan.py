"""What a run would ask and cost, without asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from vermeil.annotate.budget import Prices
from vermeil.annotate.reading import read
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.data import Example
from vermeil.llms.base import LLM
from vermeil.tasks.base import Task

_BYTES_PER_TOKEN = 4.0  # of UTF-8; English text and JSON have about 4, other scripts 2 to 4
_MOST_MEASURED = 500  # stored answers that an estimate is drawn from


@dataclass(frozen=True)
class Plan:
    """What `annotate` would do now.

    Args:
        answered: distinct texts whose answer is stored and would not be asked for again.
        calls: distinct texts that would be asked for; attempts after a failure come on top.
        tokens_in: an estimate, as is `tokens_out`: see `measured`.
        measured: from how many stored answers the estimate was drawn. With 0, a token is taken to be 4 bytes of
            UTF-8, and an answer to be as long as its text.
        price: of the calls; None where no prices were given.
    """

    texts: int
    distinct: int
    answered: int
    calls: int
    tokens_in: int
    tokens_out: int
    measured: int
    price: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        basis = f"measured on {self.measured:,} answers" if self.measured else "a rough guess"
        price = "" if self.price is None else f", price {self.price:,.2f}"
        return (
            f"{self.texts:,} texts, {self.distinct:,} distinct, {self.answered:,} answered before: {self.calls:,} "
            f"calls, about {self.tokens_in:,} tokens in and {self.tokens_out:,} out ({basis}){price}"
        )


def plan(
    texts: Iterable[str | Example],
    task: Task,
    llm: LLM,
    store: AnswerStore,
    prices: Prices | None = None,
    *,
    retry_failed: bool = True,
) -> Plan:
    """Count the calls that `annotate` would make, and estimate their tokens."""
    everything = [text if isinstance(text, str) else text.text for text in texts]
    distinct = list(dict.fromkeys(everything))
    measured = _Sizes()
    to_ask = _Sizes()
    answered = 0
    for text in distinct:
        prompt = task.prompt(text)
        asked, said = _bytes(prompt.text + prompt.schema), _bytes(text)
        stored = store.get(answer_key(llm.settings, prompt))
        reading = read(task, llm, text, stored.body, stored.form) if stored else None
        if reading is None or (reading.again and retry_failed):
            to_ask.add(asked, said)
        else:
            answered += 1
        if reading and reading.tokens_in and reading.tokens_out and measured.texts < _MOST_MEASURED:
            measured.add(asked, said, reading.tokens_in, reading.tokens_out)
    tokens_in, tokens_out = to_ask.estimate(measured)
    price = (tokens_in * prices.tokens_in + tokens_out * prices.tokens_out) / 1e6 if prices else None
    return Plan(len(everything), len(distinct), answered, to_ask.texts, tokens_in, tokens_out, measured.texts, price)


class _Sizes:
    """Sums over texts: bytes of prompts and texts, and the tokens that they came to."""

    def __init__(self) -> None:
        self.texts = self.prompt_bytes = self.text_bytes = self.tokens_in = self.tokens_out = 0

    def add(self, prompt_bytes: int, text_bytes: int, tokens_in: int = 0, tokens_out: int = 0) -> None:
        self.texts += 1
        self.prompt_bytes += prompt_bytes
        self.text_bytes += text_bytes
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out

    def estimate(self, measured: _Sizes) -> tuple[int, int]:
        """Tokens in and out of these texts, by the ratios of the measured ones."""
        if not measured.texts:
            return round(self.prompt_bytes / _BYTES_PER_TOKEN), round(self.text_bytes / _BYTES_PER_TOKEN)
        tokens_in = self.prompt_bytes * measured.tokens_in / max(1, measured.prompt_bytes)
        return round(tokens_in), round(self.texts * measured.tokens_out / measured.texts)


def _bytes(text: str) -> int:
    return len(text.encode())
