"""Phase 1 of the paper on CoNLL-2003: how good three teachers are, and students that learn from their silver alone.

    python studies/phase1_annotation.py            stopped, it goes on where it was
    python studies/phase1_annotation.py --page-only

Writes docs/results/phase1.md, with the report beside it.
"""

from __future__ import annotations

from conll import Conll, gold_outside, labels, read_conll
from grids import options, run, write

import vermeil as vm

WRONG = ("boundary", "type", "boundary and type", "missed", "invented")


def main() -> None:
    """Score the teachers, run the grid, write the page."""
    given = options(__doc__ or "").parse_args()
    conll = read_conll()
    strong = conll.teachers["strong"].sample(given.silver, seed=0)
    comparison = run(
        "phase1",
        ("silver-only",),
        conll,
        gold_outside(conll),
        {
            **{name: silver.sample(given.silver, seed=0) for name, silver in conll.teachers.items()},
            "strong and BBC": vm.Dataset((*strong, *conll.bbc.trainable), "strong teacher, with BBC news"),
        },
        given,
    )
    about = (
        f"The teachers against the gold labels of the sentences that they labelled:\n\n{teachers(conll)}\n\n"
        "Kinds are shares of all gold labels and inventions that went wrong in that way; a label that could not be\n"
        "placed counts as missed.\n\n"
        f"## Students of silver alone\n\nThe embedded student, {given.silver:,} sentences of each teacher,\n"
        f"{given.steps} steps of {given.batch_size}; *strong and BBC* has {len(conll.bbc.trainable):,} sentences of\n"
        "BBC news beside the same ones."
    )
    write("phase1", "Phase 1: teachers, and students of their silver alone", about, comparison)


def teachers(conll: Conll) -> str:
    """One row for each teacher, in points."""
    gold_of = {example.id: example for example in conll.train}
    head = ["teacher", "sentences", "P", "R", "F1", *(f"F1 {label}" for label in labels()), *WRONG]
    lines = [f"| {' | '.join(head)} |", "| " + "--- | " * len(head)]
    for name, silver in conll.teachers.items():
        labelled = [example for example in silver.trainable if example.id in gold_of]
        gold = [gold_of[example.id] for example in labelled]
        spans = [_on_the_text_of(right, example) for right, example in zip(gold, labelled, strict=True)]
        scores, found = vm.score(gold, spans), vm.mistakes(gold, spans, keep=0)
        whole = sum(found.by_label.values())
        cells = [
            name,
            f"{len(gold):,}",
            *(f"{100 * value:.1f}" for value in (scores.precision, scores.recall, scores.f1)),
            *(f"{100 * scores.by_label[label].f1:.1f}" for label in labels()),
            *(f"{100 * found.count(kind) / whole:.1f} %" for kind in WRONG),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _on_the_text_of(gold: vm.Example, silver: vm.Example) -> tuple[vm.Span, ...]:
    """The silver spans, of the same sentence; both were read from the same tokens."""
    if gold.text != silver.text:
        raise SystemExit(f"{silver.id} has another text than in the train set: {silver.text[:40]!r}")
    return silver.labels


if __name__ == "__main__":
    main()
