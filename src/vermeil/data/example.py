"""A text with its labels, who gave them, and what is known of those that are not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Literal

from vermeil.data.span import Lost, Span, Vote, check_characters
from vermeil.errors import DataError

GOLD = "gold"
"""The `source` of human labels; the source of silver ones is the name of the LLM that gave them."""

State = Literal["labels", "empty", "failed", "unlabelled"]
Kind = Literal["spans", "class", "classes"]
"""What the labels of a text are: stretches of it, the one class that it is in, or all classes that it is in."""


@dataclass(frozen=True)
class Example:
    """A text with its labels and where they came from.

    Args:
        labels: spans in order of their start; they never overlap. A class is a span of the whole text (see `whole`).
        tokens: the data's own tokens as (start, end) in `text`, where it came tokenised.
        document: name of the document that the text is part of; sentences of one document are not independent.
        source: `GOLD`, the name of the LLM, or "" while nobody has labelled the text.
        lost: labels that were given but could not be placed; in gold they count as missed.
        failed: why there are no labels (an unreadable answer, a refusal); never trained on.
        votes: every span that one of several voters named, also those that did not become labels.
        kind: what the labels are; a text of the kind "class" has one at most.
    """

    text: str
    labels: tuple[Span, ...] = ()
    id: str = ""
    tokens: tuple[tuple[int, int], ...] | None = None
    document: str = ""
    source: str = GOLD
    lost: tuple[Lost, ...] = ()
    failed: str = ""
    votes: tuple[Vote, ...] = ()
    kind: Kind = "spans"

    def __post_init__(self) -> None:
        check_characters(self.text, "the text of an example")
        check_characters(self.id, "the id of an example")
        if self.labels and (self.failed or not self.source):
            raise DataError(f"{self.where} has labels but is {self.state}; labels need a source and no failure")
        object.__setattr__(self, "labels", tuple(sorted(self.labels)))
        for span in self.labels:
            if span.end > len(self.text):
                raise DataError(f"{self.where}: the {span.label} span [{span.start}, {span.end}) ends outside the text")
        if self.kind == "spans":
            self._check_spans()
        else:
            self._check_classes()
        self._check_tokens()
        if self.votes:
            self._check_votes()

    def _check_spans(self) -> None:
        for left, right in pairwise(self.labels):
            if right.start < left.end:
                raise DataError(
                    f"{self.where}: spans overlap: {left.label} [{left.start}, {left.end}) and "
                    f"{right.label} [{right.start}, {right.end}); keep one of them"
                )

    def _check_classes(self) -> None:
        if parts := [span for span in self.labels if (span.start, span.end) != (0, len(self.text))]:
            raise DataError(f"{self.where}: {parts[0].label} is the label of a part; a class is one of the whole text")
        if repeated := [left.label for left, right in pairwise(self.labels) if left == right]:
            raise DataError(f"{self.where} has the class {repeated[0]!r} twice; give each once")
        if self.labels and not self.text.strip():
            raise DataError(
                f"{self.where}: a blank text is in no class, and cannot be {self.classes[0]!r}; leave it out"
            )
        if self.kind == "class" and len(self.labels) > 1:
            raise DataError(
                f"{self.where} has the classes {', '.join(self.classes)}, where a text has one; keep one of them, "
                "or let texts have several"
            )

    def _check_votes(self) -> None:
        object.__setattr__(self, "votes", tuple(sorted(self.votes, key=attrgetter("start", "end", "label"))))
        if outside := [vote for vote in self.votes if vote.end > len(self.text)]:
            raise DataError(f"{self.where}: the vote for {outside[0].place} ends outside the text")
        if self.kind != "spans" and (parts := [v for v in self.votes if (v.start, v.end) != (0, len(self.text))]):
            raise DataError(
                f"{self.where}: the vote for {parts[0].place} is for a part; a class is one of the whole text"
            )
        for left, right in pairwise(self.votes):
            if left.place == right.place:
                raise DataError(f"{self.where} has two votes for {left.place}; make them one, with all their voters")

    def _check_tokens(self) -> None:
        end = 0
        for start, stop in self.tokens or ():
            if not end <= start < stop <= len(self.text):
                raise DataError(f"{self.where}: the token [{start}, {stop}) is out of order or outside the text")
            end = stop

    @property
    def where(self) -> str:
        """How error messages call this example."""
        return f"example {self.id!r}" if self.id else f"the example {self.text[:40]!r}"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its labels, in order: of a text that is labelled as a whole, its classes."""
        return tuple(span.label for span in self.labels)

    @property
    def fingerprint(self) -> bytes:
        """Text, tokens, labels and state, for hashing; names, ids and votes don't count."""
        spans = [[s.start, s.end, s.label, s.score] for s in self.labels]
        kind = [] if self.kind == "spans" else [self.kind]
        return json.dumps([self.text, self.tokens, spans, self.source, self.failed, len(self.lost), *kind]).encode()

    @property
    def state(self) -> State:
        """labels; empty (read, and there are none); failed (never trained on); unlabelled (nobody has looked)."""
        if self.failed:
            return "failed"
        if not self.source:
            return "unlabelled"
        return "labels" if self.labels else "empty"


def whole(text: str, label: str, score: float | None = None) -> Span:
    """A class of a text, as the span of all its characters.

    Raises:
        DataError: the text is empty or blank: it is in no class.
    """
    if not text.strip():
        raise DataError(
            f"{'a blank' if text else 'an empty'} text is in no class, and cannot be {label!r}; leave it out"
        )
    return Span(0, len(text), label, score=score)


def kind_of(examples: Sequence[Example]) -> Kind:
    """What the labels of the examples are; where none has a label, what they would be."""
    return next((each.kind for each in examples if each.labels), examples[0].kind if examples else "spans")
