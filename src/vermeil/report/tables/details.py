"""F1 by label and by other test labels, what is worth its price, and the rounds of a pick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vermeil.compare import steps_said
from vermeil.report.content import Content, steps_by
from vermeil.report.frontier import frontier
from vermeil.report.lines import Line
from vermeil.report.numbers import bounds, money, percent, signed
from vermeil.report.places import MOST, short_names
from vermeil.report.tables.layout import Cell, Columns, Table, laid_out, shade
from vermeil.report.words import left_out, mark


def by_label(content: Content) -> Table:
    """F1 of each row and label; seeds are counted together."""
    names = short_names([line.condition for line in content.viewed])
    shown = {line.name: content.by_label[line.name] for line in content.viewed}
    known = [counts[label].f1 for counts in shown.values() for label in content.support if label in counts]
    low, high = min(known, default=0.0), max(known, default=0.0)

    def cell(line: Line, label: str) -> Cell:
        counts = shown[line.name].get(label)
        return Cell("", "", 0) if counts is None else Cell(percent(counts.f1), "", shade(counts.f1, low, high))

    columns: Columns[Line] = [
        ("strategy", lambda line: Cell(names[line.name])),
        *(
            (Cell(label, f"{support:,}"), lambda line, label=label: cell(line, label))
            for label, support in content.support.items()
        ),
    ]
    heads, groups = laid_out(columns, {"": content.viewed})
    notes = ["the stronger the colour, the better", "under each label: how many of it the test set has"]
    notes += ["seeds are counted together"] * content.several_seeds + [left_out(content)] * bool(left_out(content))
    return Table("labels", "F1 by label", heads, groups, tuple(notes), "labels")


def by_tests(content: Content) -> Table | None:
    """Score and gain by each set of test labels; None where there is only one."""
    others, score = content.comparison.tests, content.figures.name
    if not others:
        return None

    def gain(line: Line, test: str) -> Cell:
        noise = line.contrast.noise if line.contrast else None
        found = noise.by_labels.get(test) if noise else None  # None of other texts
        return Cell("" if found is None else signed(found))

    columns: Columns[Line] = [
        ("row", lambda line: Cell(line.name)),
        (score, lambda line: Cell(percent(line.score.value), bounds(line.score))),
        *(
            (
                f"{score} by {name}",
                lambda line, name=name: Cell(percent(line.others[name].value), bounds(line.others[name])),
            )
            for name in others
        ),
        ("gain", lambda line: Cell(f"{gain(line, '').text} {mark(line)}".strip())),
        *((f"gain by {name}", lambda line, name=name: gain(line, name)) for name in others),
    ]
    heads, groups = laid_out(columns, {"": content.lines}, lambda line: line.best)
    notes = (
        "≈ the gain is inside the noise of the test labels: no larger than other labels move it, or of another sign",
    )
    return Table("tests", "Other test labels", heads, groups, notes, "tests", len(content.lines) > MOST)


def price_list(content: Content) -> Table | None:
    """What nothing as cheap beats on dev; None where there are no prices or no dev set."""
    best, prices = frontier(content.lines), content.comparison.costs
    if not best or prices is None:
        return None
    columns: Columns[Line] = [
        ("row", lambda line: Cell(f"{best.index(line) + 1} · {line.name}")),
        ("cost", lambda line: Cell(money(line.cost, prices))),
        ("gold texts", lambda line: Cell(f"{line.gold:,.0f}")),
        ("silver answers", lambda line: Cell(f"{line.answers:,.0f}")),
        (f"dev {content.chosen_by}", lambda line: Cell(percent(line.dev_score or 0.0))),
        (content.figures.name, lambda line: Cell(percent(line.score.value), bounds(line.score))),
    ]
    heads, groups = laid_out(columns, {"": best}, lambda line: line.best)
    unit = f" {prices.currency}" if prices.currency else ""
    notes = (
        f"a gold text costs {prices.gold:g}{unit}, a silver answer {prices.silver:g}{unit}",
        "every row is better on dev than all that cost no more; the numbers are those of the figure",
    )
    return Table("frontier", "What is worth its price", heads, groups, notes, "costs")


def rounds(content: Content) -> Table | None:
    """How the winner of a pick came to win; None where nothing was picked."""
    every: list[Mapping[str, Any]] = content.comparison.made.get("pick", {}).get("rounds", [])
    gone = {
        f"round {one['number']}, {steps_said(steps_by(one).values())}": one["dropped"]
        for one in every
        if one["dropped"]
    }
    if not gone:
        return None
    score = content.chosen_by
    columns: Columns[Mapping[str, Any]] = [
        ("not taken further", lambda one: Cell(str(one["name"]))),
        (f"dev {score}", lambda one: Cell(percent(one["score"] if "score" in one else one["f1"]))),  # as it was called
        ("why", lambda one: Cell(str(one["why"]))),
    ]
    heads, groups = laid_out(columns, gone)
    size = sum(map(len, gone.values()))
    return Table("rounds", "How it was picked", heads, groups, (f"{score} is that on dev",), "rounds", size > MOST)
