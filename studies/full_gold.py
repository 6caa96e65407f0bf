"""How good the embedded student is with all gold: CoNLL-2003, 14,041 sentences, 3 epochs.

python studies/full_gold.py

The upper bound of what any strategy can reach with this student. Writes docs/results/full-gold.md.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from conll import DATA, labels

import vermeil as vm

ROOT = Path(__file__).parents[1]
TESTS = {
    "original": "conll2003/eng.testb",
    "CoNLL++": "conllpp_wang2019/test.jsonl",
    "CleanCoNLL": "cleanconll/test.jsonl",
}


def main() -> None:
    """Train, score on three versions of the test labels, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    settings = vm.TrainSettings(epochs=arguments.epochs, batch_size=arguments.batch_size, seed=arguments.seed)
    student = vm.student("minilm", labels(), seed=arguments.seed)

    def on_step(step: object) -> None:
        if step.number % 100 == 0:  # type: ignore[attr-defined]
            print(f"step {step.number}: loss {step.loss:.3f}", flush=True)  # type: ignore[attr-defined]

    gold = vm.read(DATA / "conll2003/eng.train")
    run = vm.train(student, vm.STRATEGIES["gold-only"], gold=gold, settings=settings, on_step=on_step)
    student.save(ROOT / "runs/full-gold", {"run.json": vm.run_record(run)})
    lines = []
    for name, file in TESTS.items():
        test = vm.read(DATA / file)
        began = time.monotonic()
        scores = vm.evaluate(student, test)
        bounds, rate = vm.interval([scores]), len(test) / (time.monotonic() - began)
        low, high = 100 * bounds.low, 100 * bounds.high
        lines.append(
            f"| {name} | {100 * scores.precision:.1f} | {100 * scores.recall:.1f} | {100 * scores.f1:.1f} | "
            f"{low:.1f} to {high:.1f} ({bounds.units}) | {rate:.0f} |"
        )
        print(f"{name}\n{scores}", flush=True)
    (ROOT / "docs/results/full-gold.md").write_text(page(run, lines, arguments), encoding="utf-8")


def page(run: vm.Run, lines: list[str], arguments: argparse.Namespace) -> str:
    """What was run, the scores, what made them."""
    made = json.loads(vm.run_record(run))
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    rate = len(run.steps) * arguments.batch_size / run.seconds
    return f"""# All gold: the ceiling of the embedded student

All 14,041 gold sentences of CoNLL-2003, {arguments.epochs:g} epochs, {len(run.steps):,} steps of
{arguments.batch_size}, seed {arguments.seed}, the embedded student with its default settings.

| test labels | precision | recall | strict F1 | 95 % interval | sentences/s, predicting |
| --- | --- | --- | --- | --- | --- |
{chr(10).join(lines)}

Made on {made["made"][:10]} with `python {made["command"]}` on {made["machine"]["cores"]} cores
({made["machine"].get("torch_threads", "?")} torch threads): {run.seconds / 60:.1f} minutes of training,
{rate:.0f} sentences a second. Versions: {versions}.
"""


if __name__ == "__main__":
    main()
