"""What it says of a span that some of several teachers name it, and that others, asked, do not (naive Bayes).

On gold texts one can count how many of the candidates, which is what anybody named, are true, and how many of the true
and of the false ones each teacher names. But a span becomes a candidate only because somebody named it. So these shares
are higher than a teacher's rates of naming, and they hide how much agreement says: among false candidates of two
teachers who hardly ever invent the same name, each has named about half, and both together nearly none. The rates are
found as animals are counted that are caught and caught again: teachers that often name the same spans leave few that
nobody named (EM for counts without their zeros, Dempster, Laird and Rubin 1977, section 4.2; of two teachers, the
estimate of Lincoln and Petersen).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Example, Span
from vermeil.silver.shrinkage import Rate, shrunk

Floats = NDArray[np.float64]
Answers = Mapping[str, Example]
"""The labelled examples of one text, by teacher."""

_ROUNDS, _CLOSE = 2000, 1e-9
_INSIDE = 1e-6


@dataclass(frozen=True)
class Named:
    """How many candidates of a label a teacher names, of the true ones and of the false ones."""

    true: Mapping[str, Rate]
    false: Mapping[str, Rate]


@dataclass(frozen=True)
class Voices:
    """What teachers were found to name on gold.

    Args:
        common: how many candidates of a label are true.
        named: by teacher.
        before: by label, the logarithm of the odds that a span is true, before anybody was asked.
        says: by teacher and label, what its naming a span adds to that, and what its silence does.
    """

    common: Mapping[str, Rate]
    named: Mapping[str, Named]
    before: Mapping[str, float]
    says: Mapping[str, Mapping[str, tuple[float, float]]]

    def odds(self, label: str, asked: Iterable[str], naming: Collection[str]) -> float:
        """The logarithm of the odds that a span is true which these teachers name, of those that were asked."""
        return self.before[label] + sum(self.says[name][label][name not in naming] for name in asked)


def candidates(answers: Answers) -> list[Span]:
    """What any of the teachers named in a text."""
    return sorted({span for example in answers.values() for span in example.labels})


def heard(gold: Iterable[Example], said: Mapping[str, Answers], names: Sequence[str], labels: Sequence[str]) -> Voices:
    """The voices of these teachers, by the texts of gold that they labelled too."""
    true, false = _Counts(), _Counts()
    for example in gold:
        answers = said.get(example.text, {})
        for span in candidates(answers):
            (true if span in example.labels else false).add(span, answers)
    common = shrunk({each: (true.all[each], true.all[each] + false.all[each]) for each in labels})
    of_true, of_false = (counts.rates(names, labels) for counts in (true, false))
    named = {name: Named(of_true[name], of_false[name]) for name in names}
    rates, some = true.uncounted(names, labels, of_true)
    false_rates, false_some = false.uncounted(names, labels, of_false)
    before = {
        label: log(common[label].value / (1 - common[label].value)) + log(false_some[at] / some[at])
        for at, label in enumerate(labels)
    }
    naming, silent = np.log(rates / false_rates), np.log((1 - rates) / (1 - false_rates))
    says = {
        name: {label: (float(naming[row, at]), float(silent[row, at])) for at, label in enumerate(labels)}
        for row, name in enumerate(names)
    }
    return Voices(common, named, before, says)


class _Counts:
    """Candidates that are all true, or all false."""

    def __init__(self) -> None:
        self.all = Counter[str]()
        self.asked = Counter[tuple[str, str]]()
        self.named = Counter[tuple[str, str]]()
        self.together = Counter[frozenset[str]]()

    def add(self, span: Span, answers: Answers) -> None:
        self.all[span.label] += 1
        self.asked.update((name, span.label) for name in answers)
        self.named.update((name, span.label) for name, example in answers.items() if span in example.labels)
        self.together[frozenset(answers)] += 1

    def rates(self, names: Sequence[str], labels: Sequence[str]) -> dict[str, dict[str, Rate]]:
        """Of the candidates, by teacher and label."""
        return {
            name: shrunk({each: (self.named[name, each], self.asked[name, each]) for each in labels}) for name in names
        }

    def uncounted(
        self, names: Sequence[str], labels: Sequence[str], rates: Mapping[str, Mapping[str, Rate]]
    ) -> tuple[Floats, Floats]:
        """Of all such spans, also those that nobody named: each teacher's rates, and the share that somebody named."""
        together = self.together or Counter([frozenset(names)])
        asked = np.array([[name in group for name in names] for group in together], dtype=float)
        weights = np.array(list(together.values()), dtype=float)
        shares = np.array([[rates[name][label].value for label in labels] for name in names])
        return uncounted(shares, asked, weights / weights.sum(), counted=self.together.total())


def uncounted(shares: Floats, asked: Floats, weights: Floats, counted: float) -> tuple[Floats, Floats]:
    """Rates of naming a span, out of the shares of what somebody named; and the share of all spans that somebody named.

    Args:
        shares: teachers × labels, of the counted spans that a teacher was asked about, those it named.
        asked: groups × teachers, 1 for those who were asked about the same spans.
        weights: by group, its share of the counted spans.
        counted: how many there are; a uniform prior of every rate is worth two further spans.
    """
    named = counted * (asked.T @ weights)[:, None] * shares
    rates = shares.clip(_INSIDE, 1 - _INSIDE)
    for _ in range(_ROUNDS):
        there = weights[:, None] / -np.expm1(asked @ np.log1p(-rates))  # for each counted span, those there are
        found = ((named + 1) / (counted * (asked.T @ there) + 2)).clip(_INSIDE, 1 - _INSIDE)
        rates, moved = found, float(np.abs(found - rates).max())
        if moved < _CLOSE:
            break
    return rates, 1 / (weights[:, None] / -np.expm1(asked @ np.log1p(-rates))).sum(axis=0)
