"""What every contestant of `predict.py` does around its own prediction: read, warm up, take the time, report.

Each runs in a virtual environment of its own, so this needs nothing but Python.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

Spans = list[tuple[int, int, str]]
Predict = Callable[[Sequence[str]], list[Spans]]

_WARM_UP = 64  # texts


def contest(load: Callable[[Path, str], Predict], *packages: str) -> None:
    """Label the texts of the command line, and print how it went.

    Args:
        load: from a model's folder and a setting to what labels texts.
        packages: whose versions are reported, the contestant's first.
    """
    folder, setting, file, out = sys.argv[1:]
    texts = [json.loads(line)["text"] for line in Path(file).read_text().splitlines()]
    began = time.perf_counter()
    predict = load(Path(folder), setting)
    loaded = time.perf_counter()
    predict(texts[:_WARM_UP])
    processor, started = time.process_time(), time.perf_counter()
    found = predict(texts)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    Path(out).write_text("".join(json.dumps(spans) + "\n" for spans in found))
    figures = {
        "seconds": seconds,
        "cpu_seconds": processor,
        "load_seconds": loaded - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,  # kilobytes on Linux
        "versions": {package: version(package) for package in packages},
    }
    print(json.dumps(figures))


def spans_of_tags(tags: Sequence[str], words: Sequence[tuple[int, int]]) -> Spans:
    """The names that IOB2 tags of words make; an I- that continues nothing begins one."""
    spans: Spans = []
    before = "O"
    for tag, (start, end) in zip(tags, words, strict=True):
        if tag[0] == "I" and before[1:] == tag[1:]:
            spans[-1] = (spans[-1][0], end, tag[2:])
        elif tag != "O":
            spans.append((start, end, tag[2:]))
        before = tag
    return spans
