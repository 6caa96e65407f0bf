"""The outcome of a comparison: its rows, what they say beside each other, and what made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from vermeil.compare.conditions import Condition
from vermeil.compare.contrasts import Contrast, contrasts
from vermeil.compare.costs import Costs
from vermeil.compare.curves import Curve, Multiplier, learning_curves, multipliers
from vermeil.compare.rows import Row, baseline
from vermeil.counted import many
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.evaluate.figures import Figures
from vermeil.silver.merging import MERGED


@dataclass(frozen=True, eq=False)  # hashed as the object that it is, so that what is computed of it can be kept
class Comparison:
    """Rows in the order asked for.

    Args:
        made: settings, data with hashes, controls, versions, command: everything needed to repeat it.
    """

    rows: tuple[Row, ...]
    test: Dataset
    made: Mapping[str, Any]

    def __getitem__(self, name: str) -> Row:
        """The row of that name, or of that strategy where it has one row only."""
        named = [row for row in self.rows if row.name == name] or [r for r in self.rows if r.strategy == name]
        if len(named) != 1:
            there = ", ".join(row.name for row in named or self.rows)
            what = f"several rows of the strategy {name!r}" if named else f"no strategy {name!r}"
            raise DataError(f"the comparison has {what}; it has: {there}")
        return named[0]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:  # at the end of a notebook's cell, too, where every step of every cell would be shown
        cells = sum(len(row.results) for row in self.rows)
        best = f" best_on_dev={self.best.name!r}" if self.best else ""
        return f"<Comparison rows={len(self.rows)} cells={cells}{best}>"

    @property
    def best(self) -> Row | None:
        """The row with the highest figure on dev (see `chosen_by`), never on test; None where there is no dev set."""
        scored = [row for row in self.rows if row.dev_score is not None]
        return max(scored, key=lambda row: row.dev_score or 0.0) if scored else None

    @property
    def figures(self) -> Figures:
        """Which figures say something about its labels."""
        return self.rows[0].figures

    @property
    def chosen_by(self) -> tuple[str, str]:
        """Name and place (see `Figures`) of the figure on dev that the best row is chosen by."""
        return self.figures.chosen(self.rows[0].choose_by)

    @property
    def tests(self) -> tuple[str, ...]:
        """Names of the other test labels."""
        return tuple(self.rows[0].results[0].others)

    @property
    def costs(self) -> Costs | None:
        """What labels cost, if the user said so."""
        given = self.made.get("settings", {}).get("costs")
        return Costs(**given) if given else None

    def find(self, condition: Condition) -> Row | None:
        """The row of that condition, if it was run."""
        return next((row for row in self.rows if row.condition == condition), None)

    def baseline(self, row: Row) -> Row | None:
        """The row of gold alone that it is compared with, if there is one."""
        return baseline(row, self.rows)

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Every row beside gold alone and beside its controls, with p-values corrected for their number."""
        relabelled = self.made.get("relabelled", self.tests)  # comparisons of before it was asked have other labels
        return contrasts(self.rows, self.made.get("controls", {}), tuple(relabelled))

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """Learning curves over the size of gold."""
        return learning_curves(self.rows)

    @cached_property
    def multipliers(self) -> Mapping[str, Multiplier]:
        """The gold multiplier of each row, by its name; rows that have none are left out."""
        return multipliers(self.rows, self.rows)

    def cost(self, row: Row) -> float | None:
        """What the row's labels cost; None where no prices are known."""
        return self.costs.of(row.gold, row.answers) if self.costs else None

    def priced(self, costs: Costs) -> Comparison:
        """The same comparison with other prices: they change no cell."""
        settings = {**self.made.get("settings", {}), "costs": costs.model_dump()}
        return replace(self, made={**self.made, "settings": settings})

    @property
    def missing(self) -> int:
        """Cells that were to be run and have not been."""
        strategies, seeds = self.made.get("strategies", {}), self.made.get("settings", {}).get("seeds", ())
        cells = int(self.made.get("cells", len(strategies) * len(seeds)))
        return max(0, cells - sum(len(row.results) for row in self.rows))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the table, a sentence each."""
        return tuple(_warnings(self))

    def as_dict(self) -> dict[str, Any]:
        """The table as plain values, for `--json`."""
        best = self.best
        return {
            "rows": [_row(self, row) | {"best_on_dev": row is best} for row in self.rows],
            "contrasts": [contrast.as_dict() for contrast in self.contrasts],
            "warnings": list(self.warnings),
            "made": dict(self.made),
        }


def _row(comparison: Comparison, row: Row) -> dict[str, Any]:
    bounds, worth = row.interval(), comparison.multipliers.get(row.name)
    by = row.figures.measure
    return {
        "name": row.name,
        **row.condition.as_dict(),
        **{name.replace(".", "_"): row.figure(name) for name in row.figures.beside.values()},
        by: row.score,
        f"{by}_low": bounds.low,
        f"{by}_high": bounds.high,
        f"{by}_spread": row.spread,
        f"{by}_by_other_labels": {name: row.interval(test=name).value for name in comparison.tests},
        f"dev_{comparison.chosen_by[1]}": row.dev_score,
        "mean_share": row.mean_share,
        "gold_sentences": row.gold,
        "silver_sentences": row.silver,
        "gold_multiplier": worth.value if worth else None,
        "gold_multiplier_interval": worth.interval if worth else None,
        "gold_multiplier_is_a_bound": (worth.beyond or worth.below) if worth else None,
        "cost": comparison.cost(row),
        "seconds": row.seconds,
        "seeds": list(row.seeds),
        "steps": row.steps,
    }


def _warnings(comparison: Comparison) -> Iterator[str]:
    if comparison.missing:
        cells = many(comparison.missing, "cell is", "cells are")
        yield f"the comparison is not finished: {cells} missing, and with them all of this may change"
    if comparison.made.get("test_is_dev"):
        yield "there was no test set: the scores are those on dev, by which the winner was chosen, and too good"
    if comparison.made.get("controls_left_out"):
        yield "controls were asked for, but a pick leaves them out; compare without --pick (vm.compare) to have them"
    for kind, teacher in comparison.made.get("labelled_by", {}).items():
        if not kind.startswith("silver"):
            yield f"the {kind} labels are from {teacher}, not from people"
        elif MERGED in teacher and comparison.made.get("settings", {}).get("gold_sizes"):
            yield f"the {kind} labels are merged of {teacher}: rows that count less gold than that took are too good"
    for pair, count in comparison.made.get("shared_texts", {}).items():
        yield f"{many(count, 'text is', 'texts are')} in both {pair}"
    for name, count in comparison.made.get("gave_way", {}).items():
        yield f"{count:,} {name} examples were left out, because their text has labels of both kinds"
    for size, labels in comparison.made.get("never_shown", {}).items():
        named = ", ".join(labels)
        yield f"the {size} gold texts of a seed never show {named}: students know it from silver, or not at all"
    for contrast in comparison.contrasts:
        if contrast.noise and contrast.doubtful and contrast.significant_on_texts:
            spread, value = 100 * contrast.noise.spread, 100 * contrast.difference.value
            yield (
                f"{contrast.row} against {contrast.other}, {value:+.1f} points, is inside the noise of the test "
                f"labels: other labels move it by up to {spread:.1f}"
            )
