"""What happened to every text: nothing is dropped without being counted here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vermeil.annotate.reading import Reading
from vermeil.data import Dataset

_SHOWN = 3  # examples kept for each reason


@dataclass(frozen=True)
class Reason:
    """How often something happened, and the first few cases of it."""

    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class AnnotationReport:
    """Counts of one run. Those of answers are per distinct text, those of labels per text, repeated ones too.

    Args:
        from_store: distinct texts that were answered before this run.
        asked: distinct texts that the LLM was asked for in this run.
        labels: how many of each label.
        empty: texts in which the LLM found nothing.
        failed: texts without labels, by reason.
        lost: labels that could not be used, by reason.
        found: how labels got their place.
        repaired: malformed answers that were read all the same, by what was wrong with them.
        cut: answers that the server ended at its length limit.
        tokens_in: paid for in this run, as far as the server said.
    """

    texts: int = 0
    distinct: int = 0
    from_store: int = 0
    asked: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0
    failed: Mapping[str, Reason] = field(default_factory=dict)
    lost: Mapping[str, Reason] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    cut: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        before = f" ({self.from_store:,} answered before)" if self.from_store else ""
        head = f"{_many(self.texts, 'text')}{before}, {_many(sum(self.labels.values()), 'label')}, {self.empty:,} empty"
        lines = [f"{_many(reason.count, 'label')} lost: {why}" for why, reason in self.lost.items()]
        lines += [f"{_many(reason.count, 'text')} failed: {why}" for why, reason in self.failed.items()]
        lines += [f"{_many(count, 'answer')} repaired: {how}" for how, count in self.repaired.items()]
        lines += [f"{_many(self.cut, 'answer')} cut off"] if self.cut else []
        if self.tokens_in or self.tokens_out:
            lines.append(f"{self.tokens_in:,} tokens in, {self.tokens_out:,} out")
        return "\n  ".join([head, *lines])


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def report_on(labelled: Dataset, readings: Mapping[str, Reading]) -> AnnotationReport:
    """The report on a labelled dataset, given what became of each distinct text."""
    distinct = list(readings.values())
    paid = [reading for reading in distinct if not reading.stored]
    spans = [span for example in labelled for span in example.labels]
    return AnnotationReport(
        texts=len(labelled),
        distinct=len(distinct),
        from_store=len(distinct) - len(paid),
        asked=len(paid),
        labels=_counted(span.label for span in spans),
        empty=sum(example.state == "empty" for example in labelled),
        failed=_reasons((_kind(example.failed), example.text) for example in labelled if example.failed),
        lost=_reasons((lost.reason, f"{lost.text} ({lost.label})") for example in labelled for lost in example.lost),
        found=_counted(span.found for span in spans),
        repaired=_counted(reading.repaired for reading in distinct if reading.repaired),
        cut=sum(reading.cut for reading in distinct),
        tokens_in=sum(reading.tokens_in for reading in paid),
        tokens_out=sum(reading.tokens_out for reading in paid),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _reasons(cases: Iterable[tuple[str, str]]) -> dict[str, Reason]:
    counts: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for why, case in cases:
        counts[why] += 1
        shown = examples.setdefault(why, [])
        if len(shown) < _SHOWN:
            shown.append(case)
    return {why: Reason(count, tuple(examples[why])) for why, count in counts.most_common()}


def _kind(reason: str) -> str:
    """The reason without what differs from text to text: quoted words and numbers."""
    return re.sub(r"\d+", "N", re.sub(r"(?<!\w)(['\"]).*?\1(?!\w)", "…", reason))
