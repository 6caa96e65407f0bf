"""One cell of a comparison: one strategy and one seed, trained and scored wherever a worker runs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vermeil.blend.schedules import share_at
from vermeil.data import Dataset, Span
from vermeil.evaluate.score import Scores, score
from vermeil.exchange import canonical
from vermeil.execute.events import tell
from vermeil.provenance import versions
from vermeil.students import student
from vermeil.students.base import Student
from vermeil.train.strategies import Strategy
from vermeil.train.trainer import Run, Step, TrainSettings, run_record, train

TELL_EVERY = 0.2
"""Seconds between two progress events of a cell; more would only keep the caller busy."""


def cell_name(strategy: str, seed: int) -> str:
    """The name of a cell, which is that of its files too."""
    return f"{strategy}.seed-{seed}"


@dataclass(frozen=True)
class Data:
    """What every cell of a comparison learns from and is scored on; an empty `dev` means there is none."""

    gold: Dataset
    silver: Dataset
    dev: Dataset
    test: Dataset


@dataclass(frozen=True)
class Cell:
    """One strategy with one seed, and everything that its result depends on besides the data."""

    strategy: str
    seed: int
    stages: Strategy
    labels: tuple[str, ...]
    student: str
    student_settings: Mapping[str, Any]
    training: TrainSettings
    threads: int

    @property
    def name(self) -> str:
        """How files and progress lines call it."""
        return cell_name(self.strategy, self.seed)

    def fingerprint(self, data: Data) -> str:
        """sha256 of all that the result depends on; data that the strategy never asks for don't count."""
        stages = self.stages.resolved(len(data.gold), len(data.silver))
        needs_gold, needs_silver = stages.needs()
        parts = asdict(self) | {
            "stages": self.stages.as_dict(),
            # a function of the user's own has a name at most: what it gives tells it from another
            "shares": [[share_at(stage.schedule, i / 100) for i in range(101)] for stage in stages.stages],
            "training": self.training.model_dump(),
            "sizes": [len(data.gold), len(data.silver)] if self.training.epochs else [],
            "gold": data.gold.sha256 if needs_gold else "",
            "silver": data.silver.sha256 if needs_silver else "",
            "dev": data.dev.sha256,
            "test": data.test.sha256,
            "versions": versions(),
        }
        return hashlib.sha256(canonical(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Progress:
    """How far a cell is: optimiser steps while it learns, texts while it predicts."""

    cell: str
    doing: str
    done: int
    total: int


@dataclass(frozen=True)
class Result:
    """What came of a cell.

    Args:
        scores: on the test set; `dev` on the dev set, by which the best strategy is chosen, if there is one.
        predictions: spans for each test text, in order.
    """

    strategy: str
    seed: int
    scores: Scores
    dev: Scores | None
    run: Run
    seconds: float
    predictions: tuple[tuple[Span, ...], ...]

    @property
    def name(self) -> str:
        """The name of its cell."""
        return cell_name(self.strategy, self.seed)


@dataclass(frozen=True)
class CellWorker:
    """Runs cells; made once in each worker, so that the data travel once."""

    data: Data
    models: Path | None

    def __call__(self, cell: Cell) -> Result:
        """Train and score one student; its model is saved under `models`, if that is given."""
        began = time.monotonic()
        with _Threads(cell.threads):
            learner = student(cell.student, cell.labels, seed=cell.seed, **cell.student_settings)
            run = self._train(cell, learner)
            dev = self._predict(cell, learner, self.data.dev, "dev")
            test = self._predict(cell, learner, self.data.test, "test")
            if self.models:
                learner.save(self.models / cell.name, {"run.json": run_record(run)})
        return Result(
            strategy=cell.strategy,
            seed=cell.seed,
            scores=score(self.data.test.examples, test),
            dev=score(self.data.dev.examples, dev) if len(self.data.dev) else None,
            run=run,
            seconds=time.monotonic() - began,
            predictions=tuple(test),
        )

    def _train(self, cell: Cell, learner: Student) -> Run:
        settings = cell.training.model_copy(update={"seed": cell.seed})
        total = settings.total_steps(len(self.data.gold.trainable) + len(self.data.silver.trainable))
        say = _Teller(cell.name, "training", total)

        def on_step(step: Step) -> None:
            say(1)

        return train(
            learner, cell.stages, gold=self.data.gold, silver=self.data.silver, settings=settings, on_step=on_step
        )

    def _predict(self, cell: Cell, learner: Student, dataset: Dataset, kind: str) -> list[tuple[Span, ...]]:
        return learner.predict(dataset.examples, _Teller(cell.name, f"labelling {kind}", len(dataset)))


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


class _Threads:
    """Let torch, if it is here, use so many threads: the bits of a result depend on the number."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.before: int | None = None
        self.set: Callable[[int], None] = lambda count: None

    def __enter__(self) -> None:
        try:
            import torch
        except ImportError:
            return
        self.set, self.before = torch.set_num_threads, torch.get_num_threads()
        self.set(self.count)

    def __exit__(self, *exception: object) -> None:
        if self.before is not None:
            self.set(self.before)
