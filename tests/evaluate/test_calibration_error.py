"""Calibration error: scores that mean what they say have none."""

from __future__ import annotations

import random

import numpy as np
import pytest

from vermeil.data import Example, whole
from vermeil.evaluate.calibration import BINS, calibration, pooled


def labelled(pairs):
    """A text for each score, predicted in the class of gold or not."""
    gold = [Example(f"text {n}", (whole(f"text {n}", "a"),), kind="class") for n in range(len(pairs))]
    found = [(whole(e.text, "a" if right else "b", score),) for e, (score, right) in zip(gold, pairs, strict=True)]
    return gold, found


def test_scores_that_are_right_as_often_as_they_say_have_no_error():
    pairs = [(0.8, n < 8) for n in range(10)] + [(0.5, n < 5) for n in range(10)]
    found = calibration(*labelled(pairs))
    assert (found.error, found.adaptive) == pytest.approx((0, 0), abs=1e-12)
    assert found.brier == pytest.approx((0.8 * 0.2 + 0.5 * 0.5) / 2)


def test_by_hand():
    # (0.95, 0.95, 0.7): one bin with mean 0.95 and half right, one with 0.7 and all right
    found = calibration(*labelled([(0.95, True), (0.95, False), (0.7, True)]))
    assert found.error == pytest.approx((2 * 0.45 + 0.3) / 3)
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 0.3**2) / 3)
    assert found.count == 3


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_error_of_guo_et_al(seed):
    rng = random.Random(seed)
    pairs = [(rng.choice((rng.random(), rng.randint(1, 10) / 10)), rng.random() < 0.7) for _ in range(200)]
    scores, right = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    expected = 0.0
    for at in range(BINS):  # as in their code: (lower, upper]
        inside = (scores > at / BINS) & (scores <= (at + 1) / BINS)
        if inside.any():
            expected += abs(right[inside].mean() - scores[inside].mean()) * inside.mean()
    assert calibration(*labelled(pairs)).error == pytest.approx(expected, abs=1e-12)


def test_equal_scores_are_never_parted():
    pairs = [(1.0, n % 3 > 0) for n in range(90)]
    found = calibration(*labelled(pairs))
    assert found.adaptive == pytest.approx(1 / 3)
    assert calibration(*labelled(pairs[::-1])).adaptive == found.adaptive


def test_bins_of_equal_mass_hold_as_many_each():
    pairs = [(0.90 + n / 1500, True) for n in range(150)]
    found = calibration(*labelled(pairs))
    means = np.array([score for score, _ in pairs]).reshape(BINS, 10).mean(axis=1)
    assert found.adaptive == pytest.approx(np.abs(1 - means).mean())


def test_scores_of_0_and_1_have_a_bin():
    found = calibration(*labelled([(0.0, False), (1.0, True)]))
    assert (found.bins[0].count, found.bins[-1].count) == (1, 1)
    assert found.error == 0


def test_labels_without_a_score_are_left_out_and_where_none_has_one_nothing_is_known():
    assert calibration(*labelled([(None, True), (0.5, True)])).count == 1
    assert calibration(*labelled([(None, True)])) is None


def test_runs_are_pooled_bin_by_bin():
    one, other = (calibration(*labelled([(0.9, right), (0.2, False)])) for right in (True, False))
    bins = pooled([one, other])
    assert [(each.count, each.right) for each in bins if each.count] == [(2, 0), (2, 1)]
    assert pooled([]) == ()
