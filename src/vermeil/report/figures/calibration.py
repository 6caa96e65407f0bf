"""Reliability diagrams: whether scores of predicted classes mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vermeil.evaluate.calibration import BINS, Bin
from vermeil.report.content import Content
from vermeil.report.figures.canvas import BLUE, WIDTH, Figure, figure, panels
from vermeil.report.numbers import known
from vermeil.report.places import short_names
from vermeil.report.svg import SOFT
from vermeil.report.words import left_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def calibration(content: Content) -> Figure | None:
    """The part that is right by the score, a panel for each row; None where predictions have no scores."""
    lines = [line for line in content.viewed if line.name in content.calibration]
    if not lines:
        return None
    errors = {line.name: known(line.beside["calibration.error"]) for line in lines}
    names = short_names([line.condition for line in lines])
    drawn, every = panels([names[line.name] for line in lines], 3, WIDTH / 2.9)
    for axes, line in zip(every, lines, strict=True):
        _diagram(axes, content.calibration[line.name])
        axes.annotate(errors[line.name], (0.96, 0.06), xycoords="axes fraction", ha="right")
    drawn.supxlabel("score of the predicted class, %", fontsize=10)
    drawn.supylabel("of them right, %", fontsize=10)
    caption = (
        "on the dashed line, of the labels with a score of 80 % 80 % are right; below it a student is too sure",
        f"larger dots stand for more labels, in {BINS} bins of equal width",
        "the number in the corner is the calibration error",
        left_out(content),
    )
    said = "; ".join(f"{line.name} {errors[line.name]}" for line in lines)
    return figure(drawn, "calibration", "Calibration", caption, f"Calibration error by strategy: {said}")


def _diagram(axes: Axes, bins: Sequence[Bin]) -> None:
    filled = [each for each in bins if each.count]
    largest = max(each.count for each in filled)
    scores, right = [100 * each.confidence for each in filled], [100 * each.accuracy for each in filled]
    axes.plot([0, 100], [0, 100], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(scores, right, color=BLUE, linewidth=0.8)
    axes.scatter(scores, right, s=[6 + 40 * each.count / largest for each in filled], color=BLUE, zorder=3)
    axes.set_xlim(0, 104)
    axes.set_ylim(0, 104)
    axes.set_xticks([0, 50, 100])
    axes.set_yticks([0, 50, 100])
