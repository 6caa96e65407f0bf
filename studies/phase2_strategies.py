"""Phase 2 of the paper on CoNLL-2003: regimens by teacher, with 200 gold sentences.

    python studies/phase2_strategies.py --quick

Interrupted, it goes on where it stopped. Writes docs/results/phase2-quick.md with its figure and CSV.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import sys
import time
from pathlib import Path

import matplotlib
from conll import gold_outside, labels, read_conll
from matplotlib.figure import Figure

import vermeil as vm

ROOT = Path(__file__).parents[1]
GOLD_ALONE = ("gold-only", "gold-then-gold")
WITH_SILVER = ("silver-only", "pooled", "silver-then-gold", "sigmoid", "power")


def main() -> None:
    """Run the grid, write table and figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, 200 gold and 3,000 silver sentences")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--gold", type=int, default=200)
    parser.add_argument("--silver", type=int, default=3000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs")
    arguments = parser.parse_args()
    began = time.monotonic()
    comparisons = run(arguments)
    write(comparisons, arguments, time.monotonic() - began)


def run(arguments: argparse.Namespace) -> dict[str, vm.Comparison]:
    """Three comparisons on one test set: without a teacher, with the strong one, with the weak one."""
    conll = read_conll()
    gold = gold_outside(conll, arguments.gold, seed=0)
    settings = vm.CompareSettings(
        train=vm.TrainSettings(steps=arguments.steps, batch_size=arguments.batch_size),
        seeds=tuple(arguments.seeds),
        workers=arguments.workers,
        keep_model=False,
    )
    plan = {
        "none": (GOLD_ALONE, vm.Dataset(())),
        "strong": (WITH_SILVER, conll.strong.sample(arguments.silver, seed=0)),
        "weak": (WITH_SILVER, conll.weak.sample(arguments.silver, seed=0)),
    }
    done = {}
    for teacher, (strategies, silver) in plan.items():
        done[teacher] = vm.compare(
            strategies,
            labels(),
            gold=gold,
            silver=silver,
            test=conll.test,
            settings=settings,
            out=arguments.runs / f"phase2-{arguments.gold}-{arguments.silver}-{arguments.steps}" / teacher,
            on_result=lambda result, before, teacher=teacher: print(
                f"{teacher:6} {result.name:24} F1 {100 * result.scores.f1:.1f}  {result.seconds:.0f} s"
                f"{'  (done before)' if before else ''}",
                flush=True,
            ),
        )
    return done


def rows(comparisons: dict[str, vm.Comparison]) -> list[dict[str, str]]:
    """One row for each teacher and strategy, scores in points."""
    baseline = comparisons["none"]["gold-only"]
    found = []
    for teacher, comparison in comparisons.items():
        for row in comparison:
            bounds, gain = row.interval(), row.difference(baseline)
            found.append(
                {
                    "teacher": teacher,
                    "strategy": row.strategy,
                    "precision": f"{100 * row.precision:.1f}",
                    "recall": f"{100 * row.recall:.1f}",
                    "F1": f"{100 * row.f1:.1f}",
                    "95 % interval": f"{100 * bounds.low:.1f} to {100 * bounds.high:.1f}",
                    "over gold-only": "" if row is baseline else f"{100 * gain.value:+.1f} (p {gain.p:.3f})",
                    "mean share of silver": f"{row.mean_share:.2f}",
                    "seconds a cell": f"{row.seconds:.0f}",
                }
            )
    return found


def write(comparisons: dict[str, vm.Comparison], arguments: argparse.Namespace, seconds: float) -> None:
    """The page, its CSV and its figure, in docs/results."""
    target = ROOT / "docs/results"
    target.mkdir(parents=True, exist_ok=True)
    table = rows(comparisons)
    with (target / "phase2-quick.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)
    draw(comparisons, target / "phase2-quick.svg")
    (target / "phase2-quick.md").write_text(page(table, comparisons, arguments, seconds), encoding="utf-8")
    print(f"written: {target / 'phase2-quick.md'}, in {seconds / 60:.1f} minutes")


def page(
    table: list[dict[str, str]], comparisons: dict[str, vm.Comparison], arguments: argparse.Namespace, seconds: float
) -> str:
    """What was run, the table, what made it."""
    made = comparisons["strong"].made
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    cells = sum(row.seconds * len(row.results) for comparison in comparisons.values() for row in comparison)
    head = "| " + " | ".join(table[0]) + " |\n|" + " --- |" * len(table[0])
    body = "\n".join("| " + " | ".join(row.values()) + " |" for row in table)
    return f"""# Phase 2, quick: which regimen with which teacher

{arguments.gold} gold sentences of CoNLL-2003 (none of which a teacher's silver covers), {arguments.silver:,} silver
sentences of each teacher, the embedded student, {arguments.steps} steps of {arguments.batch_size}, seeds
{", ".join(map(str, arguments.seeds))}; scored on the {len(comparisons["strong"].test):,} test sentences, strict F1.
The teachers: *strong*, a Claude model, zero-shot; *weak*, GPT-3.5 (NoiseBench). Intervals are a bootstrap over
the test set's documents for these trained students; one seed says nothing about how far seeds scatter.

![F1 by teacher and strategy](phase2-quick.svg)

{head}
{body}

Made on {made["made"][:10]} with `python {shlex.join(sys.argv)}` on {made["machine"]["cores"]} cores
({made["machine"]["processor"]}), {arguments.workers} cells at a time with one thread each, in
{seconds / 60:.0f} minutes ({cells / 60:.0f} minutes of cells, those kept from an earlier run included).
Versions: {versions}. The CSV beside this page has the same rows.
"""


def draw(comparisons: dict[str, vm.Comparison], path: Path) -> None:
    """F1 with its interval, a colour for each teacher."""
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vermeil"})
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    colours = {"none": "#555555", "strong": "#0072b2", "weak": "#d55e00"}
    names, place = [], 0
    for teacher, comparison in comparisons.items():
        for row in comparison:
            bounds = row.interval()
            low, high = 100 * (bounds.value - bounds.low), 100 * (bounds.high - bounds.value)
            axes.errorbar(100 * bounds.value, place, xerr=[[low], [high]], fmt="o", color=colours[teacher], capsize=3)
            names.append(row.strategy if teacher == "none" else f"{row.strategy}, {teacher}")
            place += 1
    axes.axvline(100 * comparisons["none"]["gold-only"].f1, color="#555555", linestyle=":", linewidth=1)
    axes.set_yticks(range(place), names)
    axes.invert_yaxis()
    axes.set_xlabel("strict F1 on the test set, 95 % interval (dotted: gold-only)")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
