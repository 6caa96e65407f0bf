"""Several teachers' labels of the same texts as one set, each heard as far as gold says that it is right.

A span that any of them names is a candidate. It is as likely true as those who name it and those who, asked, do not
are found to be right about its label on the gold texts that they labelled too (see `voices`): a teacher that invents
names of one kind is not believed about that kind, and its silence is no argument where it misses many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any

from vermeil.align.apart import apart
from vermeil.data import Dataset, Example, Span, Vote
from vermeil.errors import DataError
from vermeil.silver.reliability import Reliability, reliability
from vermeil.silver.voices import Answers, Voices, candidates, heard

MERGED = " + "
"""Stands between the names of teachers in the source of what was merged of them."""

KEEP = 0.5
"""A candidate that is rather true than false becomes a label."""

PARTS = 10
"""So many parts of gold are each merged by what the others say."""


@dataclass(frozen=True)
class Merged:
    """One set of labels out of several.

    Args:
        silver: every text that any teacher labelled; a span's score is how likely it is true, and the votes say who
            named what, also where it became no label.
        voices: what the teachers were found to name.
        errors: by teacher, as they stand alone.
    """

    silver: Dataset
    voices: Voices
    errors: Mapping[str, Reliability]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the labels are left out."""
        return {
            "texts": len(self.silver),
            "candidates_true": {label: rate.as_dict() for label, rate in self.voices.common.items()},
            "teachers": {
                name: {
                    "errors": self.errors[name].as_dict(),
                    "names_true": {label: rate.as_dict() for label, rate in named.true.items()},
                    "names_false": {label: rate.as_dict() for label, rate in named.false.items()},
                }
                for name, named in self.voices.named.items()
            },
        }

    def __str__(self) -> str:
        lines = [f"{name}: {errors}" for name, errors in self.errors.items()]
        kept = sum(len(example.labels) for example in self.silver)
        named = sum(len(example.votes) for example in self.silver)
        return "\n".join([*lines, f"{len(self.silver):,} texts, {kept:,} labels of {named:,} candidates"])


def merge_teachers(teachers: Mapping[str, Dataset], gold: Dataset) -> Merged:
    """The labels of several teachers as one, by their errors on gold.

    The texts of gold are among them, each merged by what the others say (in ten parts), so that what is learnt from the
    merged set can be calibrated in turn. A comparison leaves them out of what is learnt, and so do treatments that
    judge the teacher by them.

    Args:
        teachers: each one's labels, by its name.

    Raises:
        DataError: there are less than two teachers, or one of them labelled no text of gold, or labelled otherwise.
    """
    if len(teachers) < 2:
        raise DataError(f"merging takes the labels of at least two teachers, got {len(teachers)}; give another")
    for name, silver in teachers.items():
        if len(silver.trainable) and silver.kind != gold.kind:
            raise DataError(
                f"{name} has labels of the kind {silver.kind!r}, and gold of {gold.kind!r}; merge like ones"
            )
    labels = tuple(sorted({*gold.labels, *(label for silver in teachers.values() for label in silver.labels)}))
    errors = {name: reliability(gold, silver, labels) for name, silver in teachers.items()}
    said, names = _said(teachers), tuple(teachers)
    voices = heard(gold.trainable, said, names, labels)
    without = _voices_without(gold.trainable, said, names, labels)
    merged = [_merged(answers, without.get(text, voices)) for text, answers in said.items()]
    ids = Counter(example.id for example in merged)
    once = (example if ids[example.id] == 1 else replace(example, id="") for example in merged)  # of several files
    return Merged(Dataset(tuple(once), MERGED.join(teachers)), voices, errors)


def _said(teachers: Mapping[str, Dataset]) -> dict[str, dict[str, Example]]:
    found: dict[str, dict[str, Example]] = {}
    for name, silver in teachers.items():
        for example in silver.trainable:
            found.setdefault(example.text, {}).setdefault(name, example)
    return found


def _voices_without(
    gold: Dataset, said: Mapping[str, Answers], names: Sequence[str], labels: Sequence[str]
) -> dict[str, Voices]:
    """For each text of gold, the voices by the other parts of gold: judged by itself, it would look too good."""
    texts = list(dict.fromkeys(example.text for example in gold if example.text in said))
    part_of = {text: number % PARTS for number, text in enumerate(texts)}
    parts = {
        part: heard((example for example in gold if part_of.get(example.text) != part), said, names, labels)
        for part in range(min(PARTS, len(texts)))
    }
    return {text: parts[part] for text, part in part_of.items()}


def _merged(answers: Answers, voices: Voices) -> Example:
    first = next(iter(answers.values()))
    votes = tuple(_vote(span, answers, voices) for span in candidates(answers))
    best = sorted(votes, key=lambda vote: (-(vote.score or 0.0), vote.start, vote.end))
    least = 0.0 if first.kind == "class" else KEEP  # a text has one class, and so the likeliest, if it is no likely one
    return Example(
        first.text,
        apart((vote.span for vote in best if (vote.score or 0.0) >= least), first.kind),
        id=first.id,
        tokens=first.tokens,
        document=first.document,
        source=MERGED.join(answers),
        votes=votes,
        kind=first.kind,
    )


def _vote(span: Span, answers: Answers, voices: Voices) -> Vote:
    naming = tuple(name for name, example in answers.items() if span in example.labels)
    return Vote(span.start, span.end, span.label, naming, 1 / (1 + exp(-voices.odds(span.label, answers, naming))))
