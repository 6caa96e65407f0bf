"""The texts that gold and a teacher both labelled: all that is known about the teacher's errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vermeil.data import Dataset, Example
from vermeil.errors import DataError


@dataclass(frozen=True)
class Both:
    """A text as gold has it, and as the teacher labelled it."""

    gold: Example
    silver: Example


def labelled_by_both(gold: Dataset, silver: Dataset) -> tuple[Both, ...]:
    """Every text of gold that the teacher labelled too; texts on which it failed are no labels, and left out.

    By text alone: ids of two files may agree by accident. Of equal texts the teacher's first labels count.
    """
    known = {example.text: example for example in reversed(silver.trainable.examples)}
    return tuple(Both(example, known[example.text]) for example in gold.trainable if example.text in known)


def outside(silver: Dataset, gold: Dataset) -> Dataset:
    """The silver whose texts are not in gold: what may be learnt from beside it."""
    texts = set(gold.texts)
    if texts.isdisjoint(silver.texts):
        return silver  # the very same, with the fingerprint that it has already
    return replace(silver, examples=tuple(example for example in silver if example.text not in texts))


def check_overlap(both: Sequence[Both], gold: Dataset, silver: Dataset) -> None:
    """Refuse to estimate errors out of nothing.

    Raises:
        DataError: there is no text that both labelled.
    """
    if not len(gold):
        raise DataError("the teacher is judged by gold labels of its texts, and there are no gold labels; give some")
    if not both:
        raise DataError(
            f"{silver.name or 'silver'} has labels for none of the {len(gold):,} texts of {gold.name or 'gold'}, so "
            "the teacher's errors cannot be estimated; let it label them too, and give those labels with its others"
        )
