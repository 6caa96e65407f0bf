"""`vermeil list`: what there is to choose from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from vermeil import folder, llms, students, tasks
from vermeil.blend.schedules import SCHEDULES
from vermeil.cli.options import Json
from vermeil.cli.terminal import out, print_json
from vermeil.formats.sniff import ABOUT
from vermeil.silver.settings import TREATMENTS
from vermeil.train.strategies import STRATEGIES, Strategy, call_name, parameters

EXAMPLE = "Example: [bold]vermeil list strategies[/bold]"


class Kind(StrEnum):
    """What can be listed."""

    TASKS = "tasks"
    LLMS = "llms"
    STRATEGIES = "strategies"
    SCHEDULES = "schedules"
    STUDENTS = "students"
    TREATMENTS = "treatments"
    FORMATS = "formats"


def command(
    kind: Annotated[Kind | None, typer.Argument(help="What to list; everything by default.")] = None,
    json: Json = False,
) -> None:
    """List tasks, LLMs, strategies, schedules, students, treatments of silver and formats, one line each."""
    listed = {k.value: _entries(k) for k in ([kind] if kind else Kind)}
    if json:
        print_json(listed)
        return
    for name, entries in listed.items():
        out.print(f"[bold]{name}[/bold]")
        wide = max(map(len, entries))
        for entry, about in entries.items():
            out.print(f"  [green]{entry:<{wide}}[/green]  {escape(about)}")


def _entries(kind: Kind) -> dict[str, str]:
    if kind is Kind.STRATEGIES:
        return {name: _with_parameters(strategy) for name, strategy in STRATEGIES.items()}
    if kind is Kind.SCHEDULES:
        return {name: (made.__doc__ or "").split("\n")[0] for name, made in SCHEDULES.items()}
    if kind is Kind.TREATMENTS:
        return {name: str(treatment) for name, treatment in TREATMENTS.items()}
    if kind is Kind.FORMATS:
        return dict(ABOUT)
    package = {Kind.TASKS: tasks, Kind.LLMS: llms, Kind.STUDENTS: students}[kind]
    return folder.abouts(package)


def _with_parameters(strategy: Strategy) -> str:
    """What it is, and what can be set: `--strategy "sigmoid(midpoint=0.4)"`."""
    said = call_name("", parameters(strategy))
    return f"{strategy.about} {said}".strip()
