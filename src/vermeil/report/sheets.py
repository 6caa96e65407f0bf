"""The numbers behind the table and each figure, in full, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from vermeil.report.content import Content, Line

Value = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[Value]]) -> str:
    """CSV with a header; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue()


def results(content: Content) -> str:
    """One row per strategy: the table with all digits."""
    rows = [_row(line) for line in content.lines]
    return csv_text(rows[0], (row.values() for row in rows))


def sheets(content: Content) -> dict[str, str]:
    """CSV by name of figure: f1 (each seed), share and loss (curves), labels, mistakes (means over seeds)."""
    curves = content.curves.items()
    return {
        "f1": csv_text(
            ("strategy", "seed", "f1"),
            ((line.strategy, seed, f1) for line in content.lines for seed, f1 in line.f1_by_seed.items()),
        ),
        "share": csv_text(
            ("strategy", "progress", "planned", "drawn"),
            ((name, *point) for name, c in curves for point in zip(c.progress, c.planned, c.drawn, strict=True)),
        ),
        "loss": csv_text(
            ("strategy", "progress", "loss"),
            ((name, *point) for name, c in curves for point in zip(c.progress, c.loss, strict=True)),
        ),
        "labels": csv_text(("strategy", "label", "precision", "recall", "f1", "support"), _labels(content)),
        "mistakes": csv_text(
            ("strategy", "kind", "mean_count"),
            ((name, kind, count) for name, kinds in content.wrong.items() for kind, count in kinds.items()),
        ),
    }


def _row(line: Line) -> dict[str, Value]:
    gap = line.against
    return {
        "strategy": line.strategy,
        "best_on_dev": "yes" if line.best else "no",
        "precision": line.precision,
        "recall": line.recall,
        "f1": line.f1.value,
        "f1_low": line.f1.low,
        "f1_high": line.f1.high,
        "f1_spread": line.spread,
        "dev_f1": line.dev_f1,
        "gain": gap.value if gap else None,
        "gain_low": gap.low if gap else None,
        "gain_high": gap.high if gap else None,
        "gain_p": gap.p if gap else None,
        "mean_share": line.share,
        "steps": line.steps,
        "seconds": line.seconds,
        "seeds": " ".join(map(str, line.f1_by_seed)),
    }


def _labels(content: Content) -> Iterator[tuple[Value, ...]]:
    for strategy, counts in content.by_label.items():
        for label, support in content.support.items():
            if label in counts:
                found = counts[label]
                yield strategy, label, found.precision, found.recall, found.f1, support


def _harmless(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
