"""A second round with the weak teacher: its student labels texts in its place, and a new student is taught of those.

    python studies/second_round.py            one seed; stopped, it goes on where it was
    python studies/second_round.py --page-only

The student of gold alone is asked, too: what it gives is gained without an LLM. Writes docs/results/second-round.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from conll import Conll, gold_outside, read_conll
from grids import RESULTS, last_run, not_run, options, run, table

import vermeil as vm

STRATEGIES = ("gold-only", "silver-then-gold", "pooled")
FIRST = "silver-then-gold"
"""What is best with the weak teacher at so much gold (phase 2)."""


def main() -> None:
    """Teach two students, let them label, compare what is taught of their labels; write the page."""
    parser = options(__doc__ or "", seeds=1)
    parser.add_argument("--gold", type=int, default=200)
    given = parser.parse_args()
    conll = read_conll()
    gold = gold_outside(conll, given.gold, seed=given.seeds[0])
    weak = conll.teachers["weak"].sample(given.silver, seed=given.seeds[0])
    teachers = {} if given.page_only else {"weak": weak} | second_teachers(conll, gold, weak, given)
    name = f"second-round-{given.gold}"
    comparison = run(name, STRATEGIES, conll, gold, teachers, given)
    target = RESULTS / "second-round.md"
    target.write_text(page(comparison, given), encoding="utf-8")
    print(f"written: {target}")


def second_teachers(
    conll: Conll, gold: vm.Dataset, weak: vm.Dataset, given: argparse.Namespace
) -> dict[str, vm.Dataset]:
    """Silver of students, by name: of the weak teacher's texts, and of all texts of train that are not gold."""
    of_gold = taught("gold-only", conll, gold, vm.Dataset(()), given)
    of_weak = taught(FIRST, conll, gold, weak, given)
    texts, used = vm.unlabelled(weak.texts), set(gold.texts)
    every = vm.unlabelled([text for text in dict.fromkeys(conll.train.texts) if text not in used])
    return {
        "student of gold": vm.predict(of_gold, texts),
        "student of weak": vm.predict(of_weak, texts),
        "student of weak, all texts": vm.predict(of_weak, every),
    }


def taught(strategy: str, conll: Conll, gold: vm.Dataset, silver: vm.Dataset, given: argparse.Namespace) -> Path:
    """A student, taught now or by an earlier run."""
    seed = given.seeds[0]
    folder = given.runs / f"first-round-{given.gold}-{given.steps}x{given.batch_size}" / f"{strategy}-{seed}"
    if not folder.exists():
        settings = vm.TrainSettings(steps=given.steps, batch_size=given.batch_size, seed=seed)
        student = vm.student("minilm", conll.labels, seed=seed)
        record = vm.run_record(vm.train(student, strategy, gold=gold, silver=silver, settings=settings))
        student.save(folder, {"run.json": record})
    return folder


def page(comparison: vm.Comparison, given: argparse.Namespace) -> str:
    """The table, and what made it."""
    return f"""# A second round: the student as the teacher

{given.gold} gold sentences; {given.silver:,} of the weak teacher. A student taught {FIRST} of both labels the same
texts again (*student of weak*), or all texts of train that are not gold, and a new student is taught of these labels
and gold. *student of gold* is the control without an LLM: a student of the gold sentences alone labels the texts. Each
student sees {given.steps} steps of {given.batch_size}, so a second round costs twice the training.

Strict F1 on {len(comparison.test):,} test texts. *Over gold alone*: * where it is significant after Holm's correction.
Seed {", ".join(map(str, given.seeds))}: it says nothing about how far seeds scatter.
{not_run(comparison)}
{table(comparison)}

{last_run(comparison.made)}
"""


if __name__ == "__main__":
    main()
