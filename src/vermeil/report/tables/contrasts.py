"""Every paired difference, by the question that it answers, with p-values corrected for the number of them."""

from __future__ import annotations

from vermeil.compare import Contrast
from vermeil.counted import many
from vermeil.report.content import Content
from vermeil.report.numbers import p_value, reach, signed
from vermeil.report.places import MOST
from vermeil.report.tables.layout import Cell, Columns, Table, laid_out

QUESTIONS = {
    "gold alone": "Better than gold alone?",
    "equal share": "Better than a constant share of silver with the same mean?",
    "restart": "Better than gold alone with the same restarts?",
}


def contrasts(content: Content) -> Table | None:
    """None where nothing was there to compare with."""
    found = content.comparison.contrasts
    if not found:
        return None
    seeds, noise = content.several_seeds, any(contrast.noise for contrast in found)
    families = {question: [c for c in found if c.question == question] for question in QUESTIONS}
    headings = {
        f"{QUESTIONS[question]} ({many(len(family), 'comparison')})": family
        for question, family in families.items()
        if family
    }
    heads, groups = laid_out(_COLUMNS, headings)
    notes = [f"p: bootstrap over texts{' and seeds' if seeds else ''}, both sides, corrected (Holm) over its family"]
    notes += [
        "p, these students: approximate randomisation over texts, corrected likewise; a mark needs both below 0.05"
    ]
    notes += ["wins: the part of the draws in which the row is better"]
    notes += ["label noise: whether other test labels move the difference by as much as it is"] * noise
    return Table("contrasts", "Every comparison", heads, groups, tuple(notes), "contrasts", len(found) > MOST)


def _part(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %".replace("-", "−")


_COLUMNS: Columns[Contrast] = [
    ("row", lambda c: Cell(c.row)),
    ("beside", lambda c: Cell(c.other)),
    ("difference", lambda c: Cell(signed(c.difference.value), reach(c.difference))),
    ("p", lambda c: Cell(p_value(c.p))),
    ("p, these students", lambda c: Cell(p_value(c.p_texts))),
    ("wins", lambda c: Cell(f"{100 * c.difference.wins:.0f} %")),
    ("errors removed", lambda c: Cell(_part(c.difference.errors_removed))),
    ("Cohen's d", lambda c: Cell("" if c.difference.d is None else f"{c.difference.d:.1f}".replace("-", "−"))),
    ("label noise", lambda c: Cell("" if c.noise is None else "inside" if c.doubtful else "outside")),
]
