"""How good the LLM's labels are, where gold has the same texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from vermeil.data import Dataset, Example, Span
from vermeil.evaluate.counts import Counts, ratio
from vermeil.evaluate.mistakes import KINDS, Kind, Mistakes, Pair, mistakes
from vermeil.evaluate.pairing import check_gold
from vermeil.evaluate.score import Scores, score
from vermeil.evaluate.significance import Interval, interval

_RESAMPLES = 1000
_AROUND = 40  # characters of the text that an example of a mistake shows on both sides
_LONGEST = 200  # characters of a text or a label that are shown


@dataclass(frozen=True)
class TeacherScores:
    """Silver labels scored by gold ones, on the texts that both have.

    Args:
        scores: the labels of texts that failed count as missed; `scores.failed` says how many texts these are.
        mistakes: the same, by kind.
    """

    scores: Scores
    mistakes: Mistakes

    @property
    def texts(self) -> int:
        """How many texts both have, a text as often as gold has it."""
        return len(self.scores.per_example)

    @property
    def failed(self) -> int:
        """For how many of them the LLM gave no answer that could be used."""
        return self.scores.failed

    @cached_property
    def value(self) -> Interval:
        """F1, or accuracy, with its interval at 95 %: a few texts say little of all the others."""
        return interval([self.scores], resamples=_RESAMPLES)

    @property
    def shares(self) -> dict[Kind, float]:
        """What part of all mistakes is of each kind."""
        counts: dict[Kind, int] = {kind: self.mistakes.count(kind) for kind in KINDS if kind != "right"}
        return {kind: ratio(count, sum(counts.values())) for kind, count in counts.items()}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        whole = self.scores
        return {
            "texts": self.texts,
            "failed": self.failed,
            "micro": _measures(whole.micro),
            f"{whole.figures.measure}_interval": asdict(self.value) if self.texts else None,
            "macro_f1": whole.macro_f1,
            "by_label": {label: _measures(counts) for label, counts in whole.by_label.items()},
            "mistakes": self.shares,
            "confusion": [
                {"gold": gold, "silver": silver, "count": count}
                for (gold, silver), count in self.mistakes.confusion.items()
            ],
            "examples": [_shown(pair) for pair in self.mistakes.examples],
        }

    def __str__(self) -> str:
        if not self.texts:
            return "against gold: none of its texts was labelled, so the labels cannot be scored"
        found, figures = self.value, self.scores.figures
        texts, level = f"{self.texts:,} text{'s' if self.texts > 1 else ''}", f"{100 * found.level:.0f}%"
        said = f"{figures.name} {100 * found.value:.1f} ({level}: {100 * found.low:.1f} to {100 * found.high:.1f})"
        lines = [f"against gold, on {texts} that both have: {said}"]
        lines += str(self.scores).splitlines()
        kinds = [f"{figures.mistakes[kind]} {100 * share:.0f}%" for kind, share in self.shares.items() if share]
        lines += [f"mistakes: {', '.join(kinds)}"] if kinds else []
        taken = [
            (n, gold, silver) for (gold, silver), n in self.mistakes.confusion.items() if "" != gold != silver != ""
        ]
        most = sorted(taken, key=lambda row: (-row[0], row[1:]))[:3]
        lines += (
            [f"taken for another: {', '.join(f'{gold} as {silver} {n:,}' for n, gold, silver in most)}"] if most else []
        )
        return "\n  ".join(lines)


class AgainstGold:
    """Picks the texts that gold has too out of a stream of labelled ones; never holds more than gold does.

    Args:
        keep: how many examples to show of each kind of mistake and label.

    Raises:
        DataError: gold has a failed or unlabelled example.
    """

    def __init__(self, gold: Dataset, keep: int = 3) -> None:
        check_gold(gold.examples)
        self._gold = gold
        self._keep = keep
        self._wanted = Counter(gold.texts)
        self._silver: dict[str, list[Example]] = {}
        self._scores: TeacherScores | None = None  # of what has come until now

    def add(self, example: Example) -> None:
        """Take a labelled or failed example, if its very text is in gold; of more than gold has, the first ones."""
        if example.state == "unlabelled" or example.text not in self._wanted:
            return
        there = self._silver.setdefault(example.text, [])
        if len(there) < self._wanted[example.text]:
            there.append(example)
            self._scores = None

    def scores(self) -> TeacherScores:
        """How good the labels were that have come so far."""
        self._scores = self._scores or self._scored()
        return self._scores

    def _scored(self) -> TeacherScores:
        used: Counter[str] = Counter()
        gold: list[Example] = []
        silver: list[Example] = []
        for example in self._gold:
            there = self._silver.get(example.text)
            if there:
                gold.append(example)
                silver.append(there[min(used[example.text], len(there) - 1)])  # equal texts got equal labels
                used[example.text] += 1
        predicted = [example.labels for example in silver]
        failed = sum(example.state == "failed" for example in silver)
        return TeacherScores(replace(score(gold, predicted), failed=failed), mistakes(gold, predicted, self._keep))


def _measures(counts: Counts) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1, **asdict(counts)}


def _shown(pair: Pair) -> dict[str, Any]:
    """A mistake with the words around it, for a long text would fill the report."""
    ends = [span.end for span in (pair.gold, pair.predicted) if span]
    return {
        "kind": pair.kind,
        "text": _short(pair.text[max(0, pair.start - _AROUND) : max(ends) + _AROUND]),
        "gold": _named(pair.text, pair.gold),
        "silver": _named(pair.text, pair.predicted),
    }


def _named(text: str, span: Span | None) -> Mapping[str, str] | None:
    return {"text": _short(text[span.start : span.end]), "label": span.label} if span else None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
