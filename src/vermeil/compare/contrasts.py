"""The questions that a comparison answers, each with its family of paired differences and corrected p-values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, get_args

from vermeil.compare.rows import Row, all_differences, baseline
from vermeil.evaluate.significance import Difference, holm

Question = Literal["gold alone", "equal share", "restart"]
"""Is it better than gold alone? Than a constant share of the same mean? Than what its restarts do on gold alone?"""

QUESTIONS: tuple[Question, ...] = get_args(Question)
LEVEL = 0.05


@dataclass(frozen=True)
class LabelNoise:
    """The same difference by every set of test labels: mistakes in the labels move it as much as this.

    Args:
        by_labels: difference in the score by the name of the labels; "" are the comparison's own.
    """

    by_labels: Mapping[str, float]

    @property
    def spread(self) -> float:
        """How far other labels move the difference."""
        return max(abs(value - self.by_labels[""]) for value in self.by_labels.values())

    @property
    def doubtful(self) -> bool:
        """Whether the difference is inside that noise: no larger, or of another sign by other labels."""
        own = self.by_labels[""]
        return abs(own) <= self.spread or any(value * own <= 0 for value in self.by_labels.values())


@dataclass(frozen=True)
class Contrast:
    """One row beside another.

    Args:
        p: the bootstrap's p-value, over texts and seeds: would newly trained students differ too? Corrected (Holm)
            over all rows of which the same question is asked. With three seeds even large differences can fail it.
        p_texts: that of approximate randomisation, corrected likewise: do these trained students differ on texts?
        noise: what the labels' own mistakes do; None where there are no other test labels.
    """

    question: Question
    row: str
    other: str
    difference: Difference
    p: float
    p_texts: float
    noise: LabelNoise | None

    @property
    def p_both(self) -> float:
        """The larger p-value of the two: where few texts differ, the bootstrap alone is too sure."""
        return max(self.p, self.p_texts)

    @property
    def significant(self) -> bool:
        """Whether chance would give such a difference in less than one family of twenty, by both tests."""
        return self.p_both < LEVEL

    @property
    def significant_on_texts(self) -> bool:
        """Whether these very students differ, whatever other seeds would give."""
        return self.p_texts < LEVEL

    @property
    def doubtful(self) -> bool:
        """Whether the difference is inside the noise of the test labels, as far as that is known."""
        return self.noise is not None and self.noise.doubtful

    def as_dict(self) -> dict[str, str | float | None]:
        """Plain values for JSON; `label_noise` is None where there are no other test labels."""
        found = self.difference
        return {
            "question": self.question,
            "row": self.row,
            "other": self.other,
            "difference": found.value,
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "p_corrected": self.p,
            "p_swap": found.p_swap,
            "p_swap_corrected": self.p_texts,
            "wins": found.wins,
            "cohens_d": found.d,
            "errors_removed": found.errors_removed,
            "label_noise": self.noise.spread if self.noise else None,
            "inside_label_noise": self.doubtful if self.noise else None,
        }


def contrasts(
    rows: Sequence[Row], controls: Mapping[str, Mapping[str, str]], relabelled: Sequence[str] = ()
) -> tuple[Contrast, ...]:
    """Every question that the rows can answer; each question is a family of its own.

    Args:
        controls: by name of the row, the names of the rows that are its controls, by question.
        relabelled: names of other labels of the test set's texts; other texts say nothing of the labels' mistakes.
    """
    found: list[Contrast] = []
    for question in QUESTIONS:
        pairs = list(_pairs(question, rows, controls))
        # the smallest p that draws can give, times the family, must stay well below the level
        resamples = max(2000, 80 * len(pairs))
        family = all_differences(pairs, resamples=resamples)
        both, texts = holm([difference.p for difference in family]), holm([d.p_swap for d in family])
        found += [
            Contrast(question, row.name, other.name, difference, p, p_texts, label_noise(row, other, relabelled))
            for (row, other), difference, p, p_texts in zip(pairs, family, both, texts, strict=True)
        ]
    return tuple(found)


def _pairs(
    question: Question, rows: Sequence[Row], controls: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Row, Row]]:
    named = {row.name: row for row in rows}
    for row in rows:
        other = (
            baseline(row, rows) if question == "gold alone" else named.get(controls.get(row.name, {}).get(question, ""))
        )
        if other is not None and set(row.seeds) & set(other.seeds):
            yield row, other


def label_noise(row: Row, other: Row, names: Sequence[str]) -> LabelNoise | None:
    """The difference by the comparison's own test labels and by those of these names; None where there are none."""
    if not names:
        return None
    a, b = row.of_seeds(other.seeds), other.of_seeds(row.seeds)
    return LabelNoise({name: _score(a, name) - _score(b, name) for name in ("", *names)})


def _score(row: Row, test: str) -> float:
    return fmean(scores.value for scores in row.scores(test))
