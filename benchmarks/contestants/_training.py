"""What all who train share: two files of sentences with tags, an encoder's folder, and a line of JSON at the end.

It runs in each contestant's own virtual environment, so it needs nothing but Python.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple


class Lesson(NamedTuple):
    """What is asked of a contestant: one pass over the sentences to learn, in batches, then tags for the others.

    Args:
        learnt: rows of `tokens` and `tags` (IOB2).
        asked: rows of `tokens`.
        tags: all there are, O first.
        encoder: a folder.
        rate: the peak learning rate.
        seed: of the order and of new layers.
    """

    learnt: list[dict[str, list[str]]]
    asked: list[dict[str, list[str]]]
    tags: list[str]
    encoder: Path
    batch: int
    rate: float
    seed: int


def contest(train: Callable[[Lesson], tuple[Taken, Callable[[], list[list[str]]]]], *packages: str) -> None:
    """Run it on what the command line says, and print how it went.

    Args:
        train: gives what its training loop took, and what then gives the tags of each sentence asked for.
        packages: whose versions are reported, the contestant's first.
    """
    data, encoder, batch, rate, seed = sys.argv[1:]
    learnt, asked = (_rows(Path(data) / name) for name in ("learnt.jsonl", "asked.jsonl"))
    tags = sorted({tag for row in learnt for tag in row["tags"]} | {"O"}, key=lambda tag: (tag != "O", tag[2:], tag))
    taken, predict = train(Lesson(learnt, asked, tags, Path(encoder), int(batch), float(rate), int(seed)))
    figures = {
        "seconds": taken.seconds,
        "processor": taken.processor,
        "tags": predict(),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {package: version(package) for package in packages},
    }
    print(json.dumps(figures))


class Taken(NamedTuple):
    """Seconds that pass, and seconds of all processors together."""

    seconds: float
    processor: float


def taken_by(work: Callable[[], Any]) -> Taken:
    """How long it takes."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - began, time.process_time() - used)


def _rows(path: Path) -> list[dict[str, list[str]]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
