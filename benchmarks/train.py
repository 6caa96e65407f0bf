"""How fast students are taught: vermeil and its peers on the same sentences with the same encoder, in one run.

Contestants take turns, so that what else the machine does hits all alike. Writes docs/results/train-speed.md. The
sentences are a sample of CoNLL-2003, which lies beside the clone; `--learnt` and `--asked` name other files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contest import HERE, Contestant
from train_page import BEST, RECIPE, Rounds, page

import vermeil as vm
from vermeil.data import Dataset, Example, Span
from vermeil.evaluate.score import score
from vermeil.students.transformer.embedded import embedded_encoder

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "results" / "train-speed.md"
CONLL = ROOT.parent / "shared" / "data" / "conll2003"
RATE = 3e-4
"""The peak learning rate of all but the recipe, which keeps its own, and spaCy, whose network is another."""


@dataclass(frozen=True)
class Pupil:
    """A contestant.

    Args:
        slow: it takes part in the first round only, and for a few steps; its F1 is not taken then.
    """

    asked: Contestant
    slow: bool = False


_TORCH = "torch==2.13.0"
_TRANSFORMERS = (_TORCH, "transformers==5.23.0", "accelerate==1.15.0")
PUPILS = (
    Pupil(Contestant("vermeil", "train_vermeil.py", settings="its defaults: embeddings fixed, no dropout, no padding")),
    Pupil(
        Contestant(
            RECIPE,
            "train_transformers.py",
            "train-trainer",
            _TRANSFORMERS,
            "its defaults (rate 5e-5, dropout, float32, padded batches in random order), but for the batch size",
        )
    ),
    Pupil(
        Contestant(
            BEST,
            "train_transformers.py",
            "train-trainer",
            _TRANSFORMERS,
            "batches of like length, fused AdamW, no dropout, bfloat16 only where the processor computes in it",
            {"FASTEST": "1"},
        )
    ),
    Pupil(
        Contestant(
            "spaCy",
            "train_spacy.py",
            "train-spacy",
            ("spacy==3.8.18",),
            "its own small convolutional network, no encoder: another kind of student, for the speed",
        )
    ),
    Pupil(
        Contestant(
            "flair", "train_flair.py", "train-flair", (_TORCH, "flair==0.15.1"), "fine_tune, first pieces, no CRF"
        )
    ),
    Pupil(
        Contestant(
            "SpanMarker",
            "train_spanmarker.py",
            "train-spanmarker",
            (_TORCH, "span-marker==1.8.1"),
            "its Trainer, entities of at most 8 words; a few steps only, since it takes a minute or so for each",
        ),
        slow=True,
    ),
)


def main() -> None:
    """Run the contest and write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--steps", type=int, default=100)
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--rounds", type=int, default=3, help="each with a seed of its own")
    options.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options.add_argument("--slow-steps", type=int, default=2, help="for contestants that are slow; 0 for all steps")
    options.add_argument("--tested", type=int, default=500, help="test sentences")
    options.add_argument("--learnt", type=Path, default=CONLL / "eng.train")
    options.add_argument("--asked", type=Path, default=CONLL / "eng.testb")
    options.add_argument("--only", nargs="*", default=[""], help="contestants whose names start so, and vermeil")
    options.add_argument("--out", type=Path, default=PAGE, help="the page, - for none")
    given = options.parse_args()
    wanted = ("vermeil", *given.only)
    chosen = [pupil for pupil in PUPILS if pupil.asked.name.startswith(wanted)]
    for pupil in chosen:
        pupil.asked.install()
    learnt = vm.read(given.learnt).sample(given.steps * given.batch, 0)
    asked = vm.read(given.asked).sample(given.tested, 0)
    load = f"The machine's load when it began: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores."
    rounds = contest(chosen, learnt, asked, given)
    setting = f"{given.steps} steps of {given.batch} sentences of {given.learnt.name}, {given.threads} threads"
    if str(given.out) != "-":
        settings = {pupil.asked.name: pupil.asked.settings for pupil in chosen}
        given.out.write_text(page(rounds, settings, setting, len(asked), load))


def contest(chosen: list[Pupil], learnt: Dataset, asked: Dataset, given: argparse.Namespace) -> Rounds:
    """Every contestant in every round; the slow ones in the first only."""
    found: Rounds = {pupil.asked.name: [] for pupil in chosen}
    for number in range(given.rounds):
        for pupil in chosen[number % len(chosen) :] + chosen[: number % len(chosen)]:
            if number and pupil.slow:
                continue
            try:
                figures = _one(pupil, learnt, asked, number, given)
            except RuntimeError as error:  # of one contestant: the others' figures stand, and the page says so
                print(error, flush=True)
                continue
            found[pupil.asked.name].append(figures)
            print(json.dumps({"contestant": pupil.asked.name, **figures}), flush=True)
    return found


def _one(pupil: Pupil, learnt: Dataset, asked: Dataset, seed: int, given: argparse.Namespace) -> dict[str, Any]:
    """One contestant's figures in one round.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    whole = not (pupil.slow and given.slow_steps)
    sentences = learnt.examples if whole else learnt.examples[: given.slow_steps * given.batch]
    tested = asked.examples if whole else asked.examples[:1]
    with tempfile.TemporaryDirectory() as folder:
        _write(sentences, Path(folder) / "learnt.jsonl")
        _write(tested, Path(folder) / "asked.jsonl")
        script = HERE / "contestants" / pupil.asked.script
        numbers = [str(given.batch), str(RATE), str(seed)]
        command = [str(pupil.asked.python), str(script), folder, str(embedded_encoder()), *numbers]
        environment = {**os.environ, "OMP_NUM_THREADS": str(given.threads), "HF_HUB_OFFLINE": "1"}
        ran = subprocess.run(command, capture_output=True, text=True, env=environment | pupil.asked.environment)
    if ran.returncode:
        raise RuntimeError(f"{pupil.asked.name} failed: {ran.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    tags = figures.pop("tags")
    tokens = sum(len(example.tokens or ()) for example in sentences)
    found = [_spans(example, each) for example, each in zip(tested, tags, strict=True)]
    f1 = score(tested, found).f1 if whole else None
    rates = {"rate": tokens / figures["seconds"], "processor_rate": tokens / figures["processor"]}
    return {**figures, **rates, "tokens": tokens, "f1": f1}


def _write(examples: tuple[Example, ...], path: Path) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for example in examples:
            places = example.tokens or ()
            row = {"tokens": [example.text[start:end] for start, end in places], "tags": _tags(example)}
            stream.write(json.dumps(row) + "\n")


def _tags(example: Example) -> list[str]:
    """IOB2."""
    tags = []
    for start, _ in example.tokens or ():
        span = next((span for span in example.labels if span.start <= start < span.end), None)
        tags.append("O" if span is None else f"{'B' if start == span.start else 'I'}-{span.label}")
    return tags


def _spans(example: Example, tags: list[str]) -> tuple[Span, ...]:
    """An I- that continues nothing begins a span, as in the recipe's scorer."""
    found: list[Span] = []
    before = "O"
    for (start, end), tag in zip(example.tokens or (), tags, strict=True):
        if tag.startswith("I-") and before[2:] == tag[2:]:
            found[-1] = Span(found[-1].start, end, tag[2:])
        elif tag != "O":
            found.append(Span(start, end, tag[2:]))
        before = tag
    return tuple(found)


if __name__ == "__main__":
    main()
