"""What kinds of mistakes were made, label by label.

Gold and predicted labels of a text are paired once, in this order: equal spans; equal bounds; then
overlapping spans, those of the same label first, the larger overlap first. A label belongs to one pair at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vermeil.data import Example, Span
from vermeil.evaluate.counts import overlap
from vermeil.evaluate.pairing import check_gold, check_predicted

Kind = Literal["right", "boundary", "type", "boundary and type", "missed", "invented"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Pair:
    """A gold label of a text and the prediction that stands for it; None on the side that has none."""

    text: str
    gold: Span | None
    predicted: Span | None

    @property
    def kind(self) -> Kind:
        """What went wrong, or "right"."""
        if self.predicted is None:
            return "missed"
        if self.gold is None:
            return "invented"
        same_label = self.gold.label == self.predicted.label
        if (self.gold.start, self.gold.end) == (self.predicted.start, self.predicted.end):
            return "right" if same_label else "type"
        return "boundary" if same_label else "boundary and type"

    @property
    def label(self) -> str:
        """Gold's label, or the predicted one where gold has none."""
        return next(span.label for span in (self.gold, self.predicted) if span)

    @property
    def start(self) -> int:
        """Where in the text it begins."""
        return min(span.start for span in (self.gold, self.predicted) if span)


@dataclass(frozen=True)
class Mistakes:
    """Kinds of mistakes by label, confusions between labels, and a few examples of each kind.

    Args:
        by_label: kind and label to how many; the label is gold's, or the predicted one where gold has none.
        confusion: gold and predicted label to how many, "" where there is none on that side.
        examples: a few wrong pairs of each kind and label, in the order of the texts.
    """

    by_label: Mapping[tuple[Kind, str], int]
    confusion: Mapping[tuple[str, str], int]
    examples: tuple[Pair, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that occur, sorted."""
        return tuple(sorted({label for _, label in self.by_label}))

    def count(self, kind: Kind, label: str = "") -> int:
        """How many of that kind there are, of one label or of all."""
        return sum(n for (found, name), n in self.by_label.items() if found == kind and label in ("", name))


def mistakes(gold: Sequence[Example], predicted: Sequence[Sequence[Span]], keep: int = 3) -> Mistakes:
    """Count each kind of mistake; a gold label that could not be placed counts as missed.

    Args:
        keep: how many examples to keep of each kind and label.

    Raises:
        DataError: as `vermeil.evaluate.score.score`.
    """
    check_gold(gold)
    check_predicted(gold, predicted)
    kinds, confusion = Counter[tuple[Kind, str]](), Counter[tuple[str, str]]()
    examples: list[Pair] = []
    for example, found in zip(gold, predicted, strict=True):
        for pair in pairs(example, found):
            key = pair.kind, pair.label
            kinds[key] += 1
            confusion[_label(pair.gold), _label(pair.predicted)] += 1
            if pair.kind != "right" and kinds[key] <= keep:
                examples.append(pair)
        kinds.update(("missed", lost.label) for lost in example.lost)
        confusion.update((lost.label, "") for lost in example.lost)
    return Mistakes(dict(sorted(kinds.items())), dict(sorted(confusion.items())), tuple(examples))


def pairs(example: Example, predicted: Sequence[Span]) -> list[Pair]:
    """Every label of gold and of the prediction, each in one pair, by their place in the text."""
    given = {span: span for span in predicted}
    chosen = [Pair(example.text, span, given[span]) for span in example.labels if span in given]
    right: set[Span | None] = {pair.gold for pair in chosen}
    gold, rest = [s for s in example.labels if s not in right], [s for s in predicted if s not in right]
    near = [Pair(example.text, g, p) for g in gold for p in rest if overlap(g, p)]
    free_gold: set[Span | None] = {*gold}
    free_predicted: set[Span | None] = {*rest}
    for pair in sorted(near, key=_nearness):
        if pair.gold in free_gold and pair.predicted in free_predicted:
            free_gold.remove(pair.gold)
            free_predicted.remove(pair.predicted)
            chosen.append(pair)
    chosen += [Pair(example.text, span, None) for span in gold if span in free_gold]
    chosen += [Pair(example.text, None, span) for span in rest if span in free_predicted]
    return sorted(chosen, key=lambda pair: (pair.start, pair.gold is None))


def _nearness(pair: Pair) -> tuple[int, int, int]:
    order: tuple[Kind, ...] = ("type", "boundary", "boundary and type")
    shared = overlap(pair.gold, pair.predicted) if pair.gold and pair.predicted else 0
    return order.index(pair.kind), -shared, pair.start


def _label(span: Span | None) -> str:
    return span.label if span else ""
