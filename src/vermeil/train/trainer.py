"""The training loop: a student, a strategy and two sets of labels in; what happened, step by step, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import Field

from vermeil.blend.sampler import blended_batches
from vermeil.data import Dataset, check_dataset
from vermeil.errors import SettingsError
from vermeil.settings import Settings
from vermeil.silver.settings import AS_IT_IS, Silver
from vermeil.students.base import Student
from vermeil.train.checkpoint import Checkpoints
from vermeil.train.choosing import Choice, choice_of
from vermeil.train.given import check_needs, learnable
from vermeil.train.resuming import made_of, resumable
from vermeil.train.run import Run, Step, describe
from vermeil.train.strategies import Strategy
from vermeil.train.strategies import strategy as named
from vermeil.train.treating import Treated, left_out, tell, treated

NOTHING = Dataset(())


class TrainSettings(Settings):
    """Everything that a run needs besides its data; saved with the run.

    Args:
        steps: optimiser steps over all stages.
        epochs: instead of `steps`: passes over the gold and the silver that the strategy draws from, together.
        learning_rate: the peak; None for the student's own default.
        silver: how silver labels are treated; a table, or the name of one in `TREATMENTS`.
        check_every: steps from one look at dev to the next; the model is then the state that was best there. None
            never looks: the model is what the last step left.
        patience: a stage ends early once so many looks in a row brought no rise on dev; None for never.
        choose_by: the figure on dev that tells the best state, and the best row of a comparison, such as "macro F1";
            empty for what predictions of the kind are compared by: F1, or accuracy.
    """

    steps: int | None = Field(default=None, ge=1)
    epochs: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    seed: int = 0
    silver: Silver = AS_IT_IS
    check_every: int | None = Field(default=None, ge=1)
    patience: int | None = Field(default=None, ge=1)
    choose_by: str = ""

    def total_steps(self, strategy: Strategy, gold: int, silver: int) -> int:
        """The steps of a run with so many examples of each; `DEFAULT_STEPS` where neither steps nor epochs are set.

        Examples that the strategy never draws don't count: gold may be there to judge the teacher alone.

        Raises:
            SettingsError: both are set.
        """
        if self.steps is not None and self.epochs is not None:
            raise SettingsError(f"give steps or epochs, not both (got {self.steps} steps, {self.epochs:g} epochs)")
        if self.epochs is not None:
            uses_gold, uses_silver = strategy.uses()
            examples = gold * uses_gold + silver * uses_silver
            return max(1, round(self.epochs * examples / self.batch_size))
        return self.steps or DEFAULT_STEPS


DEFAULT_STEPS = 500


def train(
    student: Student,
    strategy: Strategy | str,
    *,
    gold: Dataset = NOTHING,
    silver: Dataset = NOTHING,
    overlap: Dataset = NOTHING,
    dev: Dataset = NOTHING,
    settings: TrainSettings = TrainSettings(),  # noqa: B008 - frozen
    on_step: Callable[[Step], None] = lambda step: None,
    checkpoints: Checkpoints | None = None,
) -> Run:
    """Teach the student, in place. Failed and unlabelled examples are never learnt from.

    Args:
        strategy: its name will do, as `strategy` in `vermeil.train.strategies` takes it.
        overlap: the teacher's labels of texts of gold that are not in `silver`: to judge it by, not to learn from.
        dev: by which the model is chosen, if `settings.check_every` says so.
        on_step: called after each step; at first with those that an earlier run made, if there is a checkpoint.
        checkpoints: where to go on from and what to keep; Ctrl-C then strikes between two steps.

    Raises:
        DataError: gold, silver or dev is needed and there is none, or a label is not one of the student's.
        CheckpointError: the checkpoint there is belongs to another run, or is damaged.
    """
    strategy = strategy if isinstance(strategy, Strategy) else named(strategy)
    if not isinstance(settings, TrainSettings):
        raise SettingsError(f"settings of a run are TrainSettings, got {settings!r:.60}; give TrainSettings(steps=500)")
    check_dataset(dev, "dev")
    given = _given(student, strategy, gold, silver, overlap, settings)
    strategy = strategy.resolved(len(given.gold), len(given.silver))
    total = settings.total_steps(strategy, len(given.gold), len(given.silver))
    tell(student, given.treatment, total)
    for stage in strategy.stages:
        _rate(settings, stage.learning_rate, student)  # what it refuses is refused before the first step
    choice = choice_of(dev, settings.check_every, settings.patience, settings.choose_by)
    resolved = _resolved(student, strategy, given, total, settings) | ({"dev": describe(dev)} if choice else {})
    with resumable(checkpoints, student, lambda: made_of(student, strategy, resolved), choice) as run:
        steps = [Step(number, int(stage), *rest) for number, (stage, *rest) in enumerate(run.rows)]
        for step in steps:
            on_step(step)
        for step in _steps(student, strategy, given, total, settings, tuple(steps), choice):
            steps.append(step)
            on_step(step)
            run.after((step.stage, step.loss, step.planned, step.share))
        run.whole()
        if choice:
            choice.apply(student)
    checks = tuple(choice.checks) if choice else ()
    return Run(tuple(steps), run.seconds, resolved | _left_out(student, given), checks)


def _given(
    student: Student, strategy: Strategy, gold: Dataset, silver: Dataset, overlap: Dataset, settings: TrainSettings
) -> Treated:
    """What there is to learn from, and how."""
    gold, silver = learnable(gold, "gold", student), learnable(silver, "silver", student)
    use = settings.silver if strategy.uses()[1] else AS_IT_IS
    given = treated(gold, silver, learnable(overlap, "overlap", student), student.labels, use, student.kind)
    check_needs(strategy, given.gold, given.silver)
    return given


def _steps(
    student: Student,
    strategy: Strategy,
    given: Treated,
    total: int,
    settings: TrainSettings,
    made: Sequence[Step],
    choice: Choice | None,
) -> Iterator[Step]:
    """The steps after those that were made; where a stage was under way, the student stands in it already."""
    counts, number = strategy.steps(total), len(made)
    for i, stage in enumerate(strategy.stages):
        if made and made[-1].stage > i:
            continue
        begun = sum(step.stage == i for step in made)
        if not begun and (i == 0 or stage.restart):
            student.start_stage(
                _steps_until_restart(strategy, counts, i), _rate(settings, stage.learning_rate, student)
            )
        batches = blended_batches(
            given.gold.examples,
            given.silver.examples,
            stage.schedule,
            batch_size=settings.batch_size,
            steps=counts[i],
            seed=1000 * settings.seed + i,
        )
        for done, batch in enumerate(islice(batches, begun, None), start=begun + 1):
            if choice and choice.ended(i):
                break
            loss, number = student.learn(batch.examples), number + 1
            seen = choice.after_step(student, number, i, done, counts[i]) if choice else None
            yield Step(number - 1, i, loss, batch.planned, batch.share, seen)


def _steps_until_restart(strategy: Strategy, counts: tuple[int, ...], first: int) -> int:
    """Stages that don't restart the optimiser share the learning-rate curve of the one that did."""
    steps = counts[first]
    for stage, count in zip(strategy.stages[first + 1 :], counts[first + 1 :], strict=True):
        if stage.restart:
            break
        steps += count
    return steps


def _rate(settings: TrainSettings, multiple: float, student: Student) -> float | None:
    """The stage's peak learning rate; None leaves it to the student."""
    rate: float | None = settings.learning_rate
    if rate is None and multiple != 1:
        rate = student.settings.get("learning_rate")
        if rate is None:
            raise SettingsError("a stage with a learning rate of its own needs the run's learning_rate to be set")
    return None if rate is None else rate * multiple


def _resolved(
    student: Student, strategy: Strategy, given: Treated, total: int, settings: TrainSettings
) -> dict[str, Any]:
    found = {
        "strategy": strategy.as_dict(),
        "settings": settings.model_dump() | {"steps": total},
        "student": dict(student.settings),
        "gold": describe(given.gold),
        "silver": describe(given.silver),
    }
    return found if given.estimated is None else found | {"treatment": dict(given.estimated)}


def _left_out(student: Student, given: Treated) -> dict[str, Any]:
    if given.estimated is None:
        return {}
    return {"treatment": {**given.estimated, "left_out": dict(left_out(student))}}
