"""The report as Markdown: for a repository, an issue, a wiki. No text of the test set is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from vermeil.report.content import Content
from vermeil.report.figures import Figure
from vermeil.report.reasons import reasons, recommendation
from vermeil.report.repeat import facts, stages, study
from vermeil.report.tables import (
    Cell,
    Table,
    by_label,
    by_tests,
    confusion,
    contrasts,
    pivots,
    price_list,
    rounds,
    scores,
    winners,
)
from vermeil.report.text import visible
from vermeil.report.words import NO_COSTS, remarks, what_was_run

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&!])")


def markdown(content: Content, figures: Sequence[Figure], title: str) -> str:
    """The whole report, with figures as links to `figures/NAME.svg`."""
    return "\n".join(_parts(content, figures, title)) + "\n"


def plain(text: str) -> str:
    """A user's text as Markdown that shows just that text, on one line."""
    return _SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))


def _parts(content: Content, figures: Sequence[Figure], title: str) -> Iterator[str]:
    yield f"# {plain(title)}\n\n{plain(what_was_run(content))}\n\n**{plain(recommendation(content))}**\n"
    yield from _list(reasons(content))
    yield from _list(f"Note: {warning}" for warning in content.comparison.warnings)
    for table in (*pivots(content), scores(content), winners(content), contrasts(content), rounds(content)):
        yield from _section(table)
    yield from (f"{plain(remark)}\n" for remark in remarks(content))
    for figure in figures:
        yield f"## {plain(figure.title)}\n\n![{plain(figure.alt)}](figures/{figure.name}.svg)\n"
        yield f"{plain(figure.caption)} Data: [CSV](figures/{figure.name}.csv)\n"
    for table in (by_tests(content), price_list(content), by_label(content), confusion(content)):
        yield from _section(table)
    if content.comparison.costs is None:
        yield f"{plain(NO_COSTS)}\n"
    yield from _repeating(content)


def _repeating(content: Content) -> Iterator[str]:
    yield "## To repeat it\n"
    if text := study(content.comparison):
        # indented, so that no run of backticks in a name ends the block
        yield "".join(f"    {line}\n" for line in visible(text).splitlines())
    for pairs in (facts(content.comparison), stages(content.comparison)):
        cells = [(plain(name), plain(value)) for name, value in pairs]
        yield from (*_table(("", ""), cells, numbers=False), "") if cells else ()


def _list(sentences: Iterable[str]) -> Iterator[str]:
    lines = [f"- {plain(sentence)}\n" for sentence in sentences]
    yield from ["".join(lines)] if lines else []


def _section(table: Table | None) -> Iterator[str]:
    """A table under its heading; groups are told by a column of their own."""
    if table is None:
        return
    yield f"## {plain(table.title)}\n"
    grouped = len(table.groups) > 1
    head = [""] * grouped + [_cell(cell) for cell in table.columns]
    rows = (
        [plain(group.heading)] * grouped
        + [_cell(cell, strong=at == group.best and not column) for column, cell in enumerate(row)]
        for group in table.groups
        for at, row in enumerate(group.rows)
    )
    yield from _table(head, rows)
    yield "".join(f"\n{plain(note)}\n" for note in table.notes)


def _cell(cell: Cell, strong: bool = False) -> str:
    text = f"**{plain(cell.text)}**" if strong and cell.text.strip() else plain(cell.text)
    return f"{text} ({plain(cell.small)})" if cell.small else text


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    rule = "---:" if numbers else "---"
    yield f"| {' | '.join(['---', *[rule] * (len(columns) - 1)])} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
