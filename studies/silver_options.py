"""Ways to treat silver, each measured beside silver as it is: which of them help, with which teacher.

    python studies/silver_options.py               one seed; stopped, it goes on where it was
    python studies/silver_options.py --page-only

The 200 gold sentences lie among those that all teachers labelled: the teachers are judged by them, and by nothing else.
Writes docs/results/silver-options.md.
"""

from __future__ import annotations

from dataclasses import replace

from conll import Conll, read_conll
from grids import ROOT, last_run, not_run, options, run

import vermeil as vm

STRATEGIES = ("gold-only", "silver-then-gold", "pooled")
SMOOTHING = vm.TREATMENTS["smoothed"].smoothing
EVERY = ("missed", "invented", "type", "boundary")
TREATMENTS = {
    **{name: vm.TREATMENTS[name] for name in ("as-it-is", "masked", "weighted", "soft", "corrected")},
    "doubted": vm.SilverSettings(disagreement=EVERY),
    "masked, missed doubted": vm.SilverSettings(errors=True, use="mask", disagreement=("missed",)),
    "soft, doubted": vm.SilverSettings(errors=True, use="soft", disagreement=EVERY),
    "generalised": vm.TREATMENTS["generalised"],
    "smoothed": vm.TREATMENTS["smoothed"],
    "missed doubted": vm.SilverSettings(disagreement=("missed",)),
    "invented doubted": vm.SilverSettings(disagreement=("invented",)),
    "type doubted": vm.SilverSettings(disagreement=("type",)),
    "boundary doubted": vm.SilverSettings(disagreement=("boundary",)),
    "weighted, smoothed": vm.SilverSettings(errors=True, use="weight", smoothing=SMOOTHING),
    "weighted, smoothed, missed doubted": vm.SilverSettings(
        errors=True, use="weight", smoothing=SMOOTHING, disagreement=("missed",)
    ),
}
SCORED = {
    "scored": vm.TREATMENTS["scored"],
    "soft-scored": vm.TREATMENTS["soft-scored"],
    "errors and scores, soft": vm.SilverSettings(errors=True, scores=True, use="soft"),
}
"""For teachers that say how sure they are."""


def main() -> None:
    """Run both grids, write the page."""
    parser = options(__doc__ or "", seeds=1)
    parser.add_argument("--gold", type=int, default=200)
    given = parser.parse_args()
    conll = read_conll()
    gold = labelled_by_all(conll).sample(given.gold, seed=0)
    weak, crowd, strong = (conll.teachers[name] for name in ("weak", "crowd", "strong"))
    merged = vm.merge_teachers({"weak": weak, "crowd": crowd}, gold)
    print(merged, vm.reliability(gold, strong), vm.reliability(gold, merged.silver), sep="\n")
    plain = {"as-it-is": vm.TREATMENTS["as-it-is"]}
    grids = {
        "silver-weak": ({"weak": weak}, TREATMENTS),
        "silver-scored": ({"weak + crowd": merged.silver, "strong": strong}, plain | SCORED),
        "silver-strong": ({"strong": strong}, TREATMENTS),
    }
    curve = run("silver-gold", ("gold-only",), conll, labelled_by_all(conll), {}, given, gold_sizes=(50, 800, "all"))
    done, missing = [], []
    for name, (silver, treatments) in grids.items():
        try:
            axes = {"treatments": treatments, "silver_sizes": (given.silver,)}
            done.append(run(name, STRATEGIES, conll, gold, silver, given, **axes))
        except vm.VermeilError:
            if not given.page_only:
                raise
            missing.append(name)
    target = ROOT / "docs/results/silver-options.md"
    target.write_text(page(done, missing, given.gold, curve), encoding="utf-8")
    print(f"written: {target}")


def labelled_by_all(conll: Conll) -> vm.Dataset:
    """Gold of the sentences that every teacher labelled, each text once."""
    texts = set.intersection(*(set(silver.texts) for silver in conll.teachers.values()))
    once = {example.text: example for example in conll.train if example.text in texts}
    return vm.Dataset(tuple(once.values()), "CoNLL-2003 train, labelled by all teachers")


def page(comparisons: list[vm.Comparison], not_begun: list[str], gold: int, curve: vm.Comparison) -> str:
    """The table by teacher and strategy, and how it was made.

    Args:
        curve: gold alone, with other numbers of the same sentences.
    """
    made = comparisons[0].made
    settings = made["settings"]
    steps, batch = settings["train"]["steps"], settings["train"]["batch_size"]
    missing = not_run(*comparisons)
    missing += f"\n**Not begun: {', '.join(not_begun)}.**\n" if not_begun else ""
    tables = "\n\n".join(_table(comparison, curve) for comparison in comparisons)
    alone = ", ".join(f"{100 * row.f1:.1f} with {row.gold:,.0f}" for row in curve)
    return f"""# Silver used well: what each treatment is worth

{gold} gold sentences of CoNLL-2003, {settings["silver_sizes"][0]:,} silver sentences of one teacher, the embedded
student, {steps} steps of {batch}, seeds {", ".join(map(str, settings["seeds"]))}. The teachers are judged by the same
{gold} gold sentences, which they labelled too; those labels are not learnt from. Strict F1 on the test set, with its
95 % interval, and on 500 dev sentences, by which a treatment would be chosen; *over as it is* is the difference to the
same strategy with silver as it is, on test, with a p-value that is not corrected for the number of rows. *Multiplier*:
the gold sentences that gold alone would need for the same F1, by those used. Of the sentences that all teachers
labelled, gold alone reaches {alone}. One seed says nothing about how far seeds scatter: take differences below two
points as leads.
{missing}
{tables}

{last_run(made)}
"""


def _table(comparison: vm.Comparison, curve: vm.Comparison) -> str:
    head = ["teacher", "strategy", "treatment", "dev F1", "F1", "95 % interval", "over as it is", "multiplier"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    worth = replace(comparison, rows=(*comparison.rows, *curve.rows)).multipliers
    for row in comparison:
        at, bounds = row.condition, row.interval()
        plain = next(
            (r for r in comparison if r.strategy == row.strategy and _place(r) == _place(row) and _plain(r)), None
        )
        gain = row.difference(plain) if plain and plain is not row else None
        cells = [
            at.teacher or "none",
            row.strategy,
            at.treatment or "none",
            f"{100 * (row.dev_score or 0):.1f}",
            f"{100 * row.f1:.1f}",
            f"{100 * bounds.low:.1f} to {100 * bounds.high:.1f}",
            f"{100 * gain.value:+.1f} (p {gain.p:.3f})" if gain else "",
            str(worth.get(row.name, "")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _place(row: object) -> str:
    return row.condition.teacher  # type: ignore[attr-defined]


def _plain(row: object) -> bool:
    return row.condition.treatment == "as-it-is"  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
