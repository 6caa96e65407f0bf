"""A teacher whose errors are planted, so that it is known what has to be found."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vermeil.data import Dataset, Example, Span

NAMES = {"PER": "Ada", "LOC": "Lima", "MISC": "Dutch"}
LABELS = tuple(NAMES)


@dataclass(frozen=True)
class Errors:
    """What happens to a name of one label: the shares of names that are missed, called otherwise, cut short.

    Args:
        becomes: what it is called then; any other label by default.
        invented: of words that are no names, those that the teacher calls so.
    """

    missed: float = 0.0
    type: float = 0.0
    boundary: float = 0.0
    becomes: str = ""
    invented: float = 0.0


def sentences(count: int, seed: int, labels: Sequence[str] = LABELS) -> Dataset:
    """Gold: two names of two words each, between words that are none; no text occurs twice."""
    draw = random.Random(f"{seed} sentences")
    made = []
    for number in range(count):
        text, spans = f"no{number}x{seed}", []
        for _ in range(2):
            label = draw.choice(labels)
            text += " saw "
            spans.append(Span(len(text), len(text) + len(NAMES[label]) + 4, label))
            text += f"{NAMES[label]} Bo{draw.randrange(9)} and Friends"
        made.append(Example(f"{text} there", tuple(spans), id=f"{seed}-{number}"))
    return Dataset(tuple(made), "gold")


def labelled(gold: Dataset, errors: Mapping[str, Errors], seed: int, source: str = "teacher") -> Dataset:
    """What a teacher with these errors makes of the texts of gold."""
    draw = random.Random(f"{seed} {source}")
    return Dataset(tuple(_labelled(example, errors, draw, source) for example in gold), source)


def _labelled(example: Example, errors: Mapping[str, Errors], draw: random.Random, source: str) -> Example:
    spans = []
    for span in example.labels:
        planted, drawn = errors.get(span.label, Errors()), draw.random()
        if drawn < planted.missed:
            continue
        if drawn < planted.missed + planted.type:
            other = planted.becomes or draw.choice([label for label in LABELS if label != span.label])
            spans.append(replace(span, label=other))
        elif drawn < planted.missed + planted.type + planted.boundary:
            spans.append(replace(span, end=span.end - 4))
        else:
            spans.append(span)
    for label, planted in errors.items():
        if draw.random() < planted.invented:
            spans.append(Span(len(example.text) - 5, len(example.text), label))
            break
    return replace(example, labels=tuple(spans), source=source)
