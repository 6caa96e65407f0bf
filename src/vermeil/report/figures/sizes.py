"""Scores over the number of gold texts, and what silver is worth in gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vermeil.compare import BASELINE, Condition, Curve, Multiplier
from vermeil.counted import many
from vermeil.report.content import Content
from vermeil.report.figures.canvas import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Figure,
    figure,
    panels,
    rows,
    shortened,
)
from vermeil.report.numbers import percent, times_gold
from vermeil.report.places import short_names
from vermeil.report.svg import INK, SOFT
from vermeil.report.words import left_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES, PANELS = 6, 6
"""Curves that can be told apart in a panel besides that of gold alone, and panels that can be read."""

_DRESS = tuple(
    (colour, mark, "-") for colour, mark in zip((BLUE, ORANGE, GREEN, RED, PURPLE, SKY), "osDv^P", strict=True)
)


def learning(content: Content) -> Figure | None:
    """Learning curves with bands: a panel for each teacher, size of silver and student."""
    groups = _grouped(content)
    if not groups:
        return None
    shown = list(groups.items())[:PANELS]
    dress = _dressed(content, [curve for _, curves in shown for curve in curves])
    drawn, every = panels([name for name, _ in shown], 2 if len(shown) > 1 else 1, 2.1 if len(shown) > 1 else 2.8)
    named: dict[str, Any] = {}
    for axes, (_, curves) in zip(every, shown, strict=True):
        for curve in curves:
            strategy = curve.condition.strategy
            if strategy in dress:
                _curve(axes, curve, *dress[strategy], shortened(strategy))
        axes.set_xscale("log")
        named |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    _size_axis(every, sorted({size for curve in content.comparison.curves for size, _ in curve.points}))
    drawn.supxlabel("gold texts", fontsize=10)
    drawn.supylabel(f"{content.figures.axis} on test", fontsize=10)
    drawn.legend(list(named.values()), list(named), loc="outside upper center", ncols=3, handlelength=1.6)
    hidden = len({curve.condition.strategy for _, curves in shown for curve in curves} - set(dress))
    which = "that did worse on dev" if content.best else "further down the list"
    caption = (
        "bands are 95 % intervals",
        f"left out: {many(hidden, 'strategy', 'strategies')} {which}" if hidden else "",
        f"the first {PANELS} of {len(groups)} panels" if len(groups) > PANELS else "",
    )
    said = "; ".join(_said(curve) for curve in content.comparison.curves)
    alt = f"{content.figures.name} by number of gold texts: {said}"
    return figure(drawn, "learning", "Scores over the size of gold", caption, alt)


def _grouped(content: Content) -> dict[str, list[Curve]]:
    """Curves by panel; those of gold alone, and its controls, are in every panel of their student."""
    drawing = {replace(line.condition, gold=None) for line in content.lines if line.silver}
    curves = content.comparison.curves
    alone = [curve for curve in curves if curve.condition not in drawing]
    groups: dict[Condition, list[Curve]] = {}
    for curve in curves:
        if curve.condition in drawing:
            groups.setdefault(replace(curve.condition, strategy=""), []).append(curve)
    if not groups:
        return {"": alone} if alone else {}
    return {
        place.name: [*(a for a in alone if a.condition.student == place.student), *group]
        for place, group in groups.items()
    }


def _dressed(content: Content, curves: Sequence[Curve]) -> dict[str, tuple[str, str, str]]:
    """Colour, mark and dashes by strategy: gold alone, and those that did best on dev (the first without a dev set)."""
    dev: dict[str, list[float]] = {}
    for line in content.lines:
        dev.setdefault(line.strategy, []).append(line.dev_score or 0.0)
    strategies = list(dict.fromkeys(c.condition.strategy for c in curves if c.condition.strategy != BASELINE))
    best = sorted(strategies, key=lambda name: -sum(dev[name]) / len(dev[name]))[:CURVES]
    dress = dict(zip([name for name in strategies if name in best], _DRESS, strict=False))
    return {BASELINE: (INK, "x", "--"), **dress}


def _curve(axes: Axes, curve: Curve, colour: str, mark: str, dashes: str, label: str) -> None:
    sizes = [size for size, _ in curve.points]
    low, high = ([100 * getattr(score, end) for _, score in curve.points] for end in ("low", "high"))
    axes.fill_between(sizes, low, high, color=colour, alpha=0.13, linewidth=0)
    values = [100 * score.value for _, score in curve.points]
    axes.plot(sizes, values, dashes, marker=mark, color=colour, label=label, linewidth=1.4, markersize=4.5)


def _size_axis(every: Sequence[Axes], sizes: Sequence[float]) -> None:
    """Ticks at the sizes themselves, as long as they don't run into each other."""
    ticks: list[float] = []
    for size in sizes:
        if not ticks or size > 1.6 * ticks[-1]:
            ticks.append(size)
    for axes in every:
        axes.set_xticks(ticks, [f"{size:,.0f}" for size in ticks])
        axes.minorticks_off()


def _said(curve: Curve) -> str:
    points = ", ".join(f"{percent(score.value)} with {size:,.0f}" for size, score in curve.points)
    return f"{curve.name} {points}"


def worth(content: Content) -> Figure | None:
    """How many gold texts gold alone would need for the same score."""
    lines = [line for line in content.viewed if line.worth]
    if not lines:
        return None
    names = short_names([line.condition for line in lines])
    drawn, axes = rows([names[line.name] for line in lines])
    for at, line in enumerate(lines):
        if line.worth:
            _worth(axes, at, line.worth, RED if line.best else BLUE)
    axes.set_xscale("log")
    _size_axis([axes], sorted({size for curve in _alone(content) for size, _ in curve.points}))
    axes.set_xlabel("gold texts that gold alone would need")
    caption = (
        "bars are 95 % intervals, the small tick is the gold that was used, and the number how many times as much "
        "gold alone would need",
        "an arrow points beyond the learning curve of gold alone, which is never continued",
        left_out(content),
    )
    said = "; ".join(f"{line.name} {line.worth}" for line in lines)
    return figure(drawn, "worth", "What silver is worth in gold", caption, f"Gold multiplier by strategy: {said}")


def _worth(axes: Axes, at: int, found: Multiplier, colour: str) -> None:
    low, value, high = (found.on_curve(size) for size in (found.low, found.needed, found.high))
    axes.plot([low, high], [at, at], color=colour, linewidth=2)
    mark = ">" if found.beyond else "<" if found.below else "o"
    axes.plot([value], [at], mark, color=colour, markersize=6.5)
    if found.used:
        axes.plot([found.used], [at], "|", color=SOFT, markersize=9)
    text = times_gold(found)[0]
    text = f"{text} ×" if found.used else text
    axes.annotate(text, (1.01, at), xycoords=("axes fraction", "data"), va="center", fontsize=9.5)


def _alone(content: Content) -> list[Curve]:
    wanted = Condition(BASELINE)
    return [c for c in content.comparison.curves if replace(c.condition, student="") == wanted]
