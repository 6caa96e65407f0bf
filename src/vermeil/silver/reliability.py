"""A teacher's errors, span by span: how many of its labels are right, and how many of gold's it misses, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vermeil.data import Dataset
from vermeil.evaluate.mistakes import KINDS, Kind, pairs
from vermeil.silver.overlap import Both, check_overlap, labelled_by_both
from vermeil.silver.shrinkage import Rate, shrunk


@dataclass(frozen=True)
class Reliability:
    """Rates by label, each label's own drawn towards the common one as far as its counts are few.

    Args:
        texts: how many both have.
        precision: of the teacher's spans of that label, those that are right.
        wrong: of the teacher's spans of that label, those that are wrong in that way.
        missed: of gold's spans of that label, those that the teacher has no label for.
        mistaken: of gold's spans of that label, those that it has in that wrong way.
    """

    texts: int
    precision: Mapping[str, Rate]
    wrong: Mapping[tuple[Kind, str], Rate]
    missed: Mapping[str, Rate]
    mistaken: Mapping[tuple[Kind, str], Rate]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "texts": self.texts,
            "precision": {label: rate.as_dict() for label, rate in self.precision.items()},
            "wrong": _by_label(self.wrong),
            "missed": {label: rate.as_dict() for label, rate in self.missed.items()},
            "mistaken": _by_label(self.mistaken),
        }

    def __str__(self) -> str:
        lines = [f"the teacher's errors on {self.texts:,} gold texts that it labelled too (95% intervals; counts)"]
        for label, rate in self.precision.items():
            ways = {kind: other.value for (kind, name), other in self.wrong.items() if name == label and other.right}
            worst = "".join(f", {kind} {100 * value:.0f}%" for kind, value in sorted(ways.items(), key=lambda w: -w[1]))
            lines.append(f"{label}: right {rate}{worst}; misses {self.missed[label]} of gold's")
        return "\n  ".join(lines)


def reliability(gold: Dataset, silver: Dataset, labels: Sequence[str] = ()) -> Reliability:
    """The teacher's errors, by the gold texts that it labelled too.

    Args:
        labels: those that rates are wanted of; those that occur by default.

    Raises:
        DataError: the two have no text in common.
    """
    both = labelled_by_both(gold, silver)
    check_overlap(both, gold, silver)
    return counted(both, labels or tuple(sorted({*gold.labels, *silver.labels})))


def counted(both: Sequence[Both], labels: Sequence[str]) -> Reliability:
    """The same of texts that were paired already."""
    named, there = Counter[tuple[Kind, str]](), Counter[tuple[Kind, str]]()
    for each in both:
        for found in pairs(each.gold, each.silver.labels):
            if found.predicted:
                named[found.kind, found.predicted.label] += 1
            if found.gold:
                there[found.kind, found.gold.label] += 1
    wrong: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in ("right", "missed"))
    mistaken: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in ("right", "missed", "invented"))
    return Reliability(
        texts=len(both),
        precision=_rates("right", named, labels),
        wrong={(kind, label): rate for kind in wrong for label, rate in _rates(kind, named, labels).items()},
        missed=_rates("missed", there, labels),
        mistaken={(kind, label): rate for kind in mistaken for label, rate in _rates(kind, there, labels).items()},
    )


def _rates(kind: Kind, counts: Counter[tuple[Kind, str]], labels: Sequence[str]) -> dict[str, Rate]:
    totals = {label: sum(counts[each, label] for each in KINDS) for label in labels}
    return shrunk({label: (counts[kind, label], totals[label]) for label in labels})


def _by_label(rates: Mapping[tuple[Kind, str], Rate]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for (kind, label), rate in rates.items():
        found.setdefault(kind, {})[label] = rate.as_dict()
    return found
