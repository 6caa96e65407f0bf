"""Run the grid in processes, each cell kept when done and skipped when done before."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.compare.cells import Cell, Failed, Progress, Result
from vermeil.compare.comparison import Comparison
from vermeil.compare.conditions import Condition
from vermeil.compare.plan import CompareSettings, Plan, plan
from vermeil.compare.pools import Data, Pools, given, relabelled, shared_texts
from vermeil.compare.results import Results
from vermeil.compare.worker import CellWorker
from vermeil.data import Dataset
from vermeil.errors import DataError, TrainingDiverged
from vermeil.evaluate.figures import FIGURES
from vermeil.evaluate.pairing import check_gold
from vermeil.execute.base import Executor
from vermeil.execute.here import Here
from vermeil.execute.processes import Processes
from vermeil.provenance import provenance
from vermeil.train.choosing import choice_of
from vermeil.train.given import never_shown
from vermeil.train.run import describe
from vermeil.train.strategies import Strategy, strategy
from vermeil.train.trainer import NOTHING

OnProgress = Callable[[Progress], None]
OnResult = Callable[[Result, bool], None]

NO_SETS: Mapping[str, Dataset] = MappingProxyType({})


def compare(
    strategies: str | Iterable[str] | Mapping[str, Strategy],
    labels: Iterable[str],
    *,
    test: Dataset,
    gold: Dataset = NOTHING,
    silver: Dataset | Mapping[str, Dataset] = NOTHING,
    dev: Dataset = NOTHING,
    other_tests: Mapping[str, Dataset] = NO_SETS,
    settings: CompareSettings = CompareSettings(),  # noqa: B008 - frozen
    out: Path | str | None = None,
    on_plan: Callable[[int], None] = lambda cells: None,
    on_progress: OnProgress = lambda progress: None,
    on_result: OnResult = lambda result, done_before: None,
) -> Comparison:
    """Train strategies × gold sizes × silver sizes × teachers × students × seeds, and score all on one test set.

    Args:
        strategies: names, as `vermeil.train.strategies.strategy` takes them, or strategies of your own by name.
        labels: the label names (a task's `labels` will do).
        silver: of one teacher, or by teacher.
        other_tests: other labels of the test set, or other test sets, by name; nothing is chosen by them either.
        out: results folder; a comparison that was interrupted goes on where it stopped. None keeps nothing.
        on_plan: called with the number of cells before the first of them.
        on_result: called with each cell's result and whether it was there before.

    Raises:
        DataError: there is no test example, or a strategy needs labels that weren't given.
        UnknownName: no such strategy or student.
    """
    study = study_of(Data(gold, given(silver), dev, test, dict(other_tests)), settings)
    if not len(test):
        raise DataError("a comparison needs a test set with gold labels, but it is empty")
    planned = plan(named(strategies), labels, study.data.silver, study.settings, study.pools)
    on_plan(len(planned.cells))
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            return run(planned, replace(study, keep_model=False), Results(folder), on_progress, on_result)
    return run(planned, study, Results(out), on_progress, on_result)


def named(strategies: str | Iterable[str] | Mapping[str, Strategy]) -> Mapping[str, Strategy]:
    """Strategies by name, whether one name, names or strategies were given."""
    if isinstance(strategies, str):
        strategies = (strategies,)
    return strategies if isinstance(strategies, Mapping) else {name: strategy(name) for name in strategies}


@dataclass(frozen=True)
class Study:
    """What all cells of a comparison share."""

    data: Data
    pools: Pools
    settings: CompareSettings
    keep_model: bool
    about: Mapping[str, Any] = field(default_factory=dict)


def study_of(data: Data, settings: CompareSettings) -> Study:
    """The data with their pools; without a dev set no model is the best, so none is kept.

    Raises:
        DataError: there are test or dev examples that nothing can be scored by, or models or rows are to be chosen by a
            dev set that is not there.
        UnknownName: nothing is chosen by a figure of that name.
    """
    for each in (data.dev, data.test, *data.other_tests.values()):
        check_gold(each.examples)  # before hours are spent
    if empty := [name for name, other in data.other_tests.items() if not len(other)]:
        raise DataError(f"the other test labels {empty[0]!r} are empty; give some or leave them out")
    train = settings.train.model_copy(update={"choose_by": FIGURES[data.kind].choice(settings.train.choose_by)})
    if train.choose_by and not len(data.dev):
        raise DataError(f"choosing by {train.choose_by} needs a dev set, but there is none; give dev labels")
    choice_of(data.dev, train.check_every, train.patience)
    settings = settings.model_copy(update={"train": train})
    pools = Pools(data, settings.gold_sizes, settings.gives_way)
    return Study(data, pools, settings, settings.keep_model and len(data.dev) > 0)


def run(planned: Plan, study: Study, results: Results, on_progress: OnProgress, on_result: OnResult) -> Comparison:
    """Compute the cells that aren't there yet; each is written as soon as it is done.

    Raises:
        OutputError: another comparison is at work in the folder.
        TrainingDiverged: cells failed; those that didn't are in the folder.
    """
    results.check_own()
    with results.held():
        return run_held(planned, study, results, on_progress, on_result)


def run_held(planned: Plan, study: Study, results: Results, on_progress: OnProgress, on_result: OnResult) -> Comparison:
    """`run`, in a folder that is held already."""
    prints = {cell.name: cell.fingerprint(study.data, study.pools) for cell in planned.cells}
    results.write_start(_made(study, planned), ((c, prints[c.name]) for c in planned.cells), study.data.test)
    waiting: dict[str, list[Cell]] = {}
    for cell in planned.cells:
        done = _found(results, cell, prints[cell.name], study)
        if done is None:
            waiting.setdefault(prints[cell.name], []).append(cell)
        else:
            on_result(done, True)
    to_do = [alike[0] for alike in waiting.values()]  # cells that only their names tell apart are computed once
    workers = min(study.settings.workers, len(to_do))
    executor: Executor = Processes(workers, on_progress) if workers > 1 else Here(on_progress)
    models_folder = results.models if study.keep_model else None
    make_worker = partial(CellWorker, study.data, study.pools, models_folder, results.unfinished, prints)
    models = _Models(results, len(study.settings.seeds), study.settings.train.choose_by)
    failed: list[Failed] = []
    for cell, result in executor.map(make_worker, to_do):
        if isinstance(result, Failed):
            failed.append(result)
            continue
        fingerprint = prints[cell.name]
        results.write(cell, fingerprint, study.data.test, result)
        results.drop_unfinished(fingerprint)
        for alike in waiting[fingerprint]:
            on_result(replace(result, condition=alike.condition), alike is not cell)
        models.add(fingerprint, result)
    results.drop_unfinished()
    _check_whole(failed, len(to_do))
    comparison = results.comparison()
    if study.keep_model and comparison.best:
        best = comparison.best.best_on_dev
        if not results.has_model(prints[best.name]):  # an earlier comparison had a better one, and kept only that
            chosen = next(cell for cell in planned.cells if cell.name == best.name)
            list(Here(on_progress).map(make_worker, [chosen]))
            results.drop_unfinished()
        results.keep_model(prints[best.name])
    return comparison


def _check_whole(failed: Sequence[Failed], cells: int) -> None:
    if failed:
        raise TrainingDiverged(
            f"{len(failed)} of {cells} cells failed, such as {failed[0].cell}: {failed[0].why}; "
            "the others are kept, so leave these out, or set them otherwise, and run again"
        )


def _found(results: Results, cell: Cell, fingerprint: str, study: Study) -> Result | None:
    """The cell's result, if it is there, under the names that the other test labels have now."""
    done, names = results.read(cell.condition, fingerprint), tuple(study.data.other_tests)
    if done and tuple(done.others) != names:  # the fingerprint says that they are the same, in this order
        done = replace(done, others=dict(zip(names, done.others.values(), strict=True)))
        results.write(cell, fingerprint, study.data.test, done)
    return done


class _Models:
    """Lets go of models that cannot be the best any more; of a row, only the best seed can."""

    def __init__(self, results: Results, seeds: int, choose_by: str) -> None:
        self.results, self.seeds, self.choose_by = results, seeds, choose_by
        self.scores: dict[Condition, dict[str, float]] = {}

    def add(self, fingerprint: str, result: Result) -> None:
        """A cell is done, and its model saved."""
        self.scores.setdefault(result.condition, {})[fingerprint] = (
            result.dev.chosen(self.choose_by) if result.dev else 0.0
        )
        whole = [scores for scores in self.scores.values() if len(scores) == self.seeds]
        best = max((sum(scores.values()) for scores in whole), default=0.0)
        racing = (s for s in self.scores.values() if len(s) < self.seeds or sum(s.values()) >= best)
        keep = {max(scores, key=lambda name: scores[name]) for scores in racing}
        self.results.drop_models({name for scores in self.scores.values() for name in scores} - keep)


def _made(study: Study, planned: Plan) -> dict[str, Any]:
    data, seeds = study.data, study.settings.seeds
    gave_way = {teacher: max(study.pools.dropped(teacher, seed) for seed in seeds) for teacher in data.silver}
    made = provenance() | study.settings.recorded
    return made | {
        "strategies": {cell.condition.strategy: cell.stages.as_dict() for cell in planned.cells},
        "cells": len(planned.cells),
        "controls": planned.controls,
        "data": {kind: describe(examples) for kind, examples in data.named.items()},
        "shared_texts": shared_texts(data),
        "relabelled": relabelled(data),
        "labelled_by": {kind: each.teacher for kind, each in data.named.items() if each.teacher},
        "never_shown": _never_shown(planned.cells, study.pools),
        "gave_way": {f"silver {teacher}".strip(): count for teacher, count in gave_way.items() if count},
        **study.about,
    }


def _never_shown(cells: Iterable[Cell], pools: Pools) -> dict[str, list[str]]:
    """By number of gold texts, the labels that none of them has, with any of the seeds."""
    drawn = dict.fromkeys((cell.condition.gold, cell.seed, cell.labels) for cell in cells if cell.stages.uses()[0])
    found: dict[str, set[str]] = {}
    for size, seed, labels in drawn:
        gold = pools.gold(size, seed)
        found.setdefault(f"{len(gold):,}", set()).update(never_shown(gold, labels))
    return {size: sorted(labels) for size, labels in found.items() if labels}
