"""What flows through the library: spans, examples, datasets.

Each is frozen and validated when made, so that no later code has to ask whether it is sound.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from os import PathLike
from typing import Literal

from vermeil.errors import DataError

GOLD = "gold"
"""The `source` of human labels; the source of silver ones is the name of the LLM that gave them."""

State = Literal["labels", "empty", "failed", "unlabelled"]
Kind = Literal["spans", "class", "classes"]
"""What the labels of a text are: stretches of it, the one class that it is in, or all classes that it is in."""

Found = Literal["given", "exact", "normalised", "fuzzy"]


def _check_characters(value: str, what: str) -> None:
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
        _check_characters(self.label, "the label of a span")


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
            _check_characters(voter, "the name of a voter")

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
        _check_characters(self.text, "the text of an example")
        _check_characters(self.id, "the id of an example")
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


@dataclass(frozen=True)
class Dataset:
    """Examples in order, under a name that reports and error messages use (the file's, as a rule)."""

    examples: tuple[Example, ...]
    name: str = ""

    def __post_init__(self) -> None:
        repeated = [name for name, count in Counter(e.id for e in self.examples if e.id).items() if count > 1]
        if repeated:
            where = self.name or "the dataset"
            raise DataError(f"{where}: the id {repeated[0]!r} occurs more than once; make ids unique")
        kinds = {example.kind for example in self.examples if example.labels}
        if len(kinds) > 1:
            raise DataError(f"{self.name or 'the dataset'} mixes labels of {' and '.join(sorted(kinds))}; part them")

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that occur, sorted."""
        return tuple(sorted({span.label for example in self for span in example.labels}))

    @property
    def kind(self) -> Kind:
        """What the labels of its examples are; where none has a label, what they would be."""
        return kind_of(self.examples)

    @property
    def teacher(self) -> str:
        """Who gave labels that people did not give, the first of them; empty where people gave all."""
        return next((e.source for e in self if e.labels and e.source != GOLD), "")

    @property
    def texts(self) -> tuple[str, ...]:
        """Just the texts."""
        return tuple(example.text for example in self)

    @property
    def trainable(self) -> Dataset:
        """What a student may learn from: labelled or truly empty examples, none that failed or that nobody labelled."""
        return replace(self, examples=tuple(e for e in self if e.state in ("labels", "empty")))

    @cached_property
    def sha256(self) -> str:
        """A fingerprint of texts, tokens, labels and states; names, ids and votes don't count."""
        digest = hashlib.sha256()
        for example in self:
            digest.update(example.fingerprint)
        return digest.hexdigest()

    def split(self, *shares: float, seed: int) -> tuple[Dataset, ...]:
        """Shuffle once, then cut into parts of the given shares of the examples.

        Raises:
            DataError: a share is not positive, or they sum to more than 1.
        """
        if not (all(share > 0 for share in shares) and sum(shares) <= 1 + 1e-9):  # so that NaN is refused too
            raise DataError(f"shares of a split are positive and sum to at most 1, got {', '.join(map(str, shares))}")
        order = list(self.examples)
        random.Random(seed).shuffle(order)
        cuts = [round(sum(shares[:i]) * len(order)) for i in range(len(shares) + 1)]
        return tuple(
            Dataset(tuple(order[a:b]), f"{self.name} part {i + 1}".strip()) for i, (a, b) in enumerate(pairwise(cuts))
        )

    def sample(self, size: int, seed: int) -> Dataset:
        """`size` examples at random; of one seed, the smaller sample is always part of the larger one.

        Raises:
            DataError: there are fewer than `size` examples.
        """
        if not 0 <= size <= len(self):
            raise DataError(f"{self.name or 'the dataset'} has {len(self)} examples, {size} were asked for")
        order = list(self.examples)
        random.Random(seed).shuffle(order)
        return replace(self, examples=tuple(order[:size]))


def unlabelled(texts: Sequence[str], name: str = "") -> Dataset:
    """Texts that nobody has labelled yet, as a dataset.

    Raises:
        DataError: it is one string, and no list of texts.
    """
    return Dataset(tuple(as_examples(texts)), name)


def as_examples(texts: Iterable[str | Example]) -> Iterator[Example]:
    """Each text as an example that nobody has labelled yet; examples as they are.

    Raises:
        DataError: it is one string, whose characters would each be a text.
    """
    if isinstance(texts, str | PathLike):
        raise DataError(
            f"texts were expected, got the one string {str(texts)[:40]!r}; give a list, or vermeil.read_texts(FILE)"
        )
    return (Example(text, source="") if isinstance(text, str) else text for text in texts)
