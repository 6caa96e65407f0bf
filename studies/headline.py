"""The headline rows of phase 2 with more seeds: what good silver is worth pooled, and poor silver before gold.

    python studies/headline.py            5 seeds; stopped, it goes on where it was
    python studies/headline.py --page-only

Cells that phase 2 has computed are not computed again. Writes docs/results/headline.md.
"""

from __future__ import annotations

from dataclasses import replace

from conll import gold_outside, read_conll
from grids import RESULTS, options, run, table

import vermeil as vm

PARTS = {"headline-strong": ("strong", "pooled"), "headline-weak": ("weak", "silver-then-gold")}
"""By name of a grid: the teacher, and the regimen that was best with it at 50 and 200 gold sentences of one seed."""


def main() -> None:
    """Run the three grids, write one page."""
    given = options(__doc__ or "", seeds=5).parse_args()
    conll = read_conll()
    gold = gold_outside(conll)
    whole = run("headline-gold", ("gold-only",), conll, gold, {}, given, gold_sizes=(50, 200, 1000, "all"))
    cells = int(whole.made["cells"])
    for name, (teacher, strategy) in PARTS.items():
        sizes = {"gold_sizes": (50, 200), "silver_sizes": (given.silver,)}
        part = run(name, (strategy,), conll, gold, {teacher: conll.teachers[teacher]}, given, **sizes)
        whole, cells = replace(whole, rows=(*whole.rows, *part.rows)), cells + int(part.made["cells"])
    target = RESULTS / "headline.md"
    target.write_text(page(whole, cells, given.silver), encoding="utf-8")
    print(f"written: {target}")


def page(comparison: vm.Comparison, cells: int, silver: int) -> str:
    """The table of all three grids, and what made it."""
    made, units = comparison.made, comparison.rows[0].interval().units
    settings = made["settings"]["train"]
    done = sum(len(row.results) for row in comparison)
    missing = "" if done == cells else f"\n**{cells - done} of {cells} cells have not been run.**\n"
    seeds = " ".join(map(str, made["settings"]["seeds"]))
    single = "; ".join(
        f"{row.name}: {', '.join(f'{100 * result.scores.value:.1f}' for result in row.results)}" for row in comparison
    )
    return f"""# The headline rows of phase 2, with more seeds

Gold alone, {silver:,} silver sentences of the strong teacher pooled with gold, and those of the weak teacher before
gold; the embedded student, {settings["steps"]} steps of {settings["batch_size"]}. Each seed draws its own gold, silver
and order. The regimens are those that were best in the first seed of [phase 2](phase2.md), on the same test set.

Scored on {len(comparison.test):,} test texts. Intervals are over {units} and seeds together. *Over gold alone*: the
difference to gold alone with as many gold texts; * where it is significant after Holm's correction. *Multiplier*: the
gold texts that gold alone would need for the same score, by those used.
{missing}
{table(comparison)}

Each seed by itself: {single}.

Last run on {made["made"][:10]} with `python studies/headline.py --seeds {seeds}` on {made["machine"]["cores"]} cores
({made["machine"]["processor"]}), one thread a cell.
"""


if __name__ == "__main__":
    main()
