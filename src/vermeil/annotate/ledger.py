"""What was handed to an LLM, how it ended, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["sent", "got", "failed", "unknown", "unasked"]
"""Under way; answered; given up; left over by a run that was killed: it may have been paid for, and nobody knows;
not asked at all, since the run was stopped."""

STOPPED, SPENT = "the run was stopped before this was asked", "the budget was spent before this was asked"
"""The reasons of those that were never asked; asked once before, their reason ends in "again"."""


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
        unasked: questions that waited for their turn when a run was stopped; none of the attempts.
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
    unasked: int = 0

    @property
    def attempts(self) -> int:
        """All that were asked."""
        return self.sent + self.got + self.failed + self.unknown

    def __str__(self) -> str:
        counts = {"answered": self.got, "failed": self.failed, "unknown": self.unknown, "under way": self.sent}
        ends = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "answered")
        tokens = f"; {self.tokens_in:,} tokens in, {self.tokens_out:,} out" if self.tokens_in or self.tokens_out else ""
        unasked = f"; {self.unasked:,} not asked: the run was stopped" if self.unasked else ""
        return f"{self.attempts:,} asked: {ends}{tokens}{unasked}"
