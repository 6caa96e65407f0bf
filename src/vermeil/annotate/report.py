"""What happened to every text: nothing is dropped without being counted here."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vermeil.annotate.reading import Reading
from vermeil.counted import many
from vermeil.data import Example

_SHOWN = 3  # examples kept for each reason


@dataclass(frozen=True)
class Reason:
    """How often something happened, and the first few cases of it."""

    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Spent:
    """What the run's calls came to.

    Args:
        calls: attempts that were answered.
        tokens_in: paid for in this run, as far as the servers said; of failed attempts too.
        cost: in the currency of the prices; None without them.
        unknown: attempts that broke off, and may have been paid for.
        seconds: from the first question to the last answer.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    unknown: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        rate = f" in {self.seconds:,.1f} s ({self.calls / self.seconds:,.1f} a second)" if self.seconds else ""
        cost = "" if self.cost is None else f", cost {self.cost:,.2f}"
        unknown = f"; {many(self.unknown, 'attempt')} broke off and may have been paid for" if self.unknown else ""
        return f"{many(self.calls, 'call')}{rate}, {self.tokens_in:,} tokens in, {self.tokens_out:,} out{cost}{unknown}"


@dataclass(frozen=True)
class AnnotationReport:
    """Counts of one run. Those of answers are per distinct text, those of labels per text, repeated ones too.

    Args:
        from_store: distinct texts that were answered before this run.
        asked: distinct texts that an LLM was asked for in this run.
        labels: how many of each label.
        empty: texts in which the LLM found nothing.
        unasked: texts that have no answer, since the run asked no more.
        failed: texts without labels, by reason.
        lost: labels that could not be used, by reason.
        found: how labels got their place.
        repaired: malformed answers that were read all the same, by what was wrong with them.
        cut: answers that the server ended at its length limit.
        stopped: why the run asked no more, "" if it asked all.
        agreement: between voters, where there were several.
        against_gold: how good the labels are on texts that gold has too.
        silver_sha256: that of the labelled texts as a `Dataset`.
        parts: further paragraphs of the report for people.
    """

    texts: int = 0
    distinct: int = 0
    from_store: int = 0
    asked: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0
    unasked: int = 0
    failed: Mapping[str, Reason] = field(default_factory=dict)
    lost: Mapping[str, Reason] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    cut: int = 0
    stopped: str = ""
    budget_spent: bool = False
    spent: Spent = Spent()
    agreement: Mapping[str, Any] | None = None
    against_gold: Mapping[str, Any] | None = None
    texts_sha256: str = ""
    silver_sha256: str = ""
    parts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: value for name, value in asdict(self).items() if name != "parts"}

    def __str__(self) -> str:
        before = f" ({self.from_store:,} answered before)" if self.from_store else ""
        head = f"{many(self.texts, 'text')}{before}, {many(sum(self.labels.values()), 'label')}, {self.empty:,} empty"
        by_label = ", ".join(f"{label} {count:,}" for label, count in self.labels.items())
        lines = [by_label] if len(self.labels) > 1 else []
        lines += [f"{many(reason.count, 'label')} lost: {why}" for why, reason in self.lost.items()]
        lines += [f"{many(reason.count, 'text')} failed: {why}" for why, reason in self.failed.items()]
        lines += [f"{many(count, 'answer')} repaired: {how}" for how, count in self.repaired.items()]
        lines += [f"{many(self.cut, 'answer')} cut off"] if self.cut else []
        lines += [f"{many(self.unasked, 'text')} not asked for: {self.stopped}"] if self.unasked else []
        lines += [str(self.spent)] if self.spent.calls or self.spent.unknown else []
        return "\n  ".join([head, *lines, *self.parts])


class Tally:
    """Counts texts as they are done; its size doesn't depend on how many they are."""

    def __init__(self) -> None:
        self._texts: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._repaired: Counter[str] = Counter()
        self._failed = _Reasons()
        self._lost = _Reasons()
        self._text_digest = hashlib.sha256()
        self._silver_digest = hashlib.sha256()

    def add(self, example: Example, reading: Reading, first: bool) -> None:
        """Count one text; `first` if it is the first one of its words."""
        self._text_digest.update(example.text.encode() + b"\0")
        self._silver_digest.update(example.fingerprint)
        self._texts["texts"] += 1
        self._texts[example.state] += 1
        self._labels.update(span.label for span in example.labels)
        self._found.update(span.found for span in example.labels)
        if example.failed:
            self._failed.add(_kind(example.failed), example.text)
        for lost in example.lost:
            self._lost.add(lost.reason, f"{lost.text} ({lost.label})")
        if first:
            self._texts["distinct"] += 1
            self._texts["stored" if reading.stored else "asked"] += reading.asked
            self._texts["cut"] += reading.cut
            self._repaired.update([reading.repaired] if reading.repaired else ())

    def report(self, **more: Any) -> AnnotationReport:  # noqa: ANN401 - the report's other fields
        """All counts so far."""
        texts = self._texts
        return AnnotationReport(
            texts=texts["texts"],
            distinct=texts["distinct"],
            from_store=texts["stored"],
            asked=texts["asked"],
            labels=_sorted(self._labels),
            empty=texts["empty"],
            unasked=texts["unlabelled"],
            failed=self._failed.all(),
            lost=self._lost.all(),
            found=_sorted(self._found),
            repaired=_sorted(self._repaired),
            cut=texts["cut"],
            texts_sha256=self._text_digest.hexdigest(),
            silver_sha256=self._silver_digest.hexdigest(),
            **more,
        )


class _Reasons:
    """Counts by reason, with the first few cases of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, why: str, case: str) -> None:
        self._counts[why] += 1
        shown = self._examples.setdefault(why, [])
        if len(shown) < _SHOWN:
            shown.append(case)

    def all(self) -> dict[str, Reason]:
        return {why: Reason(count, tuple(self._examples[why])) for why, count in self._counts.most_common()}


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())


def _kind(reason: str) -> str:
    """The reason without what differs from text to text: quoted words and numbers."""
    return re.sub(r"\d+", "N", re.sub(r"(?<!\w)(['\"]).*?\1(?!\w)", "…", reason))
