"""Two sets of examples and a schedule in, batches out: the one sampler behind every strategy."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vermeil.blend.schedules import Schedule, share_at
from vermeil.data import Example
from vermeil.errors import DataError


@dataclass(frozen=True)
class Batch:
    """Examples for one step; the first `silver` of them are silver."""

    examples: tuple[Example, ...]
    silver: int
    planned: float

    @property
    def share(self) -> float:
        """The part of the batch that really is silver."""
        return self.silver / len(self.examples)


def blended_batches(
    gold: Sequence[Example], silver: Sequence[Example], schedule: Schedule, *, batch_size: int, steps: int, seed: int
) -> Iterator[Batch]:
    """Yield `steps` batches whose share of silver follows the schedule.

    A batch holds whole examples, so its share is rounded; the remainder is carried to the next batch, and
    the shares are right over the whole stage even where one batch is too small to show them. Each set is
    used up, in an order of its own, before any of it repeats.

    Raises:
        DataError: the schedule asks for examples of a set that has none.
    """
    draw = random.Random(f"sampler {seed}")
    next_gold, next_silver = _endless(gold, "gold", draw), _endless(silver, "silver", draw)
    owed = 0.0
    for step in range(steps):
        planned = share_at(schedule, step / max(steps - 1, 1))
        owed += planned * batch_size
        n_silver = min(max(round(owed), 0), batch_size)
        owed -= n_silver
        chosen = [next(next_silver) for _ in range(n_silver)] + [next(next_gold) for _ in range(batch_size - n_silver)]
        yield Batch(tuple(chosen), n_silver, planned)


def _endless(examples: Sequence[Example], kind: str, draw: random.Random) -> Iterator[Example]:
    """Shuffled anew each time round; empty sets are an error only once something is asked of them."""
    if not examples:
        raise DataError(f"the strategy asks for {kind} examples, but there are none; give some, or choose another one")
    while True:
        yield from draw.sample(examples, len(examples))
