"""One cell of a comparison: one condition and one seed, what it depends on, and what came of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from vermeil.compare.conditions import Condition, uses
from vermeil.compare.pools import Data, Pools
from vermeil.data import Dataset, Span
from vermeil.evaluate.score import Scores
from vermeil.exchange import canonical
from vermeil.provenance import versions
from vermeil.students import encoder_sha256
from vermeil.train.run import Run
from vermeil.train.strategies import Strategy
from vermeil.train.trainer import NOTHING, TrainSettings


def cell_name(condition: Condition, seed: int) -> str:
    """How progress lines call a cell."""
    return f"{condition.name}, seed {seed}"


@dataclass(frozen=True)
class Cell:
    """One condition with one seed, and everything that its result depends on besides the data."""

    condition: Condition
    seed: int
    stages: Strategy
    labels: tuple[str, ...]
    student: str
    student_settings: Mapping[str, Any]
    training: TrainSettings
    threads: int

    @property
    def name(self) -> str:
        """How progress lines call it."""
        return cell_name(self.condition, self.seed)

    @property
    def slug(self) -> str:
        """Its name as the beginning of a file's name, without anything that a file system could mind."""
        return re.sub(r"[^\w.()=-]+", "-", self.name)[:100].lstrip(".")

    def draw(self, pools: Pools) -> tuple[Dataset, Dataset]:
        """The gold and the silver that it learns from; nothing of what it never looks at."""
        uses_gold, uses_silver = uses(self.stages, self.training.silver)
        at = self.condition
        gold = pools.gold(at.gold, self.seed) if uses_gold else NOTHING
        return gold, pools.silver(at.teacher, at.silver, self.seed) if uses_silver else NOTHING

    def overlap(self, pools: Pools) -> Dataset:
        """The teacher's labels of its gold, where the teacher is judged by them."""
        if not (self.training.silver.judges and self.stages.uses()[1]):
            return NOTHING
        return pools.overlap(self.condition.teacher, self.draw(pools)[0])

    def fingerprint(self, data: Data, pools: Pools) -> str:
        """sha256 of all that the result depends on; names don't count, nor data that the strategy never asks for.

        The share of silver at every step stands for the schedules: a function of the user's own has a name at most.
        """
        gold, silver = self.draw(pools)
        total = self.training.total_steps(self.stages, len(gold), len(silver))
        stages = self.stages.resolved(len(gold), len(silver))
        tests = [data.test, *data.other_tests.values()]
        treated = stages.uses()[1] and self.training.silver.changes
        judged_by = [self.overlap(pools).sha256, _votes(silver), _votes(self.overlap(pools))] if treated else []
        encoder = encoder_sha256(self.student)  # of a folder, whose content may change under its name
        parts = {
            "shares": stages.shares(total),
            "stages": [[stage.restart, stage.learning_rate] for stage in stages.stages],
            # what is not used leaves no trace, so that cells of before the settings were there are found
            "training": self.training.model_dump(exclude=_unused(self.training, treated=treated))
            | {"steps": total, "epochs": None, "seed": self.seed},
            "student": [self.student, self.labels, dict(self.student_settings), self.threads]
            + ([encoder] if encoder else []),
            "learnt": [gold.sha256, silver.sha256, *judged_by],
            "dev": data.dev.sha256,
            "tests": [[test.sha256, [example.document for example in test]] for test in tests],
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
        others: scores by the other test labels, by their name.
        gold: examples that it learnt from; `silver` the same.
    """

    condition: Condition
    seed: int
    scores: Scores
    dev: Scores | None
    run: Run
    seconds: float
    predictions: tuple[tuple[Span, ...], ...]
    others: Mapping[str, Scores] = field(default_factory=lambda: MappingProxyType({}))
    gold: int = 0
    silver: int = 0

    @property
    def strategy(self) -> str:
        """The name of its strategy."""
        return self.condition.strategy

    @property
    def answers(self) -> int:
        """The teacher's answers that it took: those that it learnt from, and those on gold that it judged them by."""
        return self.silver + int(self.run.settings.get("treatment", {}).get("texts", 0))

    @property
    def name(self) -> str:
        """The name of its cell."""
        return cell_name(self.condition, self.seed)


@dataclass(frozen=True)
class Failed:
    """A cell that has no result, and why."""

    cell: str
    why: str


def _unused(training: TrainSettings, *, treated: bool) -> set[str]:
    chosen = {name for name in ("check_every", "patience", "choose_by") if not getattr(training, name)}
    return chosen if treated else chosen | {"silver"}


def _votes(silver: Dataset) -> str:
    """A fingerprint of what the dataset's own leaves out."""
    votes = {"votes": [[[v.start, v.end, v.label, v.score] for v in example.votes] for example in silver]}
    return hashlib.sha256(canonical(votes).encode()).hexdigest()
