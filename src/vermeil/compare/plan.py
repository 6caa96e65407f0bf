"""Which cells a comparison consists of, its controls among them, and how all of it is set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from vermeil.compare.cells import Cell
from vermeil.compare.conditions import Axes, Condition, Size
from vermeil.compare.contrasts import Question
from vermeil.compare.costs import Costs
from vermeil.compare.pools import GivesWay, Pools
from vermeil.data import Dataset
from vermeil.errors import DataError, SettingsError
from vermeil.settings import Settings
from vermeil.silver.overlap import check_overlap
from vermeil.silver.settings import Treatments
from vermeil.train.controls import equal_share, gold_restarted
from vermeil.train.strategies import Strategy
from vermeil.train.trainer import TrainSettings


class CompareSettings(Settings):
    """How a comparison is run.

    Args:
        student: one, or several to be compared.
        student_settings: of every student; a table under a student's name is that student's alone.
        gold_sizes: how many gold texts, numbers or "all": of a seed, the fewer are among the more.
        silver_sizes: the same for silver texts.
        treatments: several ways to treat silver, to be compared: names, or tables by name. They take the place of
            `train.silver`; gold that silver is judged by counts as used.
        gives_way: which side leaves out a text that has gold and silver labels.
        controls: add a constant of equal mean share for every strategy whose share changes, and gold alone with the
            same restarts for every one that restarts.
        workers: cells at a time; each in a process of its own, unless it is 1.
        threads: torch threads of a cell. The bits of a result depend on it, so it doesn't follow the machine.
        keep_model: save the model that is best on dev, as `model/` in the results folder.
        costs: prices of labels, for the report; they change no cell.
    """

    student: str | tuple[str, ...] = "minilm"
    student_settings: dict[str, Any] = Field(default_factory=dict)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    gold_sizes: tuple[Size, ...] = ()
    silver_sizes: tuple[Size, ...] = ()
    treatments: Treatments = Field(default_factory=dict)
    gives_way: GivesWay = "silver"
    controls: bool = False
    train: TrainSettings = TrainSettings()
    workers: int = Field(default=1, ge=1)
    threads: int = Field(default=1, ge=1)
    keep_model: bool = True
    costs: Costs | None = None

    @property
    def recorded(self) -> dict[str, Any]:
        """What a comparison keeps of them."""
        return {"settings": self.model_dump(mode="json", include=set(CompareSettings.model_fields))}

    @property
    def students(self) -> tuple[str, ...]:
        """The students, one or several."""
        return (self.student,) if isinstance(self.student, str) else self.student

    def settings_of(self, student: str) -> dict[str, Any]:
        """What is set for that student."""
        common = {key: value for key, value in self.student_settings.items() if key not in self.students}
        own = self.student_settings.get(student, {})
        return common | (own if isinstance(own, dict) else {})


@dataclass(frozen=True)
class Plan:
    """Cells in the order in which they are run, seed by seed.

    Args:
        controls: by name of a row, the names of the rows that are its controls, by question.
    """

    cells: tuple[Cell, ...]
    controls: Mapping[str, Mapping[Question, str]]


def plan(
    strategies: Mapping[str, Strategy],
    labels: Iterable[str],
    teachers: Iterable[str],
    settings: CompareSettings,
    pools: Pools,
) -> Plan:
    """Every condition with every seed; refused is what is bound to fail, before hours are spent on other cells.

    Raises:
        DataError: a strategy needs labels that there aren't, or more than there are.
        SettingsError: there is no strategy; a seed, size or student is named twice; two rows would have one name.
    """
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise SettingsError(
            f"labels are the names of labels, got {labels!r:.60}; give a list, or the labels of the task"
        )
    if not strategies:
        raise SettingsError("a comparison needs at least one strategy; vermeil list strategies shows them")
    axes = Axes(
        teachers=tuple(teachers),
        gold=settings.gold_sizes,
        silver=settings.silver_sizes,
        students=() if isinstance(settings.student, str) else settings.students,
        treatments=settings.treatments or {"": settings.train.silver},
    )
    _check_once(settings)
    first = settings.seeds[0]
    arms = {c: _cell(c, first, stages, tuple(labels), settings) for c, stages in axes.conditions(strategies).items()}
    for cell in arms.values():
        check(cell, pools)
    controls = _add_controls(arms, pools) if settings.controls else {}
    _check_names(arms)
    cells = tuple(replace(cell, seed=seed) for seed in settings.seeds for cell in arms.values())
    for cell in cells:
        check(cell, pools)
    return Plan(cells, controls)


def check(cell: Cell, pools: Pools) -> None:
    """Refuse a cell that lacks what it would learn from, or has too few steps for its stages.

    `train` makes do with one kind where a share is natural; here that would be another strategy under its name.
    """
    gold, silver = cell.draw(pools)
    uses_gold, uses_silver = cell.stages.uses()
    for used, examples, kind in ((uses_gold, gold, "gold"), (uses_silver, silver, "silver")):
        if used and not len(examples):
            gone = pools.dropped(cell.condition.teacher, cell.seed) if kind == "silver" else 0
            why = f" left: all {gone:,} give way to gold, see gives_way" if gone else ""
            raise DataError(
                f"the strategy {cell.condition.strategy} needs {kind} labels, but there are none{why}; "
                "give some or leave it out"
            )
    if cell.training.silver.errors and cell.stages.uses()[1] and not len(cell.overlap(pools).trainable):
        _refuse_to_judge(cell, pools, gold, silver)
    cell.stages.steps(cell.training.total_steps(cell.stages, len(gold), len(silver)))


def _refuse_to_judge(cell: Cell, pools: Pools, gold: Dataset, silver: Dataset) -> None:
    """The teacher is to be judged by texts of gold that it labelled too, but there are none."""
    if pools.gives_way == "gold":
        raise DataError(
            f"{cell.name}: the teacher is judged by texts that have gold and silver labels, but with "
            'gives_way = "gold" there are none; let silver give way, or leave the treatment out'
        )
    check_overlap((), gold, silver)


def _cell(
    condition: Condition, seed: int, stages: Strategy, labels: tuple[str, ...], settings: CompareSettings
) -> Cell:
    student = condition.student or settings.students[0]
    own, training = settings.settings_of(student), settings.train
    if condition.treatment:
        training = training.model_copy(update={"silver": settings.treatments[condition.treatment]})
    if training.check_every is None:
        training = training.model_copy(update={"choose_by": ""})  # it chooses among rows, and within none
    return Cell(condition, seed, stages, labels, student, own, training, settings.threads)


def _add_controls(arms: dict[Condition, Cell], pools: Pools) -> dict[str, dict[Question, str]]:
    found: dict[str, dict[Question, str]] = {}
    for condition, cell in list(arms.items()):
        gold, silver = cell.draw(pools)
        total = cell.training.total_steps(cell.stages, len(gold), len(silver))
        constant = equal_share(cell.stages.resolved(len(gold), len(silver)), total)
        restarted = gold_restarted(condition.strategy, cell.stages) if len(gold) else None
        alone = replace(condition, teacher="", silver=None, treatment="")
        wanted: dict[Question, tuple[Condition, tuple[str, Strategy] | None]]
        wanted = {"equal share": (condition, constant), "restart": (alone, restarted)}
        for question, (place, control) in wanted.items():
            if control:
                name = _place_control(arms, place, cell, *control)
                found.setdefault(condition.name, {})[question] = name
    return found


def _place_control(arms: dict[Condition, Cell], place: Condition, cell: Cell, name: str, stages: Strategy) -> str:
    """Add the control's cell, unless a row of the same stages is there; returns the row's name."""
    for condition, other in arms.items():
        if replace(condition, strategy="") == replace(place, strategy="") and other.stages.stages == stages.stages:
            return condition.name
    condition = replace(place, strategy=name)
    while condition in arms:  # a strategy of the user's own may have the name
        condition = replace(condition, strategy=f"{condition.strategy}, control")
    arms[condition] = replace(cell, condition=condition, stages=stages)
    return condition.name


def _check_names(conditions: Iterable[Condition]) -> None:
    found: dict[str, str] = {}
    for condition in conditions:
        if condition.name in found:
            longer = max(found[condition.name], condition.strategy, key=len)
            raise SettingsError(
                f"two rows would be called {condition.name!r}, and results go by that name; "
                f"rename the strategy {longer!r}, or else the teacher or treatment"
            )
        found[condition.name] = condition.strategy


def _check_once(settings: CompareSettings) -> None:
    axes = {"seed": settings.seeds, "gold size": settings.gold_sizes, "silver size": settings.silver_sizes}
    for what, values in {**axes, "student": settings.students}.items():
        if len(set(values)) < len(values):
            raise SettingsError(f"each {what} counts once, got {', '.join(map(str, values))}")
    if not settings.students:
        raise SettingsError("a comparison needs at least one student; vermeil list students shows them")
