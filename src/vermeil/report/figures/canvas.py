"""Drawing: readable text, colours that the colour-blind can tell apart, the same bytes every time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vermeil.errors import MissingExtra
from vermeil.report.svg import CALM, INK, SOFT, clean
from vermeil.report.text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

WIDTH = 5.0  # inches: text stays readable on a phone, where the figure shrinks to the screen
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
"""Okabe and Ito's colours."""

_FONT_TAG = re.compile(rb"/[A-Z]{6}\+")  # the random-looking prefix of an embedded font's name
_SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the reader's own font
    "svg.hashsalt": "vermeil",
    "pdf.fonttype": 42,  # text in a PDF can be searched and copied, too
    "text.parse_math": False,  # a dollar in a user's name is a dollar
    "font.size": 10,
    "font.family": "sans-serif",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": CALM,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
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
    canvas: Canvas = field(repr=False, compare=False)


def figure(canvas: Canvas, name: str, title: str, caption: Sequence[str], alt: str) -> Figure:
    """Save what was drawn.

    Args:
        caption: its parts; empty ones are left out.
    """
    text = "; ".join(part for part in caption if part)
    svg = clean(_svg(canvas), name)
    canvas.set_layout_engine("none")  # laid out once: the PDF has everything in the same places
    return Figure(name, title, f"{text[:1].upper()}{text[1:]}.", alt, svg, canvas)


def pdf(drawn: Figure) -> bytes:
    """The figure as PDF."""
    file = io.BytesIO()
    with style(), _foreign_letters():
        # no Producer and no date: the same comparison gives the same bytes
        about = {"CreationDate": None, "Creator": None, "Producer": None, "Title": visible(drawn.title)}
        drawn.canvas.savefig(file, format="pdf", metadata=about)
    # matplotlib takes the prefix from Python's hash of strings, which differs from process to process
    return _FONT_TAG.sub(b"/VERMEI+", file.getvalue())


@contextmanager
def style() -> Iterator[None]:
    """The reader's report doesn't depend on the writer's matplotlibrc.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise MissingExtra("drawing figures", "report") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def canvas(height: float, width: float = WIDTH) -> Canvas:
    """An empty one, in inches."""
    from matplotlib.figure import Figure as Canvas  # no pyplot: nothing global, no window

    return Canvas(figsize=(width, height), layout="constrained")


def rows(names: Sequence[str], each: float = 0.3) -> tuple[Canvas, Axes]:
    """One horizontal line for each name, the first on top.

    Args:
        each: inches for each.
    """
    drawn = canvas(0.8 + each * len(names))
    axes = drawn.add_subplot()
    axes.set_yticks(range(len(names)), [shortened(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    return drawn, axes


def panels(titles: Sequence[str], columns: int, height: float) -> tuple[Canvas, list[Axes]]:
    """Small multiples on the same axes.

    Args:
        height: of a row of panels, in inches.
    """
    columns = min(columns, len(titles))
    count = -(-len(titles) // columns)
    drawn = canvas(0.25 + height * count)
    grid: Any = drawn.subplots(count, columns, sharex=True, sharey=True, squeeze=False)
    every: list[Axes] = list(grid.flat)
    for axes, title in zip(every, titles, strict=False):
        axes.set_title(shortened(title, 60 // columns), fontsize=10, loc="left")
        axes.grid(axis="y")
    for axes in every[len(titles) :]:
        axes.set_visible(False)
    for axes in every[max(0, len(titles) - columns) : len(titles)]:
        axes.tick_params(labelbottom=True)  # also above a gap in the last row
    return drawn, every[: len(titles)]


def shortened(name: str, length: int = 30) -> str:
    """A name for which there is little room."""
    name = " ".join(name.split())
    return name if len(name) <= length else name[: length - 1] + "…"


def _svg(drawn: Canvas) -> str:
    text = io.StringIO()
    with _foreign_letters():
        drawn.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return text.getvalue()


@contextmanager
def _foreign_letters() -> Iterator[None]:
    """A letter that matplotlib's own font lacks is still drawn by the reader's."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
