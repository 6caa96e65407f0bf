"""Figures as SVG: readable text, colours that the colour-blind can tell apart, the same bytes every time."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vermeil.compare import BASELINE
from vermeil.errors import MissingExtra
from vermeil.report.content import WRONG, Content, Curves
from vermeil.report.numbers import bounds, percent
from vermeil.report.svg import CALM, INK, SOFT, clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

WIDTH = 5.4  # inches: text stays readable on a phone, where the figure shrinks to the screen
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"  # Okabe and Ito


_SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the reader's own font
    "svg.hashsalt": "vermeil",
    "text.parse_math": False,  # a dollar in a user's name is a dollar
    "font.size": 8.5,
    "font.family": "sans-serif",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": CALM,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Figure:
    """A drawn figure.

    Args:
        alt: what it shows, in words, for those who cannot see it.
        svg: a whole SVG document.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: str


def figures(content: Content) -> tuple[Figure, ...]:
    """All figures of a report.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    with _style():
        return (_f1(content), _share(content), _loss(content), _mistakes(content))


def _f1(content: Content) -> Figure:
    lines = content.lines
    canvas, axes = _rows(len(lines), [_short(line.strategy) for line in lines])
    for at, line in enumerate(lines):
        colour = RED if line.best else BLUE
        axes.plot([100 * line.f1.low, 100 * line.f1.high], [at, at], color=colour, linewidth=2, zorder=2)
        axes.plot([100 * line.f1.value], [at], "D" if line.best else "o", color=colour, markersize=6, zorder=3)
        if len(line.f1_by_seed) > 1:
            seeds = [100 * f1 for f1 in line.f1_by_seed.values()]
            axes.plot(seeds, [at + 0.25] * len(seeds), "|", color=SOFT, markersize=5, zorder=1)
        if line.strategy == BASELINE:
            axes.axvline(100 * line.f1.value, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlabel("strict F1 on test")
    said = [f"{line.strategy} {percent(line.f1.value)} ({bounds(line.f1)})" for line in lines]
    marks = ["bars are 95 % intervals"]
    marks += ["the red diamond did best on dev"] if content.best else []
    marks += [f"the dashed line is {BASELINE}"] if content.has_baseline else []
    marks += ["small ticks are single seeds"] if content.several_seeds else []
    alt = "F1 with 95 % interval by strategy: " + "; ".join(said)
    return Figure("f1", "F1 by strategy", f"{_sentence(marks)}", alt, clean(_svg(canvas), "f1"))


def _share(content: Content) -> Figure:
    def draw(axes: Axes, curves: Curves) -> None:
        axes.plot(curves.progress, curves.drawn, color=ORANGE, linewidth=2.4)
        axes.plot(curves.progress, curves.planned, color=BLUE, linewidth=1, linestyle=(0, (4, 2)))
        axes.set_ylim(-0.05, 1.05)
        axes.set_yticks([0, 0.5, 1], ["0", "50", "100 %"])

    svg = clean(_panels(content, draw), "share")
    said = [f"{line.strategy} {100 * line.share:.0f} %" for line in content.lines]
    alt = "Share of silver in the batches over the course of training; means: " + "; ".join(said)
    caption = "Wide and orange: what was drawn. Dashed and blue: what was planned. From the first step to the last."
    return Figure("share", "Silver in the batches", caption, alt, svg)


def _loss(content: Content) -> Figure:
    reference = content.curves.get(BASELINE)

    def draw(axes: Axes, curves: Curves) -> None:
        if reference:
            axes.plot(reference.progress, reference.loss, color=CALM, linewidth=2.4)
        axes.plot(curves.progress, curves.loss, color=BLUE, linewidth=1)
        axes.set_ylim(bottom=0)

    svg = clean(_panels(content, draw), "loss")
    said = [f"{name} {c.loss[0]:.2f} to {c.loss[-1]:.2f}" for name, c in content.curves.items()]
    grey = f" Grey: {BASELINE}." if reference else ""
    caption = f"Loss on the batches drawn, which differ between strategies: a low loss is no high F1.{grey}"
    alt = "Training loss over the course of training: " + "; ".join(said)
    return Figure("loss", "Loss while training", caption, alt, svg)


def _mistakes(content: Content) -> Figure:
    colours = dict(zip(WRONG, (ORANGE, GREEN, PURPLE, BLUE, RED), strict=True))
    canvas, axes = _rows(len(content.wrong), [_short(name) for name in content.wrong])
    for at, counts in enumerate(content.wrong.values()):
        left = 0.0
        for kind in WRONG:
            named = "_" if at else kind  # an underscore keeps the repeats out of the legend
            axes.barh([at], [counts[kind]], left=left, height=0.62, color=colours[kind], label=named)
            left += counts[kind]
    axes.set_xlabel("labels in the test set, mean over seeds" if content.several_seeds else "labels in the test set")
    canvas.legend(loc="outside upper center", ncols=len(WRONG), frameon=False, handlelength=0.9, columnspacing=1.1)
    said = [
        f"{name}: " + ", ".join(f"{kind} {count:.0f}" for kind, count in kinds.items())
        for name, kinds in content.wrong.items()
    ]
    alt = "Mistakes by strategy. " + "; ".join(said)
    caption = "Shorter is better. Missed: gold has a label where nothing was predicted; invented: the reverse."
    return Figure("mistakes", "Kinds of mistakes", caption, alt, clean(_svg(canvas), "mistakes"))


def _rows(count: int, names: list[str]) -> tuple[Canvas, Axes]:
    """One horizontal line per strategy, the first on top."""
    canvas = _canvas(WIDTH, 0.8 + 0.3 * count)
    axes = canvas.add_subplot()
    axes.set_yticks(range(count), names)
    axes.set_ylim(count - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    return canvas, axes


def _panels(content: Content, draw: Callable[[Axes, Curves], None]) -> str:
    """Small multiples: one panel per strategy on the same axes."""
    columns = min(3, len(content.curves))
    height = -(-len(content.curves) // columns)
    canvas = _canvas(WIDTH, 0.25 + 1.15 * height)
    grid: Any = canvas.subplots(height, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for axes, (name, curves) in zip(panels, content.curves.items(), strict=False):
        axes.set_title(_short(name, 20), fontsize=8.5, loc="left")
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["start", "", "end"])
        axes.grid(axis="y")
        draw(axes, curves)
    for axes in panels[len(content.curves) :]:
        axes.set_visible(False)
    for axes in panels[max(0, len(content.curves) - columns) : len(content.curves)]:
        axes.tick_params(labelbottom=True)  # also above a gap in the last row
        first, _, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    return _svg(canvas)


def _short(name: str, length: int = 26) -> str:
    name = " ".join(name.split())
    return name if len(name) <= length else name[: length - 1] + "…"


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "."


@contextmanager
def _style() -> Iterator[None]:
    try:
        import matplotlib
    except ImportError:
        raise MissingExtra("drawing figures", "report") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # the reader's report doesn't depend on the writer's matplotlibrc
        matplotlib.rcParams.update(_SETTINGS)
        yield


def _canvas(width: float, height: float) -> Canvas:
    from matplotlib.figure import Figure as Canvas  # no pyplot: nothing global, no window

    return Canvas(figsize=(width, height), layout="constrained")


def _svg(canvas: Canvas) -> str:
    text = io.StringIO()
    with warnings.catch_warnings():
        # A letter that matplotlib's own font lacks is still drawn by the reader's.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return text.getvalue()
