"""The table of all rows, and for a grid: scores by size of gold, and what is best at each place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from vermeil.compare import BASELINE, Condition
from vermeil.compare.conditions import Size
from vermeil.report.content import Content
from vermeil.report.lines import Line
from vermeil.report.numbers import bounds, duration, known, money, percent, reach, signed, times_gold
from vermeil.report.places import MOST, amount, varying, widest, within
from vermeil.report.tables.layout import Cell, Columns, Table, laid_out, shade
from vermeil.report.words import mark, marks

BEST = "best on dev"
HEADING = ("gold", "student")
"""Axes that part the whole table into groups; the others are columns."""

_HEADS = {"silver": "silver texts"}


def scores(content: Content) -> Table:
    """All rows, in groups by student and size of gold."""
    heads, groups = laid_out(_columns(content), _groups(content), lambda line: line.best)
    many = len(content.lines) > MOST
    title = f"All {len(content.lines)} rows" if many else "Scores on test"
    return Table("scores", title, heads, groups, tuple(marks(content.comparison)), "results", many)


def _columns(content: Content) -> Columns[Line]:
    axes = varying(line.condition for line in content.lines)
    prices = content.comparison.costs
    shown: Columns[Line] = [
        ("strategy", lambda line: Cell(line.strategy, BEST if line.best else "")),
        *(
            (_HEADS.get(axis, axis), lambda line, axis=axis: Cell(amount(getattr(line.condition, axis))))
            for axis in axes
            if axis not in HEADING
        ),
        *(
            (head, lambda line, name=name: Cell(known(line.beside[name])))
            for head, name in content.figures.beside.items()
        ),
        (content.figures.name, lambda line: Cell(percent(line.score.value), bounds(line.score))),
        ("± seeds", lambda line: Cell(percent(line.spread) if line.spread is not None else "")),
        (f"gain over {BASELINE}", _gain),
        ("× gold", _worth),
        (f"dev {content.chosen_by}", lambda line: Cell(known(line.dev_score))),
        ("cost", lambda line: Cell(money(line.cost, prices))),
        ("silver", lambda line: Cell(f"{100 * line.share:.0f} %")),
        ("steps", lambda line: Cell("" if content.equal_steps else f"{line.steps:,}")),
        ("time", lambda line: Cell(duration(line.seconds))),
    ]
    return shown


def _groups(content: Content) -> dict[str, list[Line]]:
    """Lines by their heading: student and size of gold, as far as they vary."""
    axes = varying(line.condition for line in content.lines)
    groups: dict[str, list[Line]] = {}
    for line in content.lines:
        at = line.condition
        gold = (f"{amount(at.gold)} gold texts" if at.gold else "no gold") if "gold" in axes else ""
        student = at.student if "student" in axes else ""
        groups.setdefault(", ".join(part for part in (gold, student) if part), []).append(line)
    places = [replace(line.condition, strategy="", gold=None) for line in content.lines]
    order = {place: number for number, place in enumerate(dict.fromkeys(places))}
    for lines in groups.values():
        lines.sort(key=lambda line: (line.silver > 0, order[replace(line.condition, strategy="", gold=None)]))
    return groups


def _gain(line: Line) -> Cell:
    gap = line.against
    return Cell(f"{signed(gap.value)} {mark(line)}".strip(), reach(gap)) if gap else Cell("")


def _worth(line: Line) -> Cell:
    if line.worth is None or not line.worth.used:
        return Cell("")
    return Cell(*times_gold(line.worth))


def pivots(content: Content) -> Iterator[Table]:
    """The score of each strategy by size of gold: one table for each teacher, size of silver and student."""
    if "gold" not in varying(line.condition for line in content.lines):
        return
    places = _places(content)
    for number, (place, lines) in enumerate(places.items(), start=1):
        heads, groups = laid_out(_by_size(content, lines), {"": list(dict.fromkeys(line.strategy for line in lines))})
        title = f"{content.figures.title} by size of gold{f': {place.name}' if place.name else ''}"
        last = number == len(places)  # what the signs mean stands once, beneath all of them
        yield Table("pivot", title, heads, groups, tuple(marks(content.comparison)) if last else (), "")


def _by_size(content: Content, lines: Sequence[Line]) -> Columns[str]:
    """A column for each size of gold, the rows being names of strategies."""
    sizes = dict.fromkeys(line.condition.gold for line in sorted(content.lines, key=lambda line: line.gold))
    low, high = (end(line.score.value for line in content.lines) for end in (min, max))
    found = {(line.strategy, line.condition.gold): line for line in lines}

    def cell(name: str, size: Size | None) -> Cell:
        line = found.get((name, size))
        if line is None:
            return Cell("")
        return Cell(
            f"{percent(line.score.value)} {mark(line)}".strip(), bounds(line.score), shade(line.score.value, low, high)
        )

    def column(size: Size | None) -> tuple[str, Callable[[str], Cell]]:
        return f"{amount(size)} gold" if size else "no gold", lambda name: cell(name, size)

    return [("strategy", Cell), *map(column, sizes)]


def _places(content: Content) -> dict[Condition, list[Line]]:
    """Lines by teacher, size of silver and student; what is learnt from gold alone stands at each of them."""
    places: dict[Condition, list[Line]] = {}
    alone = [line for line in content.lines if not line.silver]
    for line in content.lines:
        if line not in alone:
            places.setdefault(replace(line.condition, strategy="", gold=None), []).append(line)
    if not places:
        return {Condition(""): alone}
    return {
        place: [*(a for a in alone if a.condition.student == place.student), *rest] for place, rest in places.items()
    }


def winners(content: Content) -> Table | None:
    """What is best on dev at each place of a grid, among all that draw on no other labels than are there."""
    lines = [line for line in content.lines if line.dev_score is not None]
    there = {p: [one for one in lines if within(one.condition, p)] for p in widest(one.condition for one in lines)}
    rivals = {place: rivals for place, rivals in there.items() if len(rivals) > 1}
    if len(there) < 2 or not rivals:
        return None
    best = [(place, max(rivals, key=lambda line: line.dev_score or 0.0)) for place, rivals in rivals.items()]
    columns: Columns[tuple[Condition, Line]] = [
        ("labels", lambda at: Cell(at[0].name)),
        (BEST, lambda at: Cell(at[1].strategy)),
        (f"dev {content.chosen_by}", lambda at: Cell(percent(at[1].dev_score or 0.0))),
        (content.figures.name, lambda at: Cell(percent(at[1].score.value), bounds(at[1].score))),
        (f"gain over {BASELINE}", lambda at: _gain(at[1])),
        ("× gold", lambda at: _worth(at[1])),
    ]
    heads, groups = laid_out(columns, {"": best})
    return Table(
        "winners",
        "The best for each size of gold and teacher",
        heads,
        groups,
        tuple(marks(content.comparison)),
        "",
    )
