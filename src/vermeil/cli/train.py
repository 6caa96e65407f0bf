"""`vermeil train`: one student, one strategy."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer
from pydantic import Field

from vermeil import formats, students
from vermeil.cli.options import ChooseBy, Column, Config, Dev, Gold, Json, LabelColumn, Set, Silver, TaskFile, resolve
from vermeil.cli.terminal import bar, note, note_teacher, out, print_json, working
from vermeil.data import Dataset
from vermeil.errors import SettingsError
from vermeil.evaluate.score import Scores, evaluate
from vermeil.settings import Settings
from vermeil.tasks import Task, read_task
from vermeil.train.checkpoint import EVERY, beside, checkpoints
from vermeil.train.given import never_shown
from vermeil.train.run import Run, Step, annotation_of, run_record
from vermeil.train.strategies import Strategy, strategy, strategy_from
from vermeil.train.trainer import NOTHING, TrainSettings, train

EXAMPLE = (
    "Example: [bold]vermeil train --task task.toml --gold gold.conll --silver silver.jsonl "
    "--strategy silver-then-gold --out model/[/bold]"
)


class Options(Settings):
    """What `--config` may hold; `stages` is a strategy of one's own, in place of a name.

    Columns are those of gold and dev; silver is as vermeil writes it.
    """

    task: Path | None = None
    gold: Path | None = None
    silver: Path | None = None
    dev: Path | None = None
    column: str = "text"
    label_column: str | None = None
    strategy: str | None = None
    stages: tuple[dict[str, Any], ...] = ()
    student: str = "minilm"
    student_settings: dict[str, Any] = Field(default_factory=dict)
    train: TrainSettings = TrainSettings()
    checkpoint_every: float = Field(default=EVERY, ge=0)
    out: Path


def command(
    out_folder: Annotated[Path | None, typer.Option("--out", help="Folder for the model.", show_default=False)] = None,
    task: TaskFile = None,
    gold: Gold = None,
    silver: Silver = None,
    dev: Dev = None,
    column: Column = None,
    label_column: LabelColumn = None,
    strategy: Annotated[
        str | None, typer.Option(help="See: vermeil list strategies (silver-then-gold-continued).", show_default=False)
    ] = None,
    student: Annotated[
        str | None, typer.Option(help="minilm, or a Hugging Face encoder by id or folder.", show_default=False)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps (500).", show_default=False)] = None,
    epochs: Annotated[float | None, typer.Option(help="Instead of steps.", show_default=False)] = None,
    batch_size: Annotated[int | None, typer.Option(help="Texts a step (32).", show_default=False)] = None,
    treatment: Annotated[
        str | None, typer.Option(help="How silver is used. See: vermeil list treatments.", show_default=False)
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Its peak.", show_default=False)] = None,
    seed: Annotated[int | None, typer.Option(help="Of data order and head (0).", show_default=False)] = None,
    check_every: Annotated[
        int | None, typer.Option(help="Steps between looks at dev; the best is kept.", show_default=False)
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="Looks without a rise that end a stage.", show_default=False)
    ] = None,
    choose_by: ChooseBy = None,
    checkpoint_every: Annotated[
        float | None, typer.Option(help=f"Seconds between checkpoints ({EVERY:g}).", show_default=False)
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew, whatever checkpoint there is.")] = False,
    config: Config = None,
    settings: Set = None,
    json: Json = False,
) -> None:
    """Train a student on human (gold) and LLM (silver) labels.

    Ctrl-C stops between two steps; the same command goes on from there, and ends with the same weights.
    """
    flags: dict[str, Any] = {
        "task": task,
        "gold": gold,
        "silver": silver,
        "dev": dev,
        "column": column,
        "label_column": label_column,
        "strategy": strategy,
        "student": student,
    }
    flags |= {"out": out_folder, "train.steps": steps, "train.epochs": epochs, "train.batch_size": batch_size}
    flags |= {"train.learning_rate": learning_rate, "train.seed": seed}
    flags |= {"train.check_every": check_every, "train.patience": patience, "train.choose_by": choose_by}
    flags |= {"checkpoint_every": checkpoint_every}
    flags |= {"stages": () if strategy else None}  # those of a file give way to what is named here
    if treatment:  # what --set says of it goes on top
        settings = [f"train.silver={{treatment={dumps(treatment)}}}", *(settings or ())]
    _train(resolve(Options, config, settings, flags), fresh=fresh, json=json)


def _train(options: Options, *, fresh: bool, json: bool) -> None:
    task = read_task(options.task) if options.task else None
    named: dict[str, Any] = {"column": options.column, "label_column": options.label_column}
    gold, dev = (_read(path, task, **named) for path in (options.gold, options.dev))
    silver = _read(options.silver, task)
    annotation = annotation_of(silver, options.silver) if options.silver else {}
    note_teacher(gold)
    kind = task.kind if task else (gold if len(gold) else silver).kind
    labels = tuple(task.labels) if task else tuple(sorted({*gold.labels, *silver.labels}))
    if not labels:
        raise SettingsError("no label is known: give --task task.toml, or --gold or --silver with labels in them")
    if not options.stages:
        options = options.model_copy(update={"strategy": options.strategy or _fitting(gold, silver)})
    chosen = _chosen(options)
    with working("loading the student"):
        learner = students.student(
            options.student, labels, seed=options.train.seed, kind=kind, **options.student_settings
        )
    _warn(never_shown(gold.trainable, labels), silver.trainable.labels if chosen.uses()[1] else ())
    _warn_of_one_kind(options.strategy or "this strategy", chosen, len(gold.trainable), len(silver.trainable))
    if all(chosen.uses()) and not options.train.silver.judges:
        _warn_of_shared(len(set(gold.trainable.texts).intersection(silver.trainable.texts)))
    total = options.train.total_steps(chosen, len(gold.trainable), len(silver.trainable))
    with checkpoints(beside(options.out), every=options.checkpoint_every, fresh=fresh) as kept:
        with bar("training", total) as advance:
            run = train(
                learner,
                chosen,
                gold=gold,
                silver=silver,
                dev=dev,
                settings=options.train,
                on_step=lambda step: advance(1, _told(step)),
                checkpoints=kept,
            )
        learner.save(options.out, {"run.json": run_record(run, options.model_dump(mode="json"), annotation)})
        kept.remove()
    scores = evaluate(learner, dev) if len(dev) else None
    if json:
        print_json({"model": str(options.out), "dev": scores.as_dict() if scores else None, **run.as_dict()})
        return
    _summary(run, scores, dev.name, options)


def _chosen(options: Options) -> Strategy:
    if not options.stages:
        return strategy(options.strategy or "")
    if options.strategy:
        raise SettingsError(f"a strategy is named ({options.strategy}) and stages are given; leave one of them out")
    return strategy_from({"stages": options.stages}, "stages")


def _fitting(gold: Dataset, silver: Dataset) -> str:
    """The strategy where none was named."""
    if len(gold) and len(silver):
        return "silver-then-gold-continued"  # a restart costs points where gold is scarce (docs/results)
    return "silver-only" if len(silver) else "gold-only"


def _summary(run: Run, scores: Scores | None, dev: str, options: Options) -> None:
    if run.checks:
        note(f"dev was best after step {run.kept:,} of {len(run.steps):,}; that is the model")
    out.print(f"{len(run.steps)} steps in {run.seconds:.0f} s, mean share of silver {run.mean_share:.0%}")
    if scores:
        out.print(f"on {dev}:\n{scores}", markup=False)
    model, labelled = quote(str(options.out)), options.gold or options.silver
    test = f"test{''.join(labelled.suffixes) if labelled else '.jsonl'}"
    columns = f" --column {quote(options.column)}" if options.column != "text" else ""
    labels = f" --label-column {quote(options.label_column)}" if options.label_column else ""
    note(
        f"model: {options.out}; next: vermeil evaluate {model} {test}{columns}{labels}, "
        f"or vermeil predict {model} texts.txt"
    )


def _warn(unseen: Sequence[str], silver: Sequence[str]) -> None:
    """Tell of labels that gold never shows."""
    if taught := [label for label in unseen if label in silver]:
        note(f"gold never shows {', '.join(taught)}; what the student knows of that, it has from silver alone")
    if untaught := [label for label in unseen if label not in silver]:
        note(
            f"gold never shows {', '.join(untaught)}, nor does silver that is learnt from: the student cannot learn "
            "it; give labelled texts of it, or leave it out of the task"
        )


def _told(step: Step) -> str:
    seen = "" if step.dev is None else f", dev {100 * step.dev:.1f}"
    return f"loss {step.loss:.3f}, silver {step.share:.0%}{seen}"


def _read(path: Path | None, task: Task | None, **named: Any) -> Dataset:  # noqa: ANN401 (names of columns)
    if not path:
        return NOTHING
    return formats.read(path, labels=task.labels, kind=task.kind, **named) if task else formats.read(path, **named)


def _warn_of_one_kind(name: str, chosen: Strategy, gold: int, silver: int) -> None:
    """Tell of labels that the strategy would draw from and makes do without."""
    if all(chosen.uses()) and bool(gold) != bool(silver) and not chosen.needs()[0 if silver else 1]:
        missing, there = ("gold", "silver") if silver else ("silver", "gold")
        note(f"there are no {missing} labels: {name} learns from {there} alone")


def _warn_of_shared(texts: int) -> None:
    """Tell of texts that are learnt from twice."""
    if texts:
        note(
            f"{texts:,} {'text has' if texts == 1 else 'texts have'} gold and silver labels, and both are learnt: "
            "leave them out of silver, or let a --treatment judge the teacher by them"
        )
