"""The report as one HTML file that needs nothing else: no script, no font, no picture; its data are inside, as CSV."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vermeil.data import Span
from vermeil.evaluate.mistakes import Pair
from vermeil.report.content import Content
from vermeil.report.figures import Figure
from vermeil.report.reasons import reasons, recommendation
from vermeil.report.repeat import differing, facts, set_values, stages, study
from vermeil.report.svg import inline
from vermeil.report.tables import (
    Table,
    by_label,
    by_tests,
    confusion,
    contrasts,
    pivots,
    price_list,
    rounds,
    scores,
    winners,
)
from vermeil.report.text import visible
from vermeil.report.words import NO_COSTS, remarks, what_was_run

CONTEXT = 60
"""Characters shown on each side of a mistake."""

LONGEST = 400
"""Characters shown of the mistake itself: a class is that of a whole text."""

_PAGES = Environment(
    loader=PackageLoader("vermeil.report", "."),
    autoescape=True,
    finalize=lambda value: visible(value) if type(value) is str else value,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(
    content: Content, figures: Sequence[Figure], sheets: Mapping[str, str], title: str, *, beside: str = ""
) -> str:
    """The whole page.

    Args:
        sheets: CSV by name, to be had from the page itself.
        beside: where the figures lie as files, seen from the page; empty where they don't.
    """
    return _PAGES.get_template("page.html.jinja").render(
        title=title,
        content=content,
        beside=beside,
        was_run=what_was_run(content),
        recommended=recommendation(content),
        reasons=list(reasons(content)),
        warnings=content.comparison.warnings,
        remarks=list(remarks(content)),
        tables=_tables(content),
        # The one place where markup isn't escaped: our own SVG, whose texts matplotlib and ElementTree escaped.
        figures={figure.name: (figure, Markup(inline(figure.svg, figure.alt))) for figure in figures},
        sheets={name: _link(text, "text/csv") for name, text in sheets.items()},
        no_costs="" if content.comparison.costs else NO_COSTS,
        shown=[_shown(content, pair) for pair in content.shown.examples] if content.shown else [],
        **_repeating(content),
    )


def _tables(content: Content) -> dict[str, list[Table]]:
    """Tables by the section that they stand in."""
    comparing = [winners(content), contrasts(content), rounds(content)]
    return {
        "scores": [*pivots(content), scores(content)],
        "comparing": [table for table in comparing if table],
        "tests": [table] if (table := by_tests(content)) else [],
        "costs": [table] if (table := price_list(content)) else [],
        "labels": [by_label(content)],
        "confusion": [table] if (table := confusion(content)) else [],
    }


def _repeating(content: Content) -> dict[str, Any]:
    comparison = content.comparison
    text = visible(study(comparison))
    return {
        "study": text,
        "study_link": _link(text, "application/toml"),
        "facts": list(facts(comparison)),
        "set_values": list(set_values(comparison)),
        "stages": list(stages(comparison)),
        "differing": list(differing(comparison)),
    }


def _link(text: str, kind: str) -> str:
    """The text as an address of its own: a download that needs no other file and no script."""
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _shown(content: Content, pair: Pair) -> dict[str, Any]:
    span = next(span for span in (pair.gold, pair.predicted) if span)
    left, right = max(0, span.start - CONTEXT), span.end + CONTEXT
    end = min(span.end, span.start + LONGEST)
    return {
        "kind": content.figures.mistakes[pair.kind],
        "before": ("…" if left else "") + pair.text[left : span.start],
        "span": pair.text[span.start : end] + ("…" if end < span.end else ""),
        "after": pair.text[span.end : right] + ("…" if right < len(pair.text) else ""),
        "gold": _named(pair.text, pair.gold),
        "predicted": _named(pair.text, pair.predicted),
    }


def _named(text: str, span: Span | None) -> str:
    if span is None:
        return "–"
    of_all = (span.start, span.end) == (0, len(text))  # the text stands beside it already
    return span.label if of_all else f"{span.label}: {text[span.start : span.end]}"
