"""Phase 2 of the paper on CoNLL-2003: regimens by teacher and number of gold sentences.

    python studies/phase2_strategies.py            the whole grid, 3 seeds: hours; stopped, it goes on where it was
    python studies/phase2_strategies.py --quick    one seed, 200 gold sentences, half the batch: half an hour
    python studies/phase2_strategies.py --page-only
    python studies/phase2_strategies.py --page-only --by-seed    docs/results/phase2-seeds.md: each cell's score alone

Writes docs/results/phase2.md (or phase2-quick.md), with the report beside it. Of two seeds, intervals over seeds are
too wide to tell anything: then the page is of one, and the other stands beside it in phase2-seeds.md.
"""

from __future__ import annotations

from conll import gold_outside, read_conll
from grids import RESULTS, by_seed, last_run, not_run, options, run, write

STRATEGIES = (
    "gold-only",
    "gold-then-gold",
    "silver-only",
    "pooled",
    "half-and-half",
    "silver-then-gold",
    "silver-then-gold-continued",
    "silver-then-gold-gently",
    "gold-then-silver",
    "silver-then-mixed",
    "gradual",
)
QUICK = ("gold-only", "gold-then-gold", "silver-only", "pooled", "silver-then-gold", "sigmoid", "power")


def main() -> None:
    """Run the grid, write the page."""
    parser = options(__doc__ or "")
    parser.add_argument("--quick", action="store_true", help="one seed, 200 gold sentences, batches of 16")
    parser.add_argument("--gold", nargs="+", default=["50", "200", "1000", "all"], help="numbers, or all")
    parser.add_argument("--by-seed", action="store_true", help="write what each cell scored, and no report")
    given = parser.parse_args()
    if given.quick:
        given.seeds, given.gold, given.batch_size = [0], ["200"], 16
    conll = read_conll()
    name = "phase2-quick" if given.quick else "phase2"
    comparison = run(
        name,
        QUICK if given.quick else STRATEGIES,
        conll,
        gold_outside(conll),
        {teacher: conll.teachers[teacher] for teacher in ("strong", "weak")},
        given,
        gold_sizes=tuple(size if size == "all" else int(size) for size in given.gold),
        silver_sizes=(given.silver,),
    )
    if given.by_seed:
        page = "# Phase 2, seed by seed\n\nStrict F1 on the test set, in points; see [phase2](phase2.md).\n"
        page += f"{not_run(comparison)}\n{by_seed(comparison)}\n\n{last_run(comparison.made)}\n"
        (RESULTS / "phase2-seeds.md").write_text(page, encoding="utf-8")
        return
    about = (
        f"Gold sentences of CoNLL-2003 that no teacher labelled, {given.silver:,} silver sentences of one teacher\n"
        "(*strong*: a Claude model, zero-shot, F1 0.96; *weak*: GPT-3.5 of NoiseBench, F1 0.55), the embedded\n"
        f"student, {given.steps} steps of {given.batch_size} whatever the strategy."
    )
    write(name, "Phase 2: which regimen, with which teacher, at how much gold", about, comparison)


if __name__ == "__main__":
    main()
