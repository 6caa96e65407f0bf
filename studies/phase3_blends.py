"""Phase 3 of the paper on CoNLL-2003: blends whose share of silver changes, each beside a constant of equal share.

    python studies/phase3_blends.py                stopped, it goes on where it was
    python studies/phase3_blends.py --page-only

Writes docs/results/phase3.md, with the report beside it.
"""

from __future__ import annotations

from conll import gold_outside, read_conll
from grids import against_constants, options, run, write

BLENDS = (
    "gold-only",
    "silver-only",
    "silver-then-gold",
    "linear",
    "linear(start=0.8, end=0.2)",
    "sigmoid(midpoint=0.3)",
    "sigmoid(midpoint=0.7)",
    "power(exponent=1.5)",
    "power(exponent=4)",
    "cosine",
    "cosine(epochs=5)",
    "step(levels=2)",
    "step(levels=4)",
)


def main() -> None:
    """Run the grid, write the page."""
    parser = options(__doc__ or "")
    parser.add_argument("--gold", type=int, default=200)
    given = parser.parse_args()
    conll = read_conll()
    comparison = run(
        "phase3",
        BLENDS,
        conll,
        gold_outside(conll),
        {teacher: conll.teachers[teacher] for teacher in ("strong", "weak")},
        given,
        gold_sizes=(given.gold,),
        silver_sizes=(given.silver,),
        controls=True,
    )
    about = (
        f"{given.gold} gold sentences of CoNLL-2003, {given.silver:,} silver sentences of one teacher, the embedded\n"
        f"student, {given.steps} steps of {given.batch_size}. Beside each blend stands a constant of the same mean\n"
        "share of silver: what it wins over that is the order's doing, not the diet's.\n\n"
        f"## What the order wins\n\n{against_constants(comparison)}\n\n## All rows"
    )
    write("phase3", "Phase 3: does a changing blend beat a constant one?", about, comparison)


if __name__ == "__main__":
    main()
