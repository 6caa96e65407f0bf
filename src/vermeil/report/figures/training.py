"""What happened while training: the share of silver as planned and as drawn, and the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vermeil.compare import BASELINE
from vermeil.report.content import Content, Curves
from vermeil.report.figures.canvas import BLUE, ORANGE, WIDTH, Figure, figure, panels
from vermeil.report.lines import Line
from vermeil.report.places import short_names
from vermeil.report.svg import CALM
from vermeil.report.words import left_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


def share(content: Content) -> Figure:
    """The share of silver over progress, planned and drawn."""

    def draw(axes: Axes, curves: Curves) -> None:
        axes.plot(curves.progress, curves.drawn, color=ORANGE, linewidth=2.4)
        axes.plot(curves.progress, curves.planned, color=BLUE, linewidth=1, linestyle=(0, (4, 2)))
        axes.set_ylim(-0.05, 1.05)
        axes.set_yticks([0, 0.5, 1], ["0", "50", "100 %"])

    drawn = _panels(content, content.viewed, draw)
    said = "; ".join(f"{line.name} {100 * line.share:.0f} %" for line in content.viewed)
    alt = f"Share of silver in the batches over the course of training; means: {said}"
    caption = (
        "wide and orange: what was drawn",
        "dashed and blue: what was planned",
        "from the first step to the last",
        left_out(content),
    )
    return figure(drawn, "share", "Silver in the batches", caption, alt)


def loss(content: Content) -> Figure:
    """The loss over progress, that of gold alone behind it."""
    alone = [line for line in content.viewed if line.strategy == BASELINE]
    reference = content.curves[alone[0].name] if len(alone) == 1 else None

    def draw(axes: Axes, curves: Curves) -> None:
        if reference:
            axes.plot(reference.progress, reference.loss, color=CALM, linewidth=2.4)
        axes.plot(curves.progress, curves.loss, color=BLUE, linewidth=1)
        axes.set_ylim(bottom=0)

    drawn = _panels(content, content.viewed, draw)
    curves = ((line.name, content.curves[line.name]) for line in content.viewed)
    said = "; ".join(f"{name} {c.loss[0]:.2f} to {c.loss[-1]:.2f}" for name, c in curves)
    caption = (
        "loss on the batches drawn, which differ between strategies: a low loss is no high score",
        f"grey: {BASELINE}" if reference else "",
        left_out(content),
    )
    return figure(drawn, "loss", "Loss while training", caption, f"Training loss over the course of training: {said}")


def _panels(content: Content, lines: Sequence[Line], draw: Callable[[Axes, Curves], None]) -> Canvas:
    names = short_names([line.condition for line in lines])
    drawn, every = panels([names[line.name] for line in lines], columns=3, height=WIDTH / 4.5)
    for axes, line in zip(every, lines, strict=True):
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["start", "", "end"])
        draw(axes, content.curves[line.name])
    for axes in every[-3:]:
        first, _, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    return drawn
