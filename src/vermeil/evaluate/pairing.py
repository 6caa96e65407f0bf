"""Which prediction belongs to which gold text, and whether both can be scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from vermeil.data import Dataset, Example, Span, kind_of
from vermeil.errors import DataError


def check_gold(gold: Sequence[Example]) -> None:
    """Refuse to score by examples that nobody could label.

    Raises:
        DataError: an example is failed or unlabelled, or has no class where each text has one.
    """
    has_one = kind_of(gold) == "class"
    for example in gold:
        if has_one and example.state == "empty" and not example.lost:
            raise DataError(f"{example.where} has no class, where a text has one; give it one, or leave it out of gold")
        if example.state in ("failed", "unlabelled"):
            raise DataError(f"{example.where} is {example.state}, so nothing can be scored by it; leave it out of gold")


def check_predicted(gold: Sequence[Example], predicted: Sequence[Sequence[Span]]) -> None:
    """Refuse predictions that don't fit their texts.

    Raises:
        DataError: there are more or fewer of them than texts, or spans overlap or end outside the text.
    """
    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} texts need {len(gold)} predictions, got {len(predicted)}")
    for example, spans in zip(gold, predicted, strict=True):
        try:
            replace(example, labels=tuple(spans))
        except DataError as error:
            raise DataError(f"the prediction for {error}") from error


def pair(gold: Dataset, predicted: Dataset) -> list[Example | None]:
    """For each gold example the predicted one: by id where all of both have one and any agree, else by text.

    Of equal texts, the n-th takes the n-th prediction, and the last prediction serves those beyond it.

    Raises:
        DataError: examples of equal id have different texts, or no example is in both.
    """
    named = all(example.id for dataset in (gold, predicted) for example in dataset)
    by_id = named and not {example.id for example in gold}.isdisjoint(example.id for example in predicted)
    found = _by_id(gold, predicted) if by_id else _by_text(gold, predicted)
    if len(gold) and not any(found):
        raise DataError(
            f"no text of {gold.name or 'gold'} is in {predicted.name or 'the predictions'}; "
            f"score predictions of the same texts"
        )
    return found


def _by_id(gold: Dataset, predicted: Dataset) -> list[Example | None]:
    known = {example.id: example for example in predicted}
    found = [known.get(example.id) for example in gold]
    for example, other in zip(gold, found, strict=True):
        if other is not None and other.text != example.text:
            raise DataError(
                f"{example.where} has the text {_start(example.text)} in {gold.name or 'gold'}, but "
                f"{_start(other.text)} in {predicted.name or 'the predictions'}; score predictions of the same texts"
            )
    return found


def _by_text(gold: Dataset, predicted: Dataset) -> list[Example | None]:
    queues: defaultdict[str, list[Example]] = defaultdict(list)
    for example in reversed(predicted.examples):
        queues[example.text].append(example)
    found: list[Example | None] = []
    for example in gold:
        queue = queues.get(example.text, [])
        found.append(queue.pop() if len(queue) > 1 else next(iter(queue), None))
    return found


def _start(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
