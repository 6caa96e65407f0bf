"""What a worker does with a cell: train, label, score; it gets plain values and gives plain values."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vermeil.compare.cells import Cell, Failed, Progress, Result
from vermeil.compare.pools import Data, Pools
from vermeil.data import Dataset, Example, Span
from vermeil.errors import CheckpointError, TrainingDiverged
from vermeil.evaluate.score import score
from vermeil.execute.events import tell
from vermeil.students import student
from vermeil.students.base import Student
from vermeil.train.checkpoint import checkpoints
from vermeil.train.run import Run, run_record
from vermeil.train.trainer import train

_log = logging.getLogger(__name__)

TELL_EVERY = 0.2
"""Seconds between two progress events of a cell; more would only keep the caller busy."""


@dataclass(frozen=True)
class CellWorker:
    """Runs cells; made once in each worker, so that the data travel once.

    Args:
        models: a folder for models, each by the name that `kept_as` has for its cell; None saves none.
        unfinished: one for checkpoints of cells under way, likewise: a cell that was killed goes on from its last.
    """

    data: Data
    pools: Pools
    models: Path | None = None
    unfinished: Path | None = None
    kept_as: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, cell: Cell) -> Result | Failed:
        """Train and score one student; what makes one cell fail need not stop the others."""
        try:
            return self._resumed(cell)
        except TrainingDiverged as error:
            return Failed(cell.name, str(error))

    def _resumed(self, cell: Cell) -> Result:
        """From its checkpoint; where that is of no use, it is not worth the other cells' hours."""
        try:
            return self._result(cell)
        except CheckpointError as error:
            _log.warning("%s is trained anew: %s", cell.name, error.why)
            return self._result(cell, fresh=True)

    def _result(self, cell: Cell, *, fresh: bool = False) -> Result:
        gold, silver = cell.draw(self.pools)
        learner = student(cell.student, cell.labels, seed=cell.seed, kind=self.data.kind, **cell.student_settings)
        with _threads(cell.threads):
            run = self._train(cell, learner, gold, silver, fresh=fresh)
            trained = time.monotonic()
            say = _Labelling(cell.name, learner)
            dev = say("dev", self.data.dev)
            test = say("test", self.data.test)
            others = {name: say(f"test {name}", other) for name, other in self.data.other_tests.items()}
            if self.models:
                learner.save(self.models / self.kept_as[cell.name], {"run.json": run_record(run)})
        return Result(
            condition=cell.condition,
            seed=cell.seed,
            scores=score(self.data.test.examples, test),
            dev=score(self.data.dev.examples, dev) if len(self.data.dev) else None,
            run=run,
            seconds=run.seconds + time.monotonic() - trained,  # also those from before a stop
            predictions=tuple(test),
            others={name: score(self.data.other_tests[name].examples, found) for name, found in others.items()},
            gold=len(gold),
            silver=len(silver),
        )

    def _train(self, cell: Cell, learner: Student, gold: Dataset, silver: Dataset, *, fresh: bool) -> Run:
        """Its last step stays among the checkpoints: labelling may take as long, and be killed, too."""
        settings = cell.training.model_copy(update={"seed": cell.seed})
        say = _Teller(cell.name, "training", settings.total_steps(cell.stages, len(gold), len(silver)))
        folder = self.unfinished and self.unfinished / self.kept_as[cell.name]
        with checkpoints(folder, fresh=fresh, keep_last=True) if folder else nullcontext() as kept:
            return train(
                learner,
                cell.stages,
                gold=gold,
                silver=silver,
                overlap=cell.overlap(self.pools),
                dev=self.data.dev,
                settings=settings,
                on_step=lambda step: say(1),
                checkpoints=kept,
            )


class _Labelling:
    """Lets a student label sets of texts; a text with the same tokens is labelled once for all sets."""

    def __init__(self, cell: str, learner: Student) -> None:
        self.cell, self.learner = cell, learner
        self.known: dict[object, tuple[Span, ...]] = {}

    def __call__(self, kind: str, dataset: Dataset) -> list[tuple[Span, ...]]:
        new = list({_key(example): example for example in dataset if _key(example) not in self.known}.values())
        found: Sequence[tuple[Span, ...]] = self.learner.predict(new, _Teller(self.cell, f"labelling {kind}", len(new)))
        self.known |= dict(zip(map(_key, new), found, strict=True))
        return [self.known[_key(example)] for example in dataset]


def _key(example: Example) -> object:
    return example.text, example.tokens


class _Teller:
    """Counts, and tells the caller every now and then."""

    def __init__(self, cell: str, doing: str, total: int) -> None:
        self.cell, self.doing, self.total = cell, doing, total
        self.done = 0
        self.told = -TELL_EVERY

    def __call__(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.told >= TELL_EVERY or self.done >= self.total:
            self.told = now
            tell(Progress(self.cell, self.doing, self.done, self.total))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let torch, if the student needs it, use so many threads: the bits of a result depend on the number."""
    torch: Any = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else count
    if torch:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)
