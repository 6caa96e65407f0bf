"""What was handed to an LLM, how it ended, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vermeil.annotate._database import Database
from vermeil.annotate._parts import iso

State = Literal["sent", "got", "failed", "unknown"]
"""Under way; answered; given up; left over by a run that was killed: it may have been paid for, and nobody knows."""

STATES: tuple[State, ...] = ("sent", "got", "failed", "unknown")

_WORDS_SHOWN = 20


@dataclass(frozen=True)
class Attempt:
    """One question that was handed to an LLM, with all the calls that it took.

    Args:
        words: the first of the text, "" where they are not known.
        reason: why it failed.
        tries: the calls that it took, 0 where nobody counted.
        sent: UTC, ISO 8601, as is `ended`, which is "" while nothing is known of the end.
    """

    id: int
    key: str
    llm: str
    words: str
    state: State
    reason: str
    tries: int
    tokens_in: int
    tokens_out: int
    sent: str
    ended: str


@dataclass(frozen=True)
class Ledger:
    """Attempts by how they ended, over all runs of a store, and the tokens that their answers cost.

    Args:
        by_llm: attempts of each LLM by state.
        unknown_words: how the texts begin whose attempts are unknown, the first few.
    """

    sent: int = 0
    got: int = 0
    failed: int = 0
    unknown: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    by_llm: Mapping[str, Mapping[State, int]] = field(default_factory=dict)
    unknown_words: tuple[str, ...] = ()

    @property
    def attempts(self) -> int:
        """All of them."""
        return self.sent + self.got + self.failed + self.unknown

    def __str__(self) -> str:
        counts = {"answered": self.got, "failed": self.failed, "unknown": self.unknown, "under way": self.sent}
        ends = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "answered")
        tokens = f"; {self.tokens_in:,} tokens in, {self.tokens_out:,} out" if self.tokens_in or self.tokens_out else ""
        return f"{self.attempts:,} asked: {ends}{tokens}"


def read_ledger(database: Database) -> Ledger:
    """The sums over all attempts."""
    counts: Counter[State] = Counter()
    by_llm: dict[str, dict[State, int]] = {}
    tokens_in = tokens_out = 0
    for llm, state, count, of_in, of_out in database.all(
        """select name, state, count(*), sum(tokens_in), sum(tokens_out)
           from attempts join llms on llms.id = llm group by llm, state order by name, state"""
    ):
        counts[state] += count
        by_llm.setdefault(llm, {})[state] = count
        tokens_in, tokens_out = tokens_in + of_in, tokens_out + of_out
    left = database.all(f"{_ATTEMPTS} where state = 'unknown' order by attempts.id limit ?", _WORDS_SHOWN)
    words = tuple(row[3] for row in left if row[3])
    return Ledger(
        counts["sent"], counts["got"], counts["failed"], counts["unknown"], tokens_in, tokens_out, by_llm, words
    )


def read_attempts(database: Database, state: State | None = None) -> Iterator[Attempt]:
    """The attempts in this state, or all, in the order in which they were sent."""
    for row in database.all(f"{_ATTEMPTS} where state = coalesce(?, state) order by attempts.id", state):
        number, key, *middle, sent, ended = row
        yield Attempt(number, key.hex(), *middle, iso(sent), iso(ended))


# The words of a text that was answered later stand with the answer.
_ATTEMPTS = """select attempts.id, attempts.key, name,
        coalesce(nullif(words, ''), (select substr(text, 1, 40) from answers where answers.key = attempts.key), ''),
        state, reason, tries, tokens_in, tokens_out, sent, ended
    from attempts join llms on llms.id = llm"""
