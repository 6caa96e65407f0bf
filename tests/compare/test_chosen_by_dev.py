"""Comparisons whose models are chosen by dev while they learn."""

from __future__ import annotations

import pytest
from flights import LABELS, PEOPLE, PLACES, flights

from vermeil.compare import CompareSettings, PickSettings, compare, pick, read_comparison
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.train.trainer import TrainSettings

GOLD, DEV, TEST = flights(PEOPLE[:2], PLACES[:2]), flights(verb="ran"), flights(verb="walked")
SETTINGS = CompareSettings(
    student="memorizer",
    train=TrainSettings(steps=12, batch_size=1, check_every=2, patience=2),
    seeds=(0, 1),
)


def test_every_cell_keeps_what_was_best_on_dev_and_the_results_say_so(tmp_path):
    compare(["gold-only"], LABELS, gold=GOLD, dev=DEV, test=TEST, settings=SETTINGS, out=tmp_path)
    for result in read_comparison(tmp_path)["gold-only"].results:
        checks = result.run.checks
        assert result.dev.f1 == max(check.score for check in checks)
        assert all(check.step % 2 == 0 for check in checks)
        assert result.run.kept <= len(result.run.steps) <= 12


def test_a_comparison_that_is_to_choose_by_a_dev_set_that_is_not_there_is_refused_before_it_begins(tmp_path):
    with pytest.raises(DataError, match="needs a dev set, but there is none"):
        compare(["gold-only"], LABELS, gold=GOLD, test=TEST, settings=SETTINGS, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_picking_chooses_states_by_dev_in_every_round(tmp_path):
    halving = PickSettings(rounds=2, keep=0.5)
    strategies = ("gold-only", "gold-then-gold", "constant(share=0.0)", "silver-only")
    picked = pick(
        strategies,
        LABELS,
        gold=GOLD,
        silver=flights(verb="went", source="llm", wrong=True),
        dev=DEV,
        test=Dataset(TEST.examples[:9]),
        settings=SETTINGS,
        halving=halving,
        out=tmp_path,
    )
    assert all(result.run.checks for row in picked.comparison for result in row.results)
    first = read_comparison(tmp_path / "pick" / "round-1")
    assert all(result.run.checks for row in first for result in row.results)
