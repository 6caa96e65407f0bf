"""Several teachers' labels of the same texts as one set, each heard as far as gold says that it is right.

A span that any of them names is a candidate. On the gold texts that they labelled too, one counts how many candidates
of a label are true, and how often each teacher names a true one and a false one. A candidate elsewhere is then as
likely true as these rates say of those who name it and of those who, asked, do not (naive Bayes): a teacher that
invents names of one kind is not believed about that kind, and its silence is no argument where it misses many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Any

from vermeil.align.apart import apart
from vermeil.data import Dataset, Example, Span, Vote
from vermeil.errors import DataError
from vermeil.silver.reliability import Reliability, reliability
from vermeil.silver.shrinkage import Rate, shrunk

KEEP = 0.5
"""A candidate that is rather true than false becomes a label."""


@dataclass(frozen=True)
class Voices:
    """What a teacher's naming a candidate says about it, by label: how often it names true ones, and false ones."""

    true: Mapping[str, Rate]
    false: Mapping[str, Rate]

    def says(self, label: str, *, named: bool) -> float:
        """The evidence for a candidate, as a logarithm of odds."""
        true, false = (rates[label].value for rates in (self.true, self.false))
        return log(true / false) if named else log((1 - true) / (1 - false))


@dataclass(frozen=True)
class Merged:
    """One set of labels out of several.

    Args:
        silver: every text that any teacher labelled; a span's score is how likely it is true, and the votes say who
            named what, also where it became no label.
        common: how many candidates of a label are true.
        voices: by teacher.
        errors: by teacher, as they stand alone.
    """

    silver: Dataset
    common: Mapping[str, Rate]
    voices: Mapping[str, Voices]
    errors: Mapping[str, Reliability]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the labels are left out."""
        return {
            "texts": len(self.silver),
            "candidates_true": {label: rate.as_dict() for label, rate in self.common.items()},
            "teachers": {
                name: {
                    "errors": self.errors[name].as_dict(),
                    "names_true": {label: rate.as_dict() for label, rate in voices.true.items()},
                    "names_false": {label: rate.as_dict() for label, rate in voices.false.items()},
                }
                for name, voices in self.voices.items()
            },
        }

    def __str__(self) -> str:
        lines = [f"{name}: {errors}" for name, errors in self.errors.items()]
        kept = sum(len(example.labels) for example in self.silver)
        named = sum(len(example.votes) for example in self.silver)
        return "\n".join([*lines, f"{len(self.silver):,} texts, {kept:,} labels of {named:,} candidates"])


def merge_teachers(teachers: Mapping[str, Dataset], gold: Dataset) -> Merged:
    """The labels of several teachers as one, by their errors on gold.

    The texts of gold are among them, so that what is learnt from the merged set can be calibrated in turn. A comparison
    leaves them out of what is learnt, and so do treatments that judge the teacher by them.

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
    said = _said(teachers)
    common, voices = _listened(gold, said, tuple(teachers), labels)
    merged = [_merged(answers, common, voices) for answers in said.values()]
    ids = Counter(example.id for example in merged)
    once = (example if ids[example.id] == 1 else replace(example, id="") for example in merged)  # of several files
    return Merged(Dataset(tuple(once), " + ".join(teachers)), common, voices, errors)


Answers = dict[str, Example]
"""The labelled examples of one text, by teacher."""


def _said(teachers: Mapping[str, Dataset]) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    for name, silver in teachers.items():
        for example in silver.trainable:
            found.setdefault(example.text, {}).setdefault(name, example)
    return found


def _candidates(answers: Answers) -> list[Span]:
    return sorted({span for example in answers.values() for span in example.labels})


def _listened(
    gold: Dataset, said: Mapping[str, Answers], names: Sequence[str], labels: Sequence[str]
) -> tuple[dict[str, Rate], dict[str, Voices]]:
    """Rates on the texts that gold has too."""
    candidates, named = Counter[tuple[bool, str]](), Counter[tuple[str, bool, str]]()
    asked = Counter[tuple[str, bool, str]]()
    for example in gold.trainable:
        answers = said.get(example.text, {})
        for span in _candidates(answers):
            true = span in example.labels
            candidates[true, span.label] += 1
            asked.update((name, true, span.label) for name in answers)
            named.update((name, true, span.label) for name, said_so in answers.items() if span in said_so.labels)
    common = shrunk(
        {each: (candidates[True, each], candidates[True, each] + candidates[False, each]) for each in labels}
    )

    def heard(name: str, true: bool) -> dict[str, Rate]:
        return shrunk({each: (named[name, true, each], asked[name, true, each]) for each in labels})

    return common, {name: Voices(heard(name, True), heard(name, False)) for name in names}


def _merged(answers: Answers, common: Mapping[str, Rate], voices: Mapping[str, Voices]) -> Example:
    first = next(iter(answers.values()))
    votes = tuple(_vote(span, answers, common, voices) for span in _candidates(answers))
    best = sorted(votes, key=lambda vote: (-(vote.score or 0.0), vote.start, vote.end))
    least = 0.0 if first.kind == "class" else KEEP  # a text has one class, and so the likeliest, if it is no likely one
    return Example(
        first.text,
        apart((vote.span for vote in best if (vote.score or 0.0) >= least), first.kind),
        id=first.id,
        tokens=first.tokens,
        document=first.document,
        source=" + ".join(answers),
        votes=votes,
        kind=first.kind,
    )


def _vote(span: Span, answers: Answers, common: Mapping[str, Rate], voices: Mapping[str, Voices]) -> Vote:
    naming = tuple(name for name, example in answers.items() if span in example.labels)
    rate = common[span.label].value
    odds = log(rate / (1 - rate)) + sum(voices[name].says(span.label, named=name in naming) for name in answers)
    return Vote(span.start, span.end, span.label, naming, 1 / (1 + exp(-odds)))
