"""Scores as a table for people: by label, and what else says something about labels of their kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vermeil.evaluate.calibration import BINS, Calibration

if TYPE_CHECKING:
    from vermeil.evaluate.score import Scores

NONE = "(none)"
"""How a confusion matrix calls the side that has no label."""

MOST = 15
"""Classes of a confusion matrix that can be read; with more of them, so many pairs are named."""


def shown(scores: Scores) -> str:
    """The table by label, the other figures in a line each, and the confusion matrix where there is one."""
    return "\n".join(_lines(scores))


def _lines(scores: Scores) -> Iterator[str]:
    wide = max(map(len, [*scores.by_label, "all (micro)"]))
    yield f"{'label':<{wide}}  precision  recall     F1  support"
    for label, c in [*scores.by_label.items(), ("all (micro)", scores.micro)]:
        yield f"{label:<{wide}}  {100 * c.precision:9.1f}  {100 * c.recall:6.1f}  {100 * c.f1:5.1f}  {c.gold:7,}"
    summary = ", ".join(f"{name} {100 * (scores.figure(at) or 0):.1f}" for name, at in scores.figures.summary.items())
    yield f"{summary}; {_texts(scores)}"
    if scores.calibration:
        yield _calibrated(scores.calibration)
    if scores.confusion:
        yield from ("", *_confused(scores.confusion))


def _confused(confusion: Mapping[tuple[str, str], int]) -> list[str]:
    """A line for each gold class, a column for each predicted one; of many classes, what is confused most often."""
    rows, columns = sides(confusion)
    if max(len(rows), len(columns)) > MOST:
        wrong = sorted((-count, *pair) for pair, count in confusion.items() if pair[0] != pair[1])[:MOST]
        return [f"{-count:7,}  {gold or NONE} taken for {given or NONE}" for count, gold, given in wrong]
    first = "gold \\ predicted"
    names = [name or NONE for name in columns]
    wide = max(map(len, [first, *(row or NONE for row in rows)]))
    widths = [max(len(name), 5) for name in names]
    lines = [_line(first, names, wide, widths)]
    for row in rows:
        counts = [f"{confusion.get((row, column), 0):,}" for column in columns]
        lines.append(_line(row or NONE, counts, wide, widths))
    return lines


def sides(confusion: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rows and columns of a confusion matrix: every class on both sides, and "" last where a side lacks labels."""
    pairs = list(confusion)
    classes = sorted({name for pair in pairs for name in pair if name})
    rows, columns = ((*classes, "") if any(pair[at] == "" for pair in pairs) else (*classes,) for at in (0, 1))
    return rows, columns


def _line(first: str, rest: Sequence[str], wide: int, widths: Sequence[int]) -> str:
    return "  ".join([f"{first:<{wide}}", *(f"{text:>{width}}" for text, width in zip(rest, widths, strict=True))])


def _calibrated(found: Calibration) -> str:
    return (
        f"calibration error {100 * found.error:.1f} ({BINS} bins of equal width), {100 * found.adaptive:.1f} (of equal "
        f"mass), Brier score {found.brier:.3f}; {_many(found.count, 'scored label')}"
    )


def _texts(scores: Scores) -> str:
    documents = len(set(scores.documents) - {""})
    said = _many(len(scores.per_example), "text") + (f" of {_many(documents, 'document')}" if documents else "")
    gone = [f"{n:,} {why}" for n, why in ((scores.failed, "failed"), (scores.absent, "without a prediction")) if n]
    return said + (f" ({', '.join(gone)}: all their labels count as missed)" if gone else "")


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
