"""A study file: data, strategies, the axes of the grid and all settings of a comparison, in one TOML file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import Field

from vermeil import formats
from vermeil.compare.comparison import Comparison
from vermeil.compare.grid import compare
from vermeil.compare.halving import UNWATCHED, Pick, PickSettings, Watch, pick
from vermeil.compare.plan import CompareSettings
from vermeil.data import Dataset
from vermeil.errors import SettingsError, UnknownName
from vermeil.provenance import cores
from vermeil.settings import check, file_values
from vermeil.silver.settings import TREATMENTS
from vermeil.tasks import read_task
from vermeil.train.strategies import Strategy, call_name, strategy, strategy_from, varied
from vermeil.train.trainer import NOTHING

DEFAULT = ("gold-only", "silver-only", "pooled", "silver-then-gold", "sigmoid")


class StudyFile(CompareSettings):
    """What a study file holds.

    Args:
        silver: a file, or a table of them by teacher.
        other_tests: other labels of the test set by name, such as corrected ones.
        column: of the rows of gold, dev and test, the one of the text; `label_column` the one of the labels.
        strategies: names, also with parameters: `sigmoid(midpoint=0.4)`.
        strategy: strategies of one's own by name, each with its `stages`.
        vary: parameters to be varied, by strategy: each combination takes the strategy's place.
    """

    task: Path
    gold: Path | None = None
    silver: Path | dict[str, Path] | None = None
    dev: Path | None = None
    test: Path | None = None
    other_tests: dict[str, Path] = Field(default_factory=dict)
    column: str = "text"
    label_column: str | None = None
    strategies: tuple[str, ...] = DEFAULT
    strategy: dict[str, dict[str, Any]] = Field(default_factory=dict)
    vary: dict[str, dict[str, tuple[int | float | bool, ...]]] = Field(default_factory=dict)
    pick: PickSettings = PickSettings()
    workers: int = Field(default_factory=cores, ge=1)
    out: Path = Path("results")

    @property
    def chosen(self) -> dict[str, Strategy]:
        """Every strategy of the study by name, varied ones in place of what they vary.

        Raises:
            UnknownName: there is no such strategy.
            SettingsError: a strategy of one's own, or a parameter, makes no sense.
        """
        own = {name: strategy_from(values, f"strategy.{name}") for name, values in self.strategy.items()}
        names = dict.fromkeys([*self.strategies, *own, *self.vary])
        every = {name: own[name] if name in own else strategy(name) for name in names}
        chosen: dict[str, Strategy] = {}
        for name, base in every.items():
            for parameters in _combinations(self.vary.get(name, {}), name):
                chosen[call_name(name, parameters)] = varied(name, base, parameters)
        return chosen

    def narrowed(self, strategies: Sequence[str] = (), treatments: Sequence[str] = ()) -> StudyFile:
        """The study with these strategies and treatments alone, those of the file before others; () keeps all.

        Raises:
            UnknownName: there is no such treatment.
            SettingsError: a strategy of the file makes no sense.
        """
        changes: dict[str, Any] = {}
        if strategies:  # `chosen` knows what each of the varied ones is called
            own = self.strategy | {name: stages.as_dict() for name, stages in self.chosen.items()}
            changes["strategies"] = tuple(strategies)
            changes["strategy"] = {name: own[name] for name in strategies if name in own}
            changes["vary"] = {name: self.vary[name] for name in strategies if name in self.vary}
        if treatments:
            known = {**TREATMENTS, **self.treatments}
            if unknown := [name for name in treatments if name not in known]:
                raise UnknownName("treatment of silver", unknown[0], known)
            changes["treatments"] = {name: known[name] for name in treatments}
        return self.model_copy(update=changes)

    @property
    def recorded(self) -> dict[str, Any]:
        """As of any settings, and the columns that are not the usual ones: without them the data cannot be read."""
        columns = self.model_dump(include={"column", "label_column"}, exclude_defaults=True)
        return super().recorded | columns


def read_study(path: Path | str) -> StudyFile:
    """A study file; relative paths in it are meant from where it lies.

    Raises:
        SettingsError: it is no TOML, or a key is unknown, missing, or its value doesn't fit.
    """
    return check(file_values(Path(path), StudyFile), StudyFile, str(path))


def run_study(study: StudyFile | Path | str, watch: Watch = UNWATCHED) -> Comparison:
    """Run or go on with the comparison of a study file.

    Raises:
        DataError: a file is not what it should be, or a strategy needs labels that weren't given.
        SettingsError: there is no test set.
        UnknownName: no such strategy or student.
    """
    study = _read(study)
    if study.test is None:
        raise SettingsError("a comparison needs human labels to score with: the key 'test' is missing (or --test)")
    return compare(**_given(study), on_plan=watch.on_plan, on_progress=watch.on_progress, on_result=watch.on_result)


def pick_of_study(study: StudyFile | Path | str, watch: Watch = UNWATCHED) -> Pick:
    """Pick the best strategy of a study file on its dev set, and save its model.

    Raises:
        DataError: there is no dev set, or as `run_study`.
    """
    study = _read(study)
    return pick(**_given(study), halving=study.pick, watch=watch)


def _read(study: StudyFile | Path | str) -> StudyFile:
    return study if isinstance(study, StudyFile) else read_study(study)


def _given(study: StudyFile) -> dict[str, Any]:
    """What a comparison and a pick are called with, the files read."""
    task = read_task(study.task)
    labels = tuple(task.labels)

    def read(path: Path | None, column: str = "text", label_column: str | None = None) -> Dataset:
        if path is None:
            return NOTHING
        return formats.read(path, labels=labels, kind=task.kind, column=column, label_column=label_column)

    human = partial(read, column=study.column, label_column=study.label_column)
    named, alone = (study.silver, None) if isinstance(study.silver, dict) else ({}, study.silver)
    return {
        "strategies": study.chosen,
        "labels": labels,
        "gold": human(study.gold),
        "silver": {teacher: read(path) for teacher, path in named.items()} or read(alone),
        "dev": human(study.dev),
        "test": human(study.test),
        "other_tests": {name: human(path) for name, path in study.other_tests.items()},
        "settings": study,
        "out": study.out,
    }


def _combinations(
    parameters: dict[str, tuple[int | float | bool, ...]], name: str
) -> list[dict[str, int | float | bool]]:
    for key, values in parameters.items():
        if not values:
            raise SettingsError(f"vary.{name}.{key} is an empty list; give values, such as [0.3, 0.5]")
    return [dict(zip(parameters, values, strict=True)) for values in product(*parameters.values())]
