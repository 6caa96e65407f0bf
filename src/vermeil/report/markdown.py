"""The report as Markdown: for a repository, an issue, a wiki. No text of the test set is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from vermeil.compare import BASELINE
from vermeil.report.content import Content, Line
from vermeil.report.figures import Figure
from vermeil.report.numbers import bounds, duration, gain, percent
from vermeil.report.text import visible
from vermeil.report.words import facts, remarks, what_came_out, what_was_run

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&!])")


def markdown(content: Content, figures: Sequence[Figure], title: str) -> str:
    """The whole report, with figures as links to `figures/NAME.svg`."""
    return "\n".join(_parts(content, figures, title)) + "\n"


def plain(text: str) -> str:
    """A user's text as Markdown that shows just that text, on one line."""
    return _SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))


def _parts(content: Content, figures: Sequence[Figure], title: str) -> Iterator[str]:
    yield f"# {plain(title)}\n\n{plain(what_was_run(content))}\n\n{plain(what_came_out(content))}\n"
    yield from _table(_columns(content), (_cells(content, line) for line in content.lines))
    yield "" + "".join(f"\n{plain(remark)}\n" for remark in remarks(content))
    for figure in figures:
        yield f"## {figure.title}\n\n![{plain(figure.alt)}](figures/{figure.name}.svg)\n\n{plain(figure.caption)}\n"
    yield "## F1 by label\n"
    labels = [f"{plain(label)} ({support:,})" for label, support in content.support.items()]
    yield from _table(["strategy", *labels], _by_label(content))
    yield "\nIn brackets: labels in the test set.\n\n## What made it\n"
    yield from _table(["", ""], ((plain(name), plain(value)) for name, value in facts(content)), numbers=False)


def _columns(content: Content) -> list[str]:
    middle = ["± seeds"] * content.several_seeds + [f"gain over {BASELINE}"] * content.has_baseline
    return ["strategy", "precision", "recall", "F1", "95 %", *middle, "silver", "steps", "time"]


def _cells(content: Content, line: Line) -> list[str]:
    name = f"**{plain(line.strategy)}** (best on dev)" if line.best else plain(line.strategy)
    middle = [percent(line.spread) if line.spread is not None else ""] * content.several_seeds
    middle += [gain(line.against)] * content.has_baseline
    scores = [percent(line.precision), percent(line.recall), percent(line.f1.value), bounds(line.f1)]
    return [name, *scores, *middle, f"{100 * line.share:.0f} %", f"{line.steps:,}", duration(line.seconds)]


def _by_label(content: Content) -> Iterator[list[str]]:
    for strategy, counts in content.by_label.items():
        yield [plain(strategy), *(percent(counts[label].f1) if label in counts else "" for label in content.support)]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    rule = "---:" if numbers else "---"
    yield f"| {' | '.join(['---', *[rule] * (len(columns) - 1)])} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
