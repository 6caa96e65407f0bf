"""All figures of a report, those that its comparison has data for."""

from __future__ import annotations

from collections.abc import Callable

from vermeil.report.content import Content
from vermeil.report.figures.calibration import calibration
from vermeil.report.figures.canvas import Figure, pdf, style
from vermeil.report.figures.costs import costs
from vermeil.report.figures.mistakes import mistakes
from vermeil.report.figures.scores import scores, tests
from vermeil.report.figures.sizes import learning, worth
from vermeil.report.figures.training import loss, share
from vermeil.report.lines import OnDone

__all__ = ["Figure", "figures", "pdf"]

FIGURES: tuple[Callable[[Content], Figure | None], ...] = (
    scores,
    learning,
    worth,
    tests,
    costs,
    share,
    loss,
    mistakes,
    calibration,
)
"""In the order of the page; each gives None where the comparison has nothing for it to show."""


def figures(content: Content, on_done: OnDone = lambda count: None) -> tuple[Figure, ...]:
    """All figures of a report.

    Args:
        on_done: called with the number of figures done, or left out, since the last call.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    made = []
    with style():
        for draw in FIGURES:
            made.append(draw(content))
            on_done(1)
    return tuple(figure for figure in made if figure)
