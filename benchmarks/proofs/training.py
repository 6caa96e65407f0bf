"""T1 and T2: training that is killed and goes on, or is done twice, ends with the same weights, bit by bit."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from texts import names_in, texts

from proofs import Seen
from vermeil import formats
from vermeil.cli.app import main
from vermeil.data import Dataset, Example, Span
from vermeil.students import load

STEPS = 16
_SAID = "said.txt"

# importing torch takes longer than these runs
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["vermeil.students.transformer.student", "transformers.models.bert.modeling_bert"])

PATIENCE = 600.0
"""Seconds after which a run that is waited for is taken to hang."""


@dataclass(frozen=True)
class Training:
    """`vermeil train` on a few texts, in a folder of its own.

    Args:
        data: folder with the gold and the silver file.
        options: besides the usual ones.
    """

    folder: Path
    data: Path
    student: str
    options: tuple[str, ...] = ()
    steps: int = STEPS

    @property
    def checkpoints(self) -> Path:
        """Where its checkpoints lie."""
        return self.folder / "model.checkpoint"

    def start(self) -> BaseProcess:
        """The run, begun or gone on with, in a process of its own."""
        self.folder.mkdir(exist_ok=True)
        files = ["--gold", self.data / "gold.jsonl", "--silver", self.data / "silver.jsonl", "--out", "model"]
        how = ["--student", self.student, "--steps", self.steps, "--batch-size", 4, *self.options]
        process = _FORKS.Process(target=_run, args=(self.folder, ["train", *map(str, [*files, *how])]))
        process.start()
        return process

    def finish(self) -> bytes:
        """The weights, once the run is whole and nothing else is left of it."""
        code = _ended(self.start())
        left = sorted(path.name for path in self.folder.iterdir())
        if code or left != ["model", _SAID]:
            raise AssertionError(f"the run ended with {code} and left {left}: {(self.folder / _SAID).read_text()}")
        weights = (self.folder / "model" / "model.safetensors").read_bytes()
        shutil.rmtree(self.folder)
        return weights

    def steps_kept(self) -> int:
        """Of the last whole checkpoint."""
        return max((int(path.name.removeprefix("step-")) for path in self.checkpoints.glob("step-*")), default=0)

    def being_written(self) -> list[Path]:
        """A checkpoint that is not whole."""
        return list(self.checkpoints.glob(".step-*"))


def write_data(folder: Path) -> None:
    """Gold and silver that were made here."""
    every = [_example(number, line) for number, line in enumerate(texts(120))]
    formats.write(Dataset(tuple(every[:40])), folder / "gold.jsonl")
    formats.write(Dataset(tuple(every[40:])), folder / "silver.jsonl")


def killed_training(rounds: int = 30, student: str = "minilm", seed: int = 0) -> Seen:
    """Kill runs at random steps, every other time inside a save, or by Ctrl-C, until there were so many kills."""
    chance = random.Random(seed)
    done = inside = unequal = runs = 0
    with tempfile.TemporaryDirectory() as place:
        data = Path(place)
        write_data(data)
        reference = Training(data / "whole", data, student).finish()
        while done < rounds:
            runs += 1
            every = chance.choice(("0", "0.5", "1"))
            training = Training(data / str(runs), data, student, ("--checkpoint-every", every))
            for cut in _kills(training, chance, rounds - done):
                done += 1
                inside += cut
            unequal += training.finish() != reference
    figure = (
        f"{done} kills in {runs} runs of {STEPS} steps, {inside} of them inside a save: {unequal} runs whose weights "
        "differ from the unbroken run's in any bit"
    )
    return Seen(figure, not unequal and inside > 0, {"kills": done, "inside": inside, "unequal": unequal})


def trained_twice(student: str = "minilm") -> Seen:
    """Train twice from one seed, and predict in other company."""
    with tempfile.TemporaryDirectory() as place:
        data = Path(place)
        write_data(data)
        first, second = (Training(data / name, data, student).finish() for name in ("first", "second"))
        other = Training(data / "other", data, student, ("--seed", "1")).finish()
        training = Training(data / "kept", data, student, steps=80)  # enough of them to find names
        _ended(training.start())
        apart, unlike, found = _company(training.folder / "model")
    figure = (
        f"the same seed twice: {'the same' if first == second else 'other'} weights, bit by bit; another seed: "
        f"{'the same' if first == other else 'other'} weights. 400 texts predicted together, one by one, and the "
        f"other way round, {found} spans: {unlike} texts with other spans, scores at most {apart:.1e} apart"
    )
    met = first == second and first != other and not unlike and found > 0 and apart <= 1e-5
    return Seen(figure, met, {"apart": apart, "unlike": unlike, "equal": first == second})


def _kills(training: Training, chance: random.Random, most: int) -> Iterator[bool]:
    """Kill it again and again; of each kill, whether it cut a save."""
    for _ in range(min(most, chance.randint(2, 8))):
        step = training.steps_kept() + chance.randint(0, 5)
        process = training.start()
        _come_to(training, process, step, in_save=chance.random() < 0.5, wait=chance.uniform(0, 0.3))
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGINT if chance.random() < 0.25 else signal.SIGKILL)
        if _ended(process) == 0:
            return
        yield bool(training.being_written())


def _come_to(training: Training, process: BaseProcess, step: int, *, in_save: bool, wait: float) -> None:
    """Wait for that step and a moment more, or for the next save; or until the run ends."""
    deadline = time.monotonic() + PATIENCE
    while process.is_alive() and training.steps_kept() <= step and time.monotonic() < deadline:
        time.sleep(0.002)
    while in_save and process.is_alive() and not training.being_written() and time.monotonic() < deadline:
        time.sleep(0.0005)
    if not in_save:
        time.sleep(wait)


def _ended(process: BaseProcess) -> int | None:
    """Its exit code, once it ends."""
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        raise TimeoutError("the run hangs")
    return process.exitcode


def _run(folder: Path, arguments: list[str]) -> None:
    """`vermeil` with these arguments: in a process that was forked from one with everything imported."""
    os.chdir(folder)
    said = os.open(_SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)
    torch.set_num_threads(1)
    sys.argv = ["vermeil", *arguments]
    main()


def _company(folder: Path) -> tuple[float, int, int]:
    """How far scores are apart, how many texts get other spans depending on what else is predicted, and all spans."""
    student = load(folder)
    asked = [Example(line, source="") for line in texts(400, first=1000)]
    together = student.predict(asked)
    alone = [student.predict([each])[0] for each in asked]
    turned = student.predict(asked[::-1])[::-1]
    apart, unlike = 0.0, 0
    for one, *others in zip(together, alone, turned, strict=True):
        unlike += any(other != one for other in others)
        for other in others:
            scores = [(a.score or 0.0, b.score or 0.0) for a, b in zip(one, other, strict=False)]
            apart = max([apart, *(abs(a - b) for a, b in scores)])
    return apart, unlike, sum(map(len, together))


def _example(number: int, line: str) -> Example:
    spans, start = [], 0
    for name in names_in(line):
        start = line.index(name.text, start)
        spans.append(Span(start, start + len(name.text), name.label))
        start += len(name.text)
    return Example(line, tuple(spans), id=str(number), source="gold" if number < 40 else "scripted:made")
