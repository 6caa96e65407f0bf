"""What to use: the row that is best on dev, what it beats on test, and what would be cheaper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vermeil.compare import BASELINE, Comparison, Contrast, Row
from vermeil.evaluate.significance import Difference, holm
from vermeil.report.lines import Line
from vermeil.report.places import MOST, beside

LEVEL = 0.05


@dataclass(frozen=True)
class Beside:
    """The recommended row beside another one.

    Args:
        p: the larger of the difference's two (see `Contrast.p_both`), corrected (Holm) over all rows that it is put
            beside.
    """

    line: Line
    difference: Difference
    p: float

    @property
    def sure(self) -> bool:
        """Whether chance would hardly give such a difference."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Advice:
    """The recommended row, chosen on dev; test only says how far it is ahead.

    Args:
        contrasts: its own, with gold alone and with its controls.
        others: beside those that could draw on the same labels, in the order of their dev score; the best `MOST`.
        cheaper: beside the best on dev of all that cost less (or, where no prices are known, take less gold and no
            more silver); None where nothing did.
    """

    line: Line
    contrasts: tuple[Contrast, ...]
    others: tuple[Beside, ...]
    cheaper: Beside | None


def advice(comparison: Comparison, lines: Iterable[Line]) -> Advice | None:
    """None where there is no dev set to choose by."""
    best = comparison.best
    if best is None:
        return None
    by_name = {line.name: line for line in lines}
    own = tuple(contrast for contrast in comparison.contrasts if contrast.row == best.name)
    near = beside(best, comparison.rows)
    rivals = [row for row in near if row is not best and row.strategy != BASELINE and _pairs(row, best)]
    found = [_beside(best, row, by_name) for row in sorted(rivals, key=_dev, reverse=True)[:MOST]]
    corrected = holm([one.p for one in found])
    others = tuple(replace(one, p=p) for one, p in zip(found, corrected, strict=True))
    less = max(_cheaper(comparison, best), key=_dev, default=None)
    return Advice(by_name[best.name], own, others, _beside(best, less, by_name) if less else None)


def _beside(best: Row, row: Row, by_name: dict[str, Line]) -> Beside:
    found = best.difference(row)
    return Beside(by_name[row.name], found, max(found.p, found.p_swap))


def _cheaper(comparison: Comparison, best: Row) -> list[Row]:
    def less(row: Row) -> bool:
        cost, limit = comparison.cost(row), comparison.cost(best)
        if cost is not None and limit is not None:
            return cost < limit
        return row.gold < best.gold and row.silver <= best.silver

    return [row for row in comparison if row.dev_score is not None and _pairs(row, best) and less(row)]


def _pairs(row: Row, other: Row) -> bool:
    return bool(set(row.seeds) & set(other.seeds))


def _dev(row: Row) -> float:
    return row.dev_score or 0.0
