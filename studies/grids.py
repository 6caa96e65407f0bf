"""What the studies' grids share: options, running in the background, and the page of what is done so far."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import vermeil as vm

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs/results"


class Sets(Protocol):
    """What a study is scored on."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels."""

    @property
    def dev(self) -> vm.Dataset:
        """What the best strategy is chosen by."""

    @property
    def test(self) -> vm.Dataset:
        """What all are scored on."""

    @property
    def other_tests(self) -> Mapping[str, vm.Dataset]:
        """Other labels of the test set, by name."""


def options(about: str, *, seeds: int = 3) -> argparse.ArgumentParser:
    """The options that all grids take."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(seeds)))
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--silver", type=int, default=3000, help="sentences of each teacher")
    parser.add_argument("--dev", type=int, default=500, help="dev sentences, of which nothing is learnt")
    parser.add_argument("--workers", type=int, default=2, help="cells at a time, each with one thread")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="where cells are kept")
    parser.add_argument("--page-only", action="store_true", help="write the page of what is done, and run nothing")
    return parser


def run(
    name: str,
    strategies: Iterable[str],
    sets: Sets,
    gold: vm.Dataset,
    silver: Mapping[str, vm.Dataset],
    given: argparse.Namespace,
    **axes: object,
) -> vm.Comparison:
    """The grid, or what is done of it; a grid that was stopped goes on with the cells that are missing.

    Cells that another study has computed are not computed again.

    Args:
        axes: further `CompareSettings`.
    """
    folder = given.runs / f"{name}-{given.steps}x{given.batch_size}"
    if given.page_only:
        return vm.read_comparison(folder)
    share_cells(folder)
    settings = vm.CompareSettings(
        train=vm.TrainSettings(steps=given.steps, batch_size=given.batch_size),
        seeds=tuple(given.seeds),
        workers=given.workers,
        keep_model=False,
        **axes,
    )
    done = 0

    def on_result(result: object, before: bool) -> None:
        nonlocal done
        done += 1
        if not before:
            scores = result.scores  # type: ignore[attr-defined]
            score = f"{scores.figures.name} {100 * scores.value:.1f}"
            print(f"{done} {result.name}: {score}  {result.seconds:.0f} s", flush=True)  # type: ignore[attr-defined]

    return vm.compare(
        strategies,
        sets.labels,
        gold=gold,
        silver=silver,
        dev=sets.dev.sample(given.dev, seed=0),
        test=sets.test,
        other_tests=sets.other_tests,
        settings=settings,
        out=folder,
        on_plan=lambda cells: print(f"{name}: {cells} cells", flush=True),
        on_result=on_result,
    )


def share_cells(folder: Path) -> None:
    """Copy what the other grids beside it have computed: a cell is found by what it was made of."""
    cells = folder / "cells"
    cells.mkdir(parents=True, exist_ok=True)
    for done in sorted(folder.parent.glob("*/cells/*.json")):
        if not (cells / done.name).exists():
            for name in (f"{done.stem}.predictions.jsonl", done.name):  # a cell's JSON says that both are whole
                shutil.copy2(done.with_name(name), cells / f".{name}")
                (cells / f".{name}").replace(cells / name)


def write(name: str, title: str, about: str, comparison: vm.Comparison) -> None:
    """The page, with the report's figures and tables beside it, in docs/results; no text of the test set is in them."""
    vm.report(comparison, RESULTS / name, title=title, examples=0)
    (RESULTS / f"{name}.md").write_text(page(name, title, about, comparison), encoding="utf-8")
    print(f"written: {RESULTS / f'{name}.md'}")


