"""The headline rows of phase 2 with more seeds: what good silver is worth pooled, and poor silver before gold.

    python studies/headline.py            5 seeds; stopped, it goes on where it was
    python studies/headline.py --page-only

Cells that phase 2 has computed are not computed again. Writes docs/results/headline.md.
"""

from __future__ import annotations

from dataclasses import replace

from conll import gold_outside, read_conll
from grids import RESULTS, last_run, not_run, options, run, table

import vermeil as vm

PARTS = {
    "headline-strong": ("strong", ("pooled",)),
    "headline-weak": ("weak", ("silver-then-gold", "silver-then-gold-continued")),
}
"""By name of a grid: the teacher, and the regimens that were best with it at 50 and 200 gold sentences of one seed."""


def main() -> None:
    """Run the three grids, write one page."""
    given = options(__doc__ or "", seeds=5).parse_args()
    conll = read_conll()
    gold = gold_outside(conll)
    parts = [run("headline-gold", ("gold-only",), conll, gold, {}, given, gold_sizes=(50, 200, 1000, "all"))]
    for name, (teacher, strategies) in PARTS.items():
        sizes = {"gold_sizes": (50, 200), "silver_sizes": (given.silver,)}
        parts.append(run(name, strategies, conll, gold, {teacher: conll.teachers[teacher]}, given, **sizes))
    target = RESULTS / "headline.md"
    target.write_text(page(parts, given.silver), encoding="utf-8")
    print(f"written: {target}")


def page(parts: list[vm.Comparison], silver: int) -> str:
    """The table of all three grids, and what made it."""
    comparison = replace(parts[0], rows=tuple(row for part in parts for row in part.rows))
    made, units = comparison.made, comparison.rows[0].interval().units
    settings = made["settings"]["train"]
    single = "; ".join(
        f"{row.name}: {', '.join(f'{100 * result.scores.value:.1f}' for result in row.results)}" for row in comparison
    )
    return f"""# The headline rows of phase 2, with more seeds

Gold alone, {silver:,} silver sentences of the strong teacher pooled with gold, and those of the weak teacher before
gold, with an optimiser begun anew for gold and without (*continued*); the embedded student, {settings["steps"]}
steps of {settings["batch_size"]}. Each seed draws its own gold, silver and order. The regimens are those that were best
in the first seed of [phase 2](phase2.md), on the same test set.

Scored on {len(comparison.test):,} test texts. Intervals are over {units} and seeds together. *Over gold alone*: the
difference to gold alone with as many gold texts; * where it is significant after Holm's correction. *Multiplier*: the
gold texts that gold alone would need for the same score, by those used.
{not_run(*parts)}
{table(comparison)}

Each seed by itself: {single}.

{last_run(made)}
"""


if __name__ == "__main__":
    main()
