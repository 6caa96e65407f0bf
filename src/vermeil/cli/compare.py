"""`vermeil compare`: which strategy is best for these data?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vermeil.cli.cells import CellBars
from vermeil.cli.options import ChooseBy, Column, Dev, Gold, Json, LabelColumn, Set, Silver, TaskFile, resolve
from vermeil.cli.report import show
from vermeil.cli.terminal import counting, note, print_json
from vermeil.compare import Comparison, Pick, StudyFile, Watch, pick_of_study, run_study
from vermeil.errors import SettingsError
from vermeil.report import report

EXAMPLE = (
    "Example: [bold]vermeil compare study.toml --out results/[/bold]; run it again to go on after a break. "
    "[bold]vermeil compare study.toml --pick[/bold] finds the best strategy, for less, and saves its model."
)


def command(
    study: Annotated[Path | None, typer.Argument(help="Study file (TOML).", show_default=False)] = None,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Results folder.", show_default=False)] = None,
    task: TaskFile = None,
    gold: Gold = None,
    silver: Silver = None,
    dev: Dev = None,
    test: Annotated[Path | None, typer.Option(help="Human labels to score with.", show_default=False)] = None,
    column: Column = None,
    label_column: LabelColumn = None,
    strategies: Annotated[
        list[str] | None, typer.Option("--strategy", help="Once for each: only these are run.", show_default=False)
    ] = None,
    gold_sizes: Annotated[
        list[str] | None, typer.Option("--gold-size", help="Once for each: 200, or all.", show_default=False)
    ] = None,
    treatments: Annotated[
        list[str] | None, typer.Option("--treatment", help="Once for each way to use silver.", show_default=False)
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seed", help="Once for each seed.", show_default=False)] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps of a cell.", show_default=False)] = None,
    epochs: Annotated[float | None, typer.Option(help="Instead: passes over its data.", show_default=False)] = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Add a constant of equal share, and gold alone with the same restarts.")
    ] = False,
    choose_by: ChooseBy = None,
    pick: Annotated[
        bool, typer.Option("--pick", help="Narrow the strategies down on dev; save the winner's model.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Cells at a time (cores).", show_default=False)] = None,
    settings: Set = None,
    json: Json = False,
) -> None:
    """Train every strategy with every seed at equal steps, score all on one test set, write the report."""
    flags: dict[str, Any] = {"out": out_folder, "task": task, "gold": gold, "silver": silver, "dev": dev, "test": test}
    flags |= {"seeds": seeds, "train.steps": steps, "train.epochs": epochs}
    flags |= {"gold_sizes": [_size(size) for size in gold_sizes or ()]}
    flags |= {"column": column, "label_column": label_column}
    flags |= {"controls": controls or None, "workers": workers, "train.choose_by": choose_by}
    options = resolve(StudyFile, study, settings, flags).narrowed(strategies or (), treatments or ())
    with CellBars() as bars:
        watch = Watch(bars.on_plan, bars.on_progress, bars.on_result, lambda round: note(str(round)))
        picked = pick_of_study(options, watch) if pick else None
        comparison = picked.comparison if picked else run_study(options, watch)
    with counting("writing the report") as on_progress:
        written = report(comparison, options.out, on_progress=on_progress)
    _show(comparison, picked, json)
    if picked:
        note(f"picked: {picked.winner.name}; model: {options.out / 'model'}; why: {options.out / 'pick.json'}")
    note(f"written: {written}")


def _size(given: str) -> int | str:
    if not given.isdecimal() and given != "all":
        raise SettingsError(
            f"--gold-size is a number of texts or all, got {given!r}; for several: --gold-size 50 --gold-size all"
        )
    return int(given) if given.isdecimal() else given


def _show(comparison: Comparison, picked: Pick | None, json: bool) -> None:
    if json:
        rounds = {"picked": picked.winner.name, "rounds": [asdict(one) for one in picked.rounds]} if picked else {}
        print_json(comparison.as_dict() | rounds)
        return
    show(comparison)
