"""The report as one HTML file that needs nothing else: no script, no link, no font, no picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vermeil.compare import BASELINE
from vermeil.data import Span
from vermeil.evaluate.counts import ratio
from vermeil.evaluate.mistakes import Pair
from vermeil.report.content import Content
from vermeil.report.figures import Figure
from vermeil.report.numbers import bounds, duration, percent, reach, signed
from vermeil.report.svg import inline
from vermeil.report.text import visible
from vermeil.report.words import facts, remarks, what_came_out, what_was_run

CONTEXT = 60
"""Characters shown on each side of a mistake."""

_PAGES = Environment(
    loader=PackageLoader("vermeil.report", "."),
    autoescape=True,
    finalize=lambda value: visible(value) if type(value) is str else value,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"percent": percent, "bounds": bounds, "duration": duration, "signed": signed, "range": reach}


def html(content: Content, figures: Sequence[Figure], title: str) -> str:
    """The whole page."""
    return _PAGES.get_template("page.html.jinja").render(
        title=title,
        content=content,
        baseline=BASELINE,
        was_run=what_was_run(content),
        came_out=what_came_out(content),
        remarks=list(remarks(content)),
        # The one place where markup isn't escaped: our own SVG, whose texts matplotlib and ElementTree escaped.
        figures=[(figure, Markup(inline(figure.svg, figure.alt))) for figure in figures],
        heat=_heat(content),
        shown=[_shown(pair) for pair in content.shown.examples] if content.shown else [],
        facts=list(facts(content)),
    )


def _heat(content: Content) -> list[tuple[str, list[tuple[str, int]]]]:
    """F1 of each strategy and label as text, with a shade from 0 (the table's worst) to 10; -1 for none."""
    rows = [[c[label].f1 if label in c else None for label in content.support] for c in content.by_label.values()]
    known = [f1 for row in rows for f1 in row if f1 is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)

    def cell(f1: float | None) -> tuple[str, int]:
        return ("", -1) if f1 is None else (percent(f1), round(10 * ratio(f1 - low, high - low)))

    cells = [[cell(f1) for f1 in row] for row in rows]
    return list(zip(content.by_label, cells, strict=True))


def _shown(pair: Pair) -> dict[str, Any]:
    span = next(span for span in (pair.gold, pair.predicted) if span)
    left, right = max(0, span.start - CONTEXT), span.end + CONTEXT
    return {
        "kind": pair.kind,
        "before": ("…" if left else "") + pair.text[left : span.start],
        "span": pair.text[span.start : span.end],
        "after": pair.text[span.end : right] + ("…" if right < len(pair.text) else ""),
        "gold": _named(pair.text, pair.gold),
        "predicted": _named(pair.text, pair.predicted),
    }


def _named(text: str, span: Span | None) -> str:
    return f"{span.label}: {text[span.start : span.end]}" if span else "–"