def page(name: str, title: str, about: str, comparison: vm.Comparison) -> str:
    """What was run, the table, what was not run, what made it."""
    made, done = comparison.made, sum(len(row.results) for row in comparison)
    minutes = sum(result.seconds for row in comparison for result in row.results) / 60
    versions = ", ".join(f"{package} {version}" for package, version in made["versions"].items())
    scored = ", ".join([comparison.figures.axis, *(f"also by the labels of {name}" for name in comparison.tests)])
    units = comparison.rows[0].interval().units
    return f"""# {title}

{about}

Scored on {len(comparison.test):,} test texts: {scored}.
Intervals are over {units} and seeds together. *Over gold alone*: the difference to gold alone with as many gold
texts (of silver-only: with the most), with its interval; * where it is significant after Holm's correction.
*Multiplier*: the gold texts that gold alone would need for the same score, by those used.
{not_run(comparison)}
{table(comparison)}

The whole report, with learning curves and mistakes by kind: [{name}/report.html]({name}/report.html); its figures and
their data are in the same folder.

{last_run(made)}
{done} cells of {minutes / done:.1f} minutes on average. Versions: {versions}.
"""


def not_run(*comparisons: vm.Comparison) -> str:
    """How many cells are missing, as a paragraph of its own; empty where none is."""
    done = sum(len(row.results) for comparison in comparisons for row in comparison)
    planned = sum(int(comparison.made["cells"]) for comparison in comparisons)
    return "" if done == planned else f"\n**{planned - done} of {planned} cells have not been run.**\n"


def last_run(made: Mapping[str, Any]) -> str:
    """When, with which command, and on what machine."""
    command = shlex.join(word for word in sys.argv if word != "--page-only")
    machine = made["machine"]
    return f"""Last run on {made["made"][:10]} with `python {command}` on {machine["cores"]} cores
({machine["processor"]}), one thread a cell."""


def by_seed(comparison: vm.Comparison) -> str:
    """What each cell scored: one row for each row of the comparison, one column for each seed, in points."""
    seeds = sorted({seed for row in comparison for seed in row.seeds})
    head = ["strategy", "teacher", "gold", *(f"seed {seed}" for seed in seeds)]
    lines = [f"| {' | '.join(head)} |", "| " + "--- | " * len(head)]
    for row in comparison:
        scored = {result.seed: f"{100 * result.scores.value:.1f}" for result in row.results}
        cells = [row.strategy, row.condition.teacher or "none", f"{row.gold:,.0f}", *(scored.get(s, "") for s in seeds)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def against_constants(comparison: vm.Comparison) -> str:
    """What each strategy wins over the constant of the same mean share: one row for each, in points."""
    lines = ["| strategy | constant | difference | p, corrected |", "| --- | --- | --- | --- |"]
    for contrast in comparison.contrasts:
        if contrast.question == "equal share":
            gain = _gain(contrast.difference, contrast.significant)
            lines.append(f"| {contrast.row} | {contrast.other} | {gain} | {contrast.p:.3f} |")
    return "\n".join(lines)


def table(comparison: vm.Comparison) -> str:
    """One row for each row of the comparison, scores in points."""
    others, figures = comparison.tests, comparison.figures
    head = ["strategy", "teacher", "gold", "seeds", figures.name, "95 % interval", *others, *figures.beside]
    head += ["over gold alone", "multiplier"]
    significant = {c.row for c in comparison.contrasts if c.question == "gold alone" and c.significant}
    against = {c.row: c.difference for c in comparison.contrasts if c.question == "gold alone"}
    lines = [f"| {' | '.join(head)} |", "| " + "--- | " * len(head)]
    for row in comparison:
        bounds, gain, worth = row.interval(), against.get(row.name), comparison.multipliers.get(row.name)
        cells = [
            row.strategy,
            row.condition.teacher or "none",
            f"{row.gold:,.0f}",
            str(len(row.results)),
            f"{100 * row.score:.1f}",
            f"{100 * bounds.low:.1f} to {100 * bounds.high:.1f}",
            *(f"{100 * row.interval(test=other).value:.1f}" for other in others),
            *(f"{100 * (row.figure(name) or 0):.1f}" for name in figures.beside.values()),
            _gain(gain, row.name in significant),
            str(worth) if worth else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _gain(gain: object, significant: bool) -> str:
    if gain is None:
        return ""
    low, high = 100 * gain.low, 100 * gain.high  # type: ignore[attr-defined]
    return f"{100 * gain.value:+.1f} ({low:+.1f} to {high:+.1f}){'*' if significant else ''}"  # type: ignore[attr-defined]
