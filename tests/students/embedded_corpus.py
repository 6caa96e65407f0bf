"""The embedded corpus as examples, and the score that these tests look at."""

from __future__ import annotations

import json
from importlib.resources import files

from vermeil.data import Example, Span


def demo(name: str) -> list[Example]:
    """A part of the embedded corpus."""
    lines = files("vermeil.demo").joinpath(f"corpora/ner/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = map(json.loads, lines)
    return [Example(row["text"], tuple(Span(**span) for span in row["spans"]), id=row["id"]) for row in rows]


def f1(gold: list[Example], predicted: list[tuple[Span, ...]]) -> float:
    """Exact-span F1 in percent."""
    right = sum(len(set(g.labels) & set(p)) for g, p in zip(gold, predicted, strict=True))
    return 200 * right / max(1, sum(len(g.labels) for g in gold) + sum(map(len, predicted)))
