"""`vermeil compare`: which strategy is best for these data?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import Field

from vermeil import formats
from vermeil.cli.cells import CellBars
from vermeil.cli.options import Dev, Gold, Json, Set, Silver, TaskFile, resolve
from vermeil.cli.terminal import note, out, print_json, working
from vermeil.compare import CompareSettings, Comparison, compare
from vermeil.data import Dataset
from vermeil.provenance import cores
from vermeil.report import report, table
from vermeil.tasks import read_task
from vermeil.train.strategies import Strategy, strategy, strategy_from

EXAMPLE = "Example: [bold]vermeil compare study.toml --out results/[/bold]; run it again to go on after a break."

DEFAULT = ("gold-only", "silver-only", "pooled", "silver-then-gold", "sigmoid")


class Options(CompareSettings):
    """What a study file holds: the settings of a comparison, its data, and strategies of one's own."""

    task: Path
    gold: Path | None = None
    silver: Path | None = None
    dev: Path | None = None
    test: Path
    strategies: tuple[str, ...] = DEFAULT
    strategy: dict[str, dict[str, Any]] = Field(default_factory=dict)
    workers: int = Field(default_factory=cores, ge=1)
    out: Path = Path("results")


def command(
    study: Annotated[Path | None, typer.Argument(help="Study file (TOML).", show_default=False)] = None,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Results folder.", show_default=False)] = None,
    task: TaskFile = None,
    gold: Gold = None,
    silver: Silver = None,
    dev: Dev = None,
    test: Annotated[Path | None, typer.Option(help="Human labels to score with.", show_default=False)] = None,
    strategies: Annotated[
        list[str] | None, typer.Option("--strategy", help="Once for each strategy.", show_default=False)
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seed", help="Once for each seed.", show_default=False)] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps of a cell.", show_default=False)] = None,
    workers: Annotated[int | None, typer.Option(help="Cells at a time (cores).", show_default=False)] = None,
    settings: Set = None,
    json: Json = False,
) -> None:
    """Train every strategy with every seed at equal steps, score all on one test set, write the report."""
    flags: dict[str, Any] = {"out": out_folder, "task": task, "gold": gold, "silver": silver, "dev": dev, "test": test}
    flags |= {"strategies": strategies, "seeds": seeds, "train.steps": steps, "workers": workers}
    options = resolve(Options, study, settings, flags)
    comparison = _compare(options)
    with working("writing the report"):
        written = report(comparison, options.out)
    if json:
        print_json(comparison.as_dict())
    else:
        out.print(table(comparison))
    note(f"written: {written}")


def _compare(options: Options) -> Comparison:
    labels = tuple(read_task(options.task).labels)
    strategies = _strategies(options)
    paths = {"gold": options.gold, "silver": options.silver, "dev": options.dev, "test": options.test}
    sets = {kind: formats.read(path, labels=labels) if path else Dataset(()) for kind, path in paths.items()}
    with CellBars(len(strategies) * len(options.seeds)) as progress:
        return compare(
            strategies,
            labels,
            **sets,
            settings=CompareSettings(**options.model_dump(include=set(CompareSettings.model_fields))),
            out=options.out,
            on_progress=progress.on_progress,
            on_result=progress.on_result,
        )


def _strategies(options: Options) -> dict[str, Strategy]:
    own = {name: strategy_from(values, f"strategy.{name}") for name, values in options.strategy.items()}
    named = {name: own[name] if name in own else strategy(name) for name in options.strategies}
    return named | own
