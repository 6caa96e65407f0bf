"""What all contestants share: they get a URL, a file of texts and a number in flight, and print a line of JSON.

It runs in each contestant's own virtual environment, so it needs nothing but Python.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from texts import LABELS


def labels() -> dict[str, str]:
    """The labels with their definitions."""
    return dict(LABELS)


def contest(annotate: Callable[[str, list[str], int], tuple[float, int, int]], *packages: str) -> None:
    """Run it on what the command line says, and print how it went.

    Args:
        annotate: from URL, texts and number in flight to seconds, texts with an answer, and labels placed.
        packages: whose versions are reported, the contestant's first.
    """
    url, file, in_flight = sys.argv[1:]
    texts = Path(file).read_text().splitlines()
    seconds, answered, placed = annotate(url, texts, int(in_flight))
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    figures = {
        "seconds": seconds,
        "answered": answered,
        "labels": placed,
        "cpu_seconds": sum(used.ru_utime + used.ru_stime for used in usage),
        "versions": {package: version(package) for package in packages},
    }
    print(json.dumps(figures))
