"""What the studies' grids share: options, running in the background, and the page of what is done so far."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from conll import Conll, labels

import vermeil as vm

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs/results"


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
    conll: Conll,
    gold: vm.Dataset,
    silver: Mapping[str, vm.Dataset],
    given: argparse.Namespace,
    **axes: object,
) -> vm.Comparison:
    """The grid, or what is done of it; a grid that was stopped goes on with the cells that are missing.

    Args:
        axes: further `CompareSettings`.
    """
    folder = given.runs / f"{name}-{given.steps}x{given.batch_size}"
    if given.page_only:
        return vm.read_comparison(folder)
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
            scores = f"F1 {100 * result.scores.f1:.1f}  {result.seconds:.0f} s"  # type: ignore[attr-defined]
            print(f"{done} {result.name}: {scores}", flush=True)  # type: ignore[attr-defined]

    return vm.compare(
        strategies,
        labels(),
        gold=gold,
        silver=silver,
        dev=conll.dev.sample(given.dev, seed=0),
        test=conll.test,
        other_tests=conll.other_tests,
        settings=settings,
        out=folder,
        on_plan=lambda cells: print(f"{name}: {cells} cells", flush=True),
        on_result=on_result,
    )


def write(name: str, title: str, about: str, comparison: vm.Comparison) -> None:
    """The page, with the report's figures and tables beside it, in docs/results; no text of the test set is in them."""
    vm.report(comparison, RESULTS / name, title=title, examples=0)
    (RESULTS / f"{name}.md").write_text(page(name, title, about, comparison), encoding="utf-8")
    print(f"written: {RESULTS / f'{name}.md'}")


def page(name: str, title: str, about: str, comparison: vm.Comparison) -> str:
    """What was run, the table, what was not run, what made it."""
    made = comparison.made
    done, planned = sum(len(row.results) for row in comparison), int(made["cells"])
    minutes = sum(result.seconds for row in comparison for result in row.results) / 60
    versions = ", ".join(f"{package} {version}" for package, version in made["versions"].items())
    missing = "" if done == planned else f"\n**{planned - done} of {planned} cells have not been run.**\n"
    return f"""# {title}

{about}

Scored on the {len(comparison.test):,} test sentences of CoNLL-2003, strict F1, and on two corrections of their labels.
Intervals are over documents and seeds together. *Over gold alone*: the difference to gold alone with as many gold
sentences, with its interval; * where it is significant after Holm's correction. *Multiplier*: the gold sentences
that gold alone would need for the same F1, by those used.
{missing}
{table(comparison)}

The whole report, with learning curves and errors by kind: [{name}/report.html]({name}/report.html); its figures and
their data are in the same folder.

Last run on {made["made"][:10]} with `python {shlex.join(sys.argv)}` on {made["machine"]["cores"]} cores
({made["machine"]["processor"]}), {done} cells of {minutes / done:.1f} minutes on average, one thread each.
Versions: {versions}.
"""


def table(comparison: vm.Comparison) -> str:
    """One row for each row of the comparison, scores in points."""
    others = comparison.tests
    head = ["strategy", "teacher", "gold", "seeds", "F1", "95 % interval", *others, "over gold alone", "multiplier"]
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
            f"{100 * row.f1:.1f}",
            f"{100 * bounds.low:.1f} to {100 * bounds.high:.1f}",
            *(f"{100 * row.interval(test=other).value:.1f}" for other in others),
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
