"""What labels cost against what they bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vermeil.report.content import Content
from vermeil.report.figures.canvas import BLUE, RED, Figure, canvas, figure, shortened
from vermeil.report.frontier import frontier
from vermeil.report.lines import Line
from vermeil.report.numbers import money, percent
from vermeil.report.places import short_names
from vermeil.report.svg import SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def costs(content: Content) -> Figure | None:
    """The score by cost; numbered are the rows that nothing cheaper, or as cheap, beats on dev."""
    prices = content.comparison.costs
    if prices is None:
        return None
    best = frontier(content.lines)
    drawn = canvas(2.8 + 0.17 * len(best))
    axes = drawn.add_subplot()
    _points(axes, content.lines, best)
    _cost_axis(axes, [line.cost or 0.0 for line in content.lines])
    names = short_names([line.condition for line in best])
    key = "\n".join(f"{number} {shortened(names[line.name], 60)}" for number, line in enumerate(best, start=1))
    axes.set_title(key, loc="left", fontsize=9)
    axes.grid()
    axes.set_xlabel(f"cost of labels{f' ({prices.currency})' if prices.currency else ''}")
    axes.set_ylabel(f"{content.figures.axis} on test")
    no_dev = "without a dev set no row is called the best of its price"
    caption = (
        "numbered: what nothing as cheap beats on dev" if best else no_dev,
        "bars are 95 % intervals",
        "the red diamond did best on dev" if content.best else "",
    )
    said = "; ".join(
        f"{line.name} {percent(line.score.value)} for {money(line.cost, prices)}" for line in content.lines
    )
    return figure(drawn, "costs", "Cost of labels", caption, f"{content.figures.name} by cost of labels: {said}")


def _points(axes: Axes, lines: Sequence[Line], best: Sequence[Line]) -> None:
    names = [line.name for line in best]
    for line in sorted(lines, key=lambda line: line.name in names):  # the numbered ones last, on top
        numbered = line.name in names
        colour = RED if line.best else BLUE if numbered else SOFT
        cost, score = line.cost or 0.0, 100 * line.score.value
        axes.plot(
            [cost, cost], [100 * line.score.low, 100 * line.score.high], color=colour, linewidth=0.5 + 0.7 * numbered
        )
        axes.plot(
            [cost],
            [score],
            "D" if line.best else "o",
            color=colour,
            markerfacecolor=colour if numbered else "none",
            markersize=6 if numbered else 4,
        )
        if numbered:
            number = str(names.index(line.name) + 1)
            axes.annotate(number, (cost, score), (5, 3), textcoords="offset points", fontsize=10, fontweight="bold")


def _cost_axis(axes: Axes, paid: Sequence[float]) -> None:
    """Logarithmic where costs are orders of magnitude apart."""
    if min(paid) > 0 and max(paid) > 20 * min(paid):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda cost, _: f"{cost:,g}")
        axes.minorticks_off()
    axes.margins(x=0.12)
