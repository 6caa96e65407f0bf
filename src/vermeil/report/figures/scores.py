"""The score of each row, by the test labels and by other labels of the same texts."""

from __future__ import annotations

from vermeil.compare import BASELINE
from vermeil.report.content import Content
from vermeil.report.figures.canvas import BLUE, GREEN, ORANGE, PURPLE, RED, Figure, figure, rows
from vermeil.report.numbers import bounds, percent
from vermeil.report.places import short_names
from vermeil.report.svg import SOFT
from vermeil.report.words import left_out

_SETS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"), (RED, "v"))


def scores(content: Content) -> Figure:
    """The score with its interval, and single seeds."""
    lines, names = content.viewed, short_names([line.condition for line in content.viewed])
    drawn, axes = rows([names[line.name] for line in lines])
    alone = [line for line in lines if line.strategy == BASELINE]
    for at, line in enumerate(lines):
        colour = RED if line.best else BLUE
        axes.plot([100 * line.score.low, 100 * line.score.high], [at, at], color=colour, linewidth=2, zorder=2)
        axes.plot([100 * line.score.value], [at], "D" if line.best else "o", color=colour, markersize=6, zorder=3)
        if len(line.by_seed) > 1:
            seeds = [100 * score for score in line.by_seed.values()]
            axes.plot(seeds, [at + 0.25] * len(seeds), "|", color=SOFT, markersize=5, zorder=1)
    if len(alone) == 1:
        axes.axvline(100 * alone[0].score.value, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlabel(f"{content.figures.axis} on test")
    caption = (
        "bars are 95 % intervals",
        "the red diamond did best on dev" if content.best in lines else "",
        f"the dashed line is {BASELINE}" if len(alone) == 1 and len(lines) > 1 else "",
        "small ticks are single seeds" if content.several_seeds else "",
        left_out(content),
    )
    said = "; ".join(f"{line.name} {percent(line.score.value)} ({bounds(line.score)})" for line in lines)
    name = content.figures.title
    alt = f"{name} with 95 % interval by strategy: {said}"
    return figure(drawn, content.figures.measure, f"{name} by strategy", caption, alt)


def tests(content: Content) -> Figure | None:
    """The score by each set of test labels, side by side."""
    others = content.comparison.tests
    if not others:
        return None
    lines, names = content.viewed, short_names([line.condition for line in content.viewed])
    sets = ("", *others)[: len(_SETS)]
    drawn, axes = rows([names[line.name] for line in lines], each=0.16 + 0.1 * len(sets))
    for number, (name, (colour, mark)) in enumerate(zip(sets, _SETS, strict=False)):
        offset = 0.6 * ((number + 0.5) / len(sets) - 0.5)
        for at, line in enumerate(lines):
            score = line.others[name] if name else line.score
            axes.plot([100 * score.low, 100 * score.high], [at + offset] * 2, color=colour, linewidth=1.2)
        values = [100 * (line.others[name] if name else line.score).value for line in lines]
        places = [at + offset for at in range(len(lines))]
        axes.plot(values, places, mark, color=colour, markersize=4.5, label=name or "the test set's own")
    axes.set_xlabel(f"{content.figures.axis} on test")
    drawn.legend(loc="outside upper center", ncols=3, handlelength=1)
    said = "; ".join(
        f"{line.name} {percent(line.score.value)}, "
        + ", ".join(f"by {name} {percent(score.value)}" for name, score in line.others.items())
        for line in lines
    )
    caption = (
        "bars are 95 % intervals",
        "what differs less between rows than between labels may be the labels' mistakes",
        f"only the first {len(_SETS)} sets of labels are drawn" if len(others) >= len(_SETS) else "",
        left_out(content),
    )
    return figure(
        drawn, "tests", "Other test labels", caption, f"{content.figures.name} by each set of test labels: {said}"
    )
