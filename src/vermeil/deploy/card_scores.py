"""What a model card says of scores: a table by label, what stands beside it, and what model hubs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vermeil.evaluate.figures import Figures
from vermeil.evaluate.score import Scores
from vermeil.evaluate.significance import interval

_BY_LABEL = {"precision", "recall", "f1"}


def score_rows(name: str, scores: Scores) -> Iterator[dict[str, str]]:
    """The lines of the table: all labels together, then each."""
    bounds = interval([scores])
    for label, counts in (("", scores.micro), *scores.by_label.items()):
        yield {
            "data": name,
            "label": label,
            "precision": f"{100 * counts.precision:.1f}",
            "recall": f"{100 * counts.recall:.1f}",
            "f1": f"{100 * counts.f1:.1f}",
            "interval": "" if label else f"{100 * bounds.low:.1f}–{100 * bounds.high:.1f}",
            "support": f"{counts.gold:,}",
        }


def metrics_of(figures: Figures) -> list[str]:
    """As model hubs call them."""
    return list(dict.fromkeys([figures.measure, "f1", "precision", "recall"]))


def figures_beside(scored: Mapping[str, tuple[Scores, float]], figures: Figures) -> list[tuple[str, str]]:
    """Of each set of data, the figures that stand in no row by label."""
    named = {**figures.summary, **{name: path for name, path in figures.beside.items() if path not in _BY_LABEL}}
    return [
        (
            data,
            ", ".join(
                f"{name} {100 * value:.1f}" for name, path in named.items() if (value := found.figure(path)) is not None
            ),
        )
        for data, (found, _) in scored.items()
    ]


def model_index(scored: Mapping[str, tuple[Scores, float]], task: str, metrics: Sequence[str]) -> list[dict[str, Any]]:
    """The front matter's `model-index`."""
    results = [
        {
            "task": {"type": task},
            "dataset": {"name": name, "type": "local"},
            "metrics": [{"type": name, "value": round(found.figure(name) or 0.0, 4)} for name in metrics],
        }
        for name, (found, _) in scored.items()
    ]
    return [{"name": "vermeil", "results": results}] if results else []
