"""The gold multiplier is what one would read off a drawn learning curve, and says where the curve ends."""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt

import numpy as np
import pytest
import scipy.optimize

from vermeil.compare import Comparison, Condition, Costs, Result, Row
from vermeil.compare.curves import gold_needed, learning_curves, multiplier, multipliers
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.rising import rising
from vermeil.evaluate.score import Scores
from vermeil.train.run import Run, Step

RUN = Run((Step(0, 0, 1.0, 0.5, 0.5),), 1.0, {})


def row(strategy: str, gold: int, skills: tuple[float, ...], silver: int = 0) -> Row:
    """A row whose seeds find each of 2,000 labels with these chances and never invent one."""
    made = []
    for seed, skill in enumerate(skills):
        right = np.random.default_rng([gold, seed, round(1000 * skill)]).random(2000) < skill
        counts = tuple(Counts(int(hit), int(hit), 1) for hit in right)
        total = Counts(int(right.sum()), int(right.sum()), 2000)
        scores = Scores({"PER": total}, {}, counts, ("",) * 2000)
        condition = Condition(strategy, gold=gold or None)
        made.append(Result(condition, seed, scores, None, RUN, 1.0, (), gold=gold, silver=silver))
    return Row(made[0].condition, tuple(made))


GOLD_ALONE = [row("gold-only", size, skills) for size, skills in ((50, (0.5,)), (200, (0.65,)), (1000, (0.8,)))]


def test_between_two_sizes_the_curve_is_straight_in_the_logarithm():
    assert gold_needed([100, 400], [0.6, 0.8], 0.7) == pytest.approx(sqrt(100 * 400))
    assert gold_needed([100, 400, 1600], [0.6, 0.8, 0.9], 0.8) == pytest.approx(400)


def test_off_the_curve_nothing_is_made_up():
    assert gold_needed([100, 400], [0.6, 0.8], 0.81) == inf
    assert gold_needed([100, 400], [0.6, 0.8], 0.59) == 0
    assert gold_needed([100, 400], [0.6, 0.8], 0.6) == 100


def test_where_chance_made_the_curve_fall_it_is_levelled():
    assert list(rising([0.5, 0.7, 0.6, 0.8])) == pytest.approx([0.5, 0.65, 0.65, 0.8])
    assert list(rising([0.9, 0.6, 0.6])) == pytest.approx([0.7, 0.7, 0.7])
    smallest = gold_needed([50, 100, 200, 400], [0.5, 0.7, 0.6, 0.8], 0.65)
    assert smallest == pytest.approx(100), "the smallest size that gets there"


def test_levelling_is_scipys_isotonic_regression():
    rng = np.random.default_rng(0)
    for size in range(1, 30):
        values, weights = rng.integers(0, 9, size) / 9, rng.integers(1, 40, size)
        theirs = scipy.optimize.isotonic_regression(values, weights=weights).x
        assert rising(values, weights.tolist()) == pytest.approx(theirs, abs=1e-12)


def test_the_multiplier_is_gold_needed_by_gold_used_with_an_interval_around_it():
    silver = row("pooled", 50, (0.65,))
    found = multiplier(silver, [*GOLD_ALONE, silver])
    assert found.value == pytest.approx(200 / 50, rel=0.25)
    low, high = found.interval
    assert low < found.value < high
    assert not found.beyond


def test_beyond_the_curve_it_is_at_least_that_much():
    silver = row("pooled", 50, (0.95,))
    found = multiplier(silver, [*GOLD_ALONE, silver])
    assert (found.beyond, found.value, found.interval) == (True, 20, (20, 20))
    assert str(found) == "≥ 20.0 (≥ 20.0 to ≥ 20.0)"


def test_below_the_curve_it_is_at_most_that_much():
    found = multiplier(row("silver-only", 50, (0.2,)), GOLD_ALONE)
    assert (found.below, str(found)) == (True, "≤ 1.0 (≤ 1.0 to ≤ 1.0)")


def test_silver_without_gold_is_worth_so_many_sentences():
    found = multiplier(row("silver-only", 0, (0.65,)), GOLD_ALONE)
    assert found.value is None
    assert 120 < found.needed < 320
    assert "texts" in str(found)


def test_seeds_that_scatter_widen_the_interval():
    calm, wild = row("pooled", 50, (0.65, 0.65, 0.65)), row("pooled", 50, (0.6, 0.65, 0.7))
    widths = [found.high / max(found.low, 50) for found in (multiplier(one, GOLD_ALONE) for one in (calm, wild))]
    assert widths[1] > 1.3 * widths[0]


def test_rows_together_have_the_multipliers_that_each_has_alone():
    rows = [
        *GOLD_ALONE,
        row("pooled", 50, (0.6, 0.65, 0.7)),
        row("sigmoid", 200, (0.7,)),
        row("silver-only", 0, (0.3,)),
    ]
    found = multipliers(rows, rows)
    assert list(found) == [one.name for one in rows[3:]]
    assert found == {one.name: multiplier(one, rows) for one in rows[3:]}


def test_each_student_has_its_own_curve():
    own = [replace(one, condition=replace(one.condition, student="large")) for one in GOLD_ALONE]
    silver = row("pooled", 50, (0.65,))
    theirs = replace(silver, condition=replace(silver.condition, student="large"))
    rows = [*GOLD_ALONE, *own[:1], silver, theirs]
    assert list(multipliers(rows, rows)) == [silver.name]


def test_a_curve_of_other_texts_is_refused():
    other = replace(GOLD_ALONE[0].results[0], scores=GOLD_ALONE[0].results[0].scores)
    other = replace(other, scores=replace(other.scores, per_example=(Counts(1, 1, 2),) * 2000))
    with pytest.raises(DataError, match="the same texts"):
        multiplier(Row(Condition("pooled"), (other,)), GOLD_ALONE)


def test_gold_alone_has_none_and_one_size_is_no_curve():
    assert multiplier(GOLD_ALONE[0], GOLD_ALONE) is None
    assert multiplier(row("pooled", 50, (0.6,)), GOLD_ALONE[:1]) is None


def test_learning_curves_are_those_with_two_sizes_of_gold():
    rows = [*GOLD_ALONE, row("pooled", 50, (0.6,)), row("silver-only", 0, (0.6,))]
    (curve,) = learning_curves(rows)
    assert curve.name == "gold-only"
    assert [size for size, _ in curve.points] == [50, 200, 1000]
    assert all(found.low < found.value < found.high for _, found in curve.points)


def test_labels_cost_what_the_user_says():
    rows = (*GOLD_ALONE, row("pooled", 50, (0.65,), silver=3000))
    comparison = Comparison(rows, Dataset(()), {"settings": {"seeds": [0]}})
    assert comparison.cost(rows[-1]) is None
    priced = comparison.priced(Costs(gold=0.5, silver=0.002, currency="EUR"))
    assert priced.cost(rows[-1]) == pytest.approx(50 * 0.5 + 3000 * 0.002)
    assert priced.costs.currency == "EUR"
    assert list(comparison.multipliers) == ["pooled, 50 gold"]


def test_the_answers_on_gold_that_a_teacher_is_judged_by_cost_too():
    plain = row("pooled", 50, (0.65,), silver=3000)
    judged = replace(plain.results[0], run=replace(RUN, settings={"treatment": {"texts": 50}}))
    rows = (*GOLD_ALONE, Row(plain.condition, (judged,)))
    priced = Comparison(rows, Dataset(()), {"settings": {"seeds": [0]}}).priced(Costs(gold=0.5, silver=0.002))
    assert priced.cost(rows[-1]) == pytest.approx(50 * 0.5 + 3050 * 0.002)
