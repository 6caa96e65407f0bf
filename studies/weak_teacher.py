"""What more can be had of a weak teacher before gold: where the stages part, and how its labels are treated.

    python studies/weak_teacher.py            one seed, 50 gold sentences; stopped, it goes on where it was
    python studies/weak_teacher.py --page-only

The optimiser goes on from silver to gold, which did best in phase 2. Writes docs/results/weak-teacher.md.
"""

from __future__ import annotations

from dataclasses import replace

from conll import gold_outside, read_conll
from grids import RESULTS, last_run, not_run, options, run, table

import vermeil as vm

BEST = "silver-then-gold-continued"
SHAPES = ("silver-then-gold", BEST, f"{BEST}(first=0.4)", f"{BEST}(first=0.8)")
TREATMENTS = {
    "smoothed": vm.TREATMENTS["smoothed"],
    "missed doubted": vm.SilverSettings(disagreement=("missed",)),
    "smoothed, missed doubted": vm.SilverSettings(smoothing=0.1, disagreement=("missed",)),
}
"""Those that helped before gold (silver-options) and need no gold that the teacher labelled, too."""


def main() -> None:
    """Run the grids, write one page."""
    parser = options(__doc__ or "", seeds=1)
    parser.add_argument("--gold", type=int, nargs="+", default=[50])
    given = parser.parse_args()
    conll = read_conll()
    gold, weak = gold_outside(conll), {"weak": conll.teachers["weak"]}
    sizes = {"gold_sizes": tuple(given.gold), "silver_sizes": (given.silver,)}
    parts = [
        run("weak-gold", ("gold-only",), conll, gold, {}, given, gold_sizes=(50, 200, 1000, "all")),
        run("weak-shapes", SHAPES, conll, gold, weak, given, **sizes),
        run("weak-treated", (BEST,), conll, gold, weak, given, treatments=TREATMENTS, **sizes),
    ]
    target = RESULTS / "weak-teacher.md"
    target.write_text(page(parts, given.silver), encoding="utf-8")
    print(f"written: {target}")


def page(parts: list[vm.Comparison], silver: int) -> str:
    """One table of all, and what made it."""
    alone, shapes, treated = parts
    settings = shapes.made["settings"]["train"]
    # the table has no column for treatments
    named = tuple(
        replace(
            row, condition=replace(row.condition, strategy=f"{row.strategy}, {row.condition.treatment}", treatment="")
        )
        for row in treated
    )
    together, seeds = (
        replace(shapes, rows=(*alone.rows, *shapes.rows, *named)),
        ", ".join(map(str, shapes.made["settings"]["seeds"])),
    )
    return f"""# More of a weak teacher

{silver:,} silver sentences of the weak teacher before gold, {settings["steps"]} steps of {settings["batch_size"]}.
*Continued*: the optimiser is not begun anew for gold, and its learning rate goes on falling. *first* is the part of the
steps that silver has (0.6 unless it is named). The treatments are of silver alone, see
[silver-options](silver-options.md).

Strict F1 on {len(shapes.test):,} test texts. *Over gold alone*: * where it is significant after Holm's correction.
Seeds: {seeds}. One seed says nothing about how far seeds scatter.
{not_run(*parts)}
{table(together)}

{last_run(shapes.made)}
"""


if __name__ == "__main__":
    main()
