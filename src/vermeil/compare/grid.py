"""Run the grid: strategies by seeds, in processes, each cell kept when done and skipped when done before."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from vermeil.compare.cells import Cell, CellWorker, Data, Progress, Result
from vermeil.compare.comparison import Comparison
from vermeil.compare.results import Results
from vermeil.data import Dataset
from vermeil.errors import DataError, SettingsError
from vermeil.execute.base import Executor
from vermeil.execute.here import Here
from vermeil.execute.processes import Processes
from vermeil.provenance import provenance
from vermeil.settings import Settings
from vermeil.train.strategies import Strategy, strategy
from vermeil.train.trainer import NOTHING, TrainSettings, describe


class CompareSettings(Settings):
    """How a comparison is run.

    Args:
        workers: cells at a time; each in a process of its own, unless it is 1.
        threads: torch threads of a cell. The bits of a result depend on it, so it doesn't follow the machine.
        keep_model: save the model that is best on dev, as `model/` in the results folder.
    """

    student: str = "minilm"
    student_settings: dict[str, Any] = Field(default_factory=dict)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    train: TrainSettings = TrainSettings()
    workers: int = Field(default=1, ge=1)
    threads: int = Field(default=1, ge=1)
    keep_model: bool = True


def compare(
    strategies: Iterable[str] | Mapping[str, Strategy],
    labels: Iterable[str],
    *,
    test: Dataset,
    gold: Dataset = NOTHING,
    silver: Dataset = NOTHING,
    dev: Dataset = NOTHING,
    settings: CompareSettings = CompareSettings(),  # noqa: B008 - frozen
    out: Path | str | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_result: Callable[[Result, bool], None] = lambda result, done_before: None,
) -> Comparison:
    """Train one student for each strategy and seed, at equal steps, and score each on the same test set.

    Args:
        strategies: names, or strategies of your own by name.
        labels: the label names (a task's `labels` will do).
        out: results folder; a comparison that was interrupted goes on where it stopped. None keeps nothing.
        on_result: called with each cell's result and whether it was there before.

    Raises:
        DataError: there is no test example, or a strategy needs labels that weren't given.
        UnknownName: no such strategy or student.
    """
    chosen = strategies if isinstance(strategies, Mapping) else {name: strategy(name) for name in strategies}
    cells = _cells(chosen, tuple(labels), settings)
    data = Data(gold, silver, dev, test)
    _check(chosen, data)
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            return _run(cells, data, settings, Results(folder), False, on_progress, on_result)
    return _run(cells, data, settings, Results(out), settings.keep_model, on_progress, on_result)


def _cells(strategies: Mapping[str, Strategy], labels: tuple[str, ...], settings: CompareSettings) -> list[Cell]:
    if len(set(settings.seeds)) < len(settings.seeds):
        raise SettingsError(f"each seed counts once, got {', '.join(map(str, settings.seeds))}")
    return [
        Cell(name, seed, stages, labels, settings.student, settings.student_settings, settings.train, settings.threads)
        for seed in settings.seeds
        for name, stages in strategies.items()
    ]


def _check(strategies: Mapping[str, Strategy], data: Data) -> None:
    """Refuse what is bound to fail before hours are spent on the cells that come first."""
    if not strategies:
        raise SettingsError("a comparison needs at least one strategy; vermeil list strategies shows them")
    if not len(data.test):
        raise DataError("a comparison needs a test set with gold labels, but it is empty")
    for name, stages in strategies.items():
        needs_gold, needs_silver = stages.needs()
        for needed, examples, kind in ((needs_gold, data.gold, "gold"), (needs_silver, data.silver, "silver")):
            if needed and not len(examples.trainable):
                raise DataError(
                    f"the strategy {name} needs {kind} labels, but there are none; give some or leave it out"
                )


def _run(
    cells: list[Cell],
    data: Data,
    settings: CompareSettings,
    results: Results,
    keep_model: bool,
    on_progress: Callable[[Progress], None],
    on_result: Callable[[Result, bool], None],
) -> Comparison:
    fingerprints = {cell.name: cell.fingerprint(data) for cell in cells}
    results.write_start(_made(data, settings, cells), cells, fingerprints, data.test)
    to_do = []
    for cell in cells:
        done = results.read(cell.name, fingerprints[cell.name])
        if done is None:
            to_do.append(cell)
        else:
            on_result(done, True)
    workers = min(settings.workers, len(to_do))
    executor: Executor = Processes(workers, on_progress) if workers > 1 else Here(on_progress)
    for cell, result in executor.map(partial(CellWorker, data, results.models if keep_model else None), to_do):
        results.write(cell, fingerprints[cell.name], data.test, result)
        on_result(result, False)
    comparison = results.comparison()
    if keep_model and comparison.best:
        results.keep_model(comparison.best.best_on_dev.name)
    return comparison


def _made(data: Data, settings: CompareSettings, cells: list[Cell]) -> dict[str, Any]:
    sets = {"gold": data.gold, "silver": data.silver, "dev": data.dev, "test": data.test}
    return provenance() | {
        "settings": settings.model_dump(mode="json"),
        "strategies": {cell.strategy: cell.stages.as_dict() for cell in cells},
        "data": {kind: describe(examples) for kind, examples in sets.items() if len(examples)},
    }
