"""How far several voters agree, counted while their answers come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from vermeil.annotate.reading import Reading
from vermeil.data import Kind
from vermeil.evaluate.counts import Counts, ratio
from vermeil.evaluate.figures import FIGURES

_SHOWN = 6  # pairs of voters that are listed; of more, the nearest and the farthest


class Agreement:
    """Counts text by text; its size depends on voters and labels, not on the number of texts."""

    def __init__(self, kind: Kind = "spans") -> None:
        self._score = FIGURES[kind].axis
        self._texts = 0
        self._alike = 0
        self._answered: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._both: Counter[tuple[str, str, str]] = Counter()  # voter, other voter, label
        self._first: Counter[tuple[str, str, str]] = Counter()
        self._second: Counter[tuple[str, str, str]] = Counter()
        self._pairs: dict[tuple[str, str], None] = {}

    def add(self, readings: Mapping[str, Reading]) -> None:
        """Count one text, by what each voter says of it; those that failed or weren't asked say nothing."""
        self._failed.update(name for name, reading in readings.items() if reading.failed)
        said = {name: {*r.labels} for name, r in sorted(readings.items()) if r.asked and not r.failed}
        self._answered.update(list(said))
        if len(said) < 2:
            return
        self._texts += 1
        spans = list(said.values())
        self._alike += all(other == spans[0] for other in spans[1:])
        for (name, ours), (other, theirs) in combinations(said.items(), 2):
            self._pairs[name, other] = None
            self._both.update((name, other, span.label) for span in ours & theirs)
            self._first.update((name, other, span.label) for span in ours)
            self._second.update((name, other, span.label) for span in theirs)

    @property
    def alike(self) -> float:
        """The share of the texts with two answers or more whose answers are all the same."""
        return ratio(self._alike, self._texts)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that occurred in answers that were compared, sorted."""
        return tuple(sorted({label for counts in (self._first, self._second) for _, _, label in counts}))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of voters that both answered some text, by name."""
        return tuple(sorted(self._pairs))

    def counts(self, voter: str, other: str, label: str = "") -> Counts:
        """The labels of one voter scored by those of another, of one label or of all, on texts that both answered.

        F1 is the same both ways; precision one way is recall the other.
        """
        if voter > other:
            turned = self.counts(other, voter, label)
            return Counts(turned.right, turned.gold, turned.predicted)
        keys = [(voter, other, name) for name in ([label] if label else self.labels)]
        return Counts(*(sum(table[key] for key in keys) for table in (self._both, self._first, self._second)))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        pairs = []
        for voter, other in self.pairs:
            by_label = {label: self.counts(voter, other, label) for label in self.labels}
            pairs.append(
                {
                    "voters": [voter, other],
                    "f1": self.counts(voter, other).f1,
                    "f1_by_label": {label: c.f1 for label, c in by_label.items() if c.predicted or c.gold},
                }
            )
        return {
            "texts": self._texts,
            "alike": self.alike,
            "answered": dict(sorted(self._answered.items())),
            "failed": dict(sorted(self._failed.items())),
            "pairs": pairs,
        }

    def __str__(self) -> str:
        if not self._texts:
            return "agreement: no text has two answers to compare"
        by_pair = sorted(((self.counts(*pair).f1, pair) for pair in self.pairs), reverse=True)
        shown = by_pair if len(by_pair) <= _SHOWN else [by_pair[0], by_pair[-1]]
        texts = f"{self._texts:,} text" + ("s" if self._texts > 1 else "")
        lines = [
            f"agreement: {100 * self.alike:.1f}% of {texts} labelled alike by all; {self._score} of each by another"
        ]
        lines += [f"  {100 * f1:5.1f}  {voter} - {other}{self._by_label(voter, other)}" for f1, (voter, other) in shown]
        if len(shown) < len(by_pair):
            lines.append(f"  the nearest and the farthest of {len(by_pair)} pairs")
        return "\n".join(lines)

    def _by_label(self, voter: str, other: str) -> str:
        f1s = [(label, self.counts(voter, other, label).f1) for label in self.labels]
        return f" ({', '.join(f'{label} {100 * f1:.1f}' for label, f1 in f1s)})" if len(f1s) > 1 else ""
