"""A labelled stretch of a text, what voters named, and labels that found no place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vermeil.errors import DataError

Found = Literal["given", "exact", "normalised", "fuzzy"]


def check_characters(value: str, what: str) -> None:
    """Refuse half of a surrogate pair, which JSON can spell but no file or tokenizer can hold."""
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        half = value[error.start]
        raise DataError(f"{what} holds {half!r}, half of a character, at {error.start}; put the text right") from None


@dataclass(frozen=True, order=True)
class Span:
    """A labelled stretch of text: `text[start:end]`, end exclusive, in Unicode code points.

    Two spans are equal when start, end and label are; how a span was found and how sure its source
    was travel with it, but don't count.

    Args:
        found: how the span got its place; "given" when its source gave offsets or tags.
        score: confidence or share of votes in [0, 1], None where the source gave none.
    """

    start: int
    end: int
    label: str
    found: Found = field(default="given", compare=False)
    score: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise DataError(f"a span needs 0 <= start < end, got start={self.start}, end={self.end}")
        if not self.label:
            raise DataError(f"the span [{self.start}, {self.end}) has an empty label; give it a name such as PER")
        if self.score is not None and not 0 <= self.score <= 1:
            raise DataError(f"the score of a label lies in [0, 1], got {self.score}")
        check_characters(self.label, "the label of a span")


@dataclass(frozen=True)
class Vote:
    """A stretch of text that somebody named, and who did; it need not have become a label.

    Args:
        voters: the names of those who gave this very span this label.
        score: their share of all who answered, each by its weight; None where that isn't known.
    """

    start: int
    end: int
    label: str
    voters: tuple[str, ...]
    score: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.voters, str) or not all(self.voters) or not 0 < len(self.voters) == len(set(self.voters)):
            raise DataError(f"the vote for {self.place} names each of its voters once, got {self.voters!r:.80}")
        _ = self.span  # what makes a span unsound makes a vote so
        for voter in self.voters:
            check_characters(voter, "the name of a voter")

    @property
    def span(self) -> Span:
        """What they named."""
        return Span(self.start, self.end, self.label, score=self.score)

    @property
    def place(self) -> str:
        """How error messages call it."""
        return f"{self.label} [{self.start}, {self.end})"


@dataclass(frozen=True)
class Lost:
    """A label that could not be used: the words it came with, its label, and why."""

    text: str
    label: str
    reason: str
