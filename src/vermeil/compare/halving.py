"""Find the best strategy for one's own data at a fraction of the price: successive halving on dev.

All candidates are trained for a few steps, the better part of them for more, and so on; those that are left are
trained at full length, and the best on dev wins. Schedules run over a round's own steps, so each round trains anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from math import ceil, log
from pathlib import Path
from typing import Any

from pydantic import Field

from vermeil.compare.cells import Cell
from vermeil.compare.comparison import Comparison
from vermeil.compare.conditions import Condition, Size
from vermeil.compare.grid import NO_SETS, OnProgress, OnResult, Study, named, run, run_held, study_of
from vermeil.compare.plan import CompareSettings, Plan, check, plan
from vermeil.compare.pools import Data, given
from vermeil.compare.results import Results
from vermeil.compare.rows import Row, steps_said
from vermeil.data import Dataset
from vermeil.errors import DataError, SettingsError
from vermeil.files import write_text
from vermeil.settings import Settings
from vermeil.train.strategies import Strategy
from vermeil.train.trainer import DEFAULT_STEPS, NOTHING, TrainSettings


class PickSettings(Settings):
    """How candidates are narrowed down.

    Args:
        rounds: how many at most, the last at full length; 1 trains all candidates at full length.
        keep: the part of the candidates that stays after a round; the next one has 1 / `keep` times its steps.
    """

    rounds: int = Field(default=3, ge=1, le=10)
    keep: float = Field(default=1 / 3, gt=0, lt=1)

    def for_candidates(self, count: int) -> PickSettings:
        """The same with no more rounds than leave several for the last one: none wins by short training alone."""
        needed = ceil(log(count) / -log(self.keep) - 1e-9) if count > 1 else 1
        return self.model_copy(update={"rounds": min(self.rounds, max(1, needed))})


@dataclass(frozen=True)
class Dropped:
    """A candidate that did not stay, and why."""

    name: str
    score: float
    why: str


@dataclass(frozen=True)
class Round:
    """One round: dev score of each candidate, the best first, and who was dropped.

    Args:
        steps: the most that a candidate took; those of each are in `steps_by`.
    """

    number: int
    steps: int
    dev_scores: Mapping[str, float]
    dropped: tuple[Dropped, ...]
    steps_by: Mapping[str, int]

    def __str__(self) -> str:
        names = ", ".join(list(self.dev_scores)[: len(self.dev_scores) - len(self.dropped)])
        steps = steps_said(self.steps_by.values())
        return f"round {self.number}, {steps}: {len(self.dev_scores)} candidates; stay: {names}"


@dataclass(frozen=True)
class Watch:
    """Who is told how far it is: how many cells there are, how far each is, what came of it, what a round decided."""

    on_plan: Callable[[int], None] = lambda cells: None
    on_progress: OnProgress = lambda progress: None
    on_result: OnResult = lambda result, done_before: None
    on_round: Callable[[Round], None] = lambda round: None


UNWATCHED = Watch()


@dataclass(frozen=True)
class Pick:
    """The winner (a row of the comparison of those that were trained at full length), and how it came to win."""

    winner: Row
    comparison: Comparison
    rounds: tuple[Round, ...]


def pick(
    strategies: Iterable[str] | Mapping[str, Strategy],
    labels: Iterable[str],
    *,
    dev: Dataset,
    test: Dataset = NOTHING,
    gold: Dataset = NOTHING,
    silver: Dataset | Mapping[str, Dataset] = NOTHING,
    other_tests: Mapping[str, Dataset] = NO_SETS,
    settings: CompareSettings = CompareSettings(),  # noqa: B008 - frozen
    halving: PickSettings = PickSettings(),  # noqa: B008 - frozen
    out: Path | str,
    watch: Watch = UNWATCHED,
) -> Pick:
    """Choose among strategies, teachers and students by dev score; the winner is trained at full length and saved.

    Of several sizes of gold or silver the largest is used. Rounds before the last use the first seed, the last all.
    The test set is looked at in the last round only, and chooses nothing; without one, its scores are those on dev.
    Interrupted, it goes on where it stopped.

    Raises:
        DataError: there is no dev set, or a strategy needs labels that weren't given.
        SettingsError: the winner's model is not to be kept.
        OutputError: another comparison is at work in the folder, or it has files that are not its own.
    """
    if not len(dev):
        raise DataError("picking a strategy needs a dev set to choose by, but there is none; give dev labels")
    if not settings.keep_model:
        raise SettingsError("a pick saves the winner's model, got keep_model = false; leave that out, or don't pick")
    sizes = {key: _largest(getattr(settings, key)) for key in ("gold_sizes", "silver_sizes")}
    controls, settings = settings.controls, settings.model_copy(update={**sizes, "controls": False})
    study = study_of(Data(gold, given(silver), dev, test if len(test) else dev, dict(other_tests)), settings)
    every = plan(named(strategies), labels, study.data.silver, study.settings, study.pools).cells
    candidates = tuple(cell for cell in every if cell.seed == settings.seeds[0])
    halving = halving.for_candidates(len(candidates))
    for cell in candidates:
        check(_shorter(cell, halving.keep ** (halving.rounds - 1)), study.pools)  # no later round is as short
    watch.on_plan(_cells(len(candidates), settings, halving))
    results = Results(out)
    results.check_own()
    with results.held():
        rounds, finalists = _narrow(candidates, study, halving, results.folder, watch)
        about = {"pick": _plain(halving, rounds), "test_is_dev": not len(test), "controls_left_out": controls}
        last = Plan(tuple(cell for cell in every if cell.condition in finalists), {})
        comparison = run_held(last, replace(study, about=about), results, watch.on_progress, watch.on_result)
        scores = {row.name: row.dev_score or 0.0 for row in comparison}
        rounds.append(_round(halving.rounds, comparison, scores, stay=1))
        watch.on_round(rounds[-1])
        write_text(results.picked, json.dumps(_plain(halving, rounds), indent=2, ensure_ascii=False) + "\n")
    return Pick(comparison[next(iter(rounds[-1].dev_scores))], comparison, tuple(rounds))


def _narrow(
    cells: tuple[Cell, ...], study: Study, halving: PickSettings, out: Path, watch: Watch
) -> tuple[list[Round], set[Condition]]:
    """The rounds before the last, and the conditions that are left; what their comparisons call test is dev."""
    chosen_by = NOTHING if study.settings.train.check_every is None else study.data.dev
    data = Data(study.data.gold, study.data.silver, chosen_by, study.data.dev)
    study = replace(study, data=data, keep_model=False)
    rounds: list[Round] = []
    for number in range(1, halving.rounds):
        shorter = tuple(_shorter(cell, halving.keep ** (halving.rounds - number)) for cell in cells)
        results = Results(out / "pick" / f"round-{number}")
        done = run(Plan(shorter, {}), study, results, watch.on_progress, watch.on_result)
        stay = _staying(len(cells), halving)
        rounds.append(_round(number, done, {row.name: row.figure(done.chosen_by[1]) or 0.0 for row in done}, stay))
        watch.on_round(rounds[-1])
        gone = {dropped.name for dropped in rounds[-1].dropped}
        cells = tuple(cell for cell in cells if cell.condition.name not in gone)
    return rounds, {cell.condition for cell in cells}


def _round(number: int, comparison: Comparison, scores: Mapping[str, float], stay: int) -> Round:
    order, steps = sorted(scores, key=lambda name: -scores[name]), {row.name: row.steps for row in comparison}
    by = comparison.chosen_by[0]
    dropped = tuple(
        Dropped(
            name,
            scores[name],
            f"{by} {100 * scores[name]:.1f} on dev after {steps_said([steps[name]])}, {rank}. of {len(order)}; "
            f"{f'the best {stay} stay, the last of them' if stay > 1 else 'the best stays,'} "
            f"with {100 * scores[order[stay - 1]]:.1f}",
        )
        for rank, name in enumerate(order[stay:], start=stay + 1)
    )
    return Round(number, max(steps.values()), {name: scores[name] for name in order}, dropped, steps)


def _staying(candidates: int, halving: PickSettings) -> int:
    return ceil(candidates * halving.keep - 1e-9)


def _cells(candidates: int, settings: CompareSettings, halving: PickSettings) -> int:
    """How many cells all rounds have."""
    total = 0
    for _ in range(1, halving.rounds):
        total, candidates = total + candidates, _staying(candidates, halving)
    return total + candidates * len(settings.seeds)


def _shorter(cell: Cell, factor: float) -> Cell:
    training: TrainSettings = cell.training
    if training.epochs is not None:
        return replace(cell, training=training.model_copy(update={"epochs": training.epochs * factor}))
    steps = max(1, round((training.steps or DEFAULT_STEPS) * factor))
    return replace(cell, training=training.model_copy(update={"steps": steps}))


def _largest(sizes: tuple[Size, ...]) -> tuple[Size, ...]:
    if "all" in sizes:
        return ("all",)
    return sizes and (max(size for size in sizes if size != "all"),)


def _plain(halving: PickSettings, rounds: Iterable[Round]) -> dict[str, Any]:
    return {"settings": halving.model_dump(), "rounds": [asdict(one) for one in rounds]}
