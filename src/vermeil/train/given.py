"""What a run is given to learn from, checked before its first step."""

from __future__ import annotations

from collections.abc import Iterable

from vermeil.data import Dataset, check_dataset
from vermeil.errors import DataError, nearest
from vermeil.formats.kinds import NAMES
from vermeil.students.base import Student
from vermeil.train.stages import Strategy


def learnable(examples: Dataset, role: str, student: Student) -> Dataset:
    """The examples without those that failed or that nobody labelled.

    Raises:
        DataError: a label is not one of the student's, or of another kind.
    """
    check_dataset(examples, role)
    called = f"{role} data{f' {examples.name}' if examples.name else ''}"
    unknown = sorted(set(examples.labels) - set(student.labels))
    if unknown:
        raise DataError(
            f"{called} has the label {unknown[0]!r}"
            f"{nearest(unknown[0], student.labels)}; the student knows {', '.join(student.labels)}"
        )
    found = examples.trainable
    if len(found) and found.kind != student.kind:
        raise DataError(
            f"{called} has {NAMES[found.kind]}, where the student learns {NAMES[student.kind]}; "
            f"give labels of that kind, or make the student for these (kind={found.kind!r})"
        )
    return found


def never_shown(gold: Dataset, labels: Iterable[str]) -> tuple[str, ...]:
    """The labels that no text of gold has, where there is gold: a student cannot know what people mean by them."""
    shown = set(gold.labels)
    return tuple(label for label in labels if label not in shown) if len(gold) else ()


def check_needs(strategy: Strategy, gold: Dataset, silver: Dataset) -> None:
    """Refuse sets that a strategy cannot do with.

    Raises:
        DataError: it asks for gold or silver and there is none.
    """
    needs_gold, needs_silver = strategy.needs()
    if needs_gold and not len(gold):
        raise DataError(
            "this strategy needs gold labels, but none were given (or all failed); give a gold file, or choose a "
            "strategy that does without (silver-only)"
        )
    if needs_silver and not len(silver):
        raise DataError(
            "this strategy needs silver labels, but none were given (or all failed); give a silver file, or choose a "
            "strategy that does without (gold-only)"
        )
    if not len(gold) and not len(silver):
        raise DataError("there is nothing to learn from: give gold labels, silver labels, or both")
