"""Few counts borrow from the others, as far as the others are alike."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import betaln
from scipy.stats import beta

from vermeil.silver import shrinkage
from vermeil.silver.shrinkage import shrunk


def test_where_labels_are_alike_a_rare_one_gets_nearly_the_common_rate():
    rates = shrunk({"PER": (90, 100), "LOC": (88, 100), "ORG": (91, 100), "MISC": (0, 2)})
    assert rates["MISC"].value > 0.7


def test_where_labels_differ_a_rare_one_keeps_nearly_its_own():
    rates = shrunk({"PER": (95, 100), "LOC": (40, 100), "ORG": (5, 100), "MISC": (0, 4)})
    assert rates["MISC"].value < 0.25


def test_one_lucky_hit_makes_no_label_faultless():
    assert shrunk({"PER": (60, 100), "MISC": (1, 1)})["MISC"].value < 0.8


def test_nothing_counted_is_no_knowledge():
    rate = shrunk({"PER": (0, 0)})["PER"]
    assert abs(rate.value - 0.5) < 1e-9
    assert rate.low < 0.2
    assert rate.high > 0.8


@settings(max_examples=60, deadline=None)
@example([(0, 2), (7, 23), (9, 29), (15, 16), (18, 55)])
@example([(8, 24), (127, 124), (129, 126), (129, 126)])
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=6))
def test_a_rate_lies_in_its_interval_and_near_its_share_where_there_are_many(counts: list[tuple[int, int]]):
    given_counts = {number: (right, right + wrong) for number, (right, wrong) in enumerate(counts)}
    for key, rate in shrunk(given_counts).items():
        right, total = given_counts[key]
        assert 0 < rate.low <= rate.value + 1e-3 < rate.high + 2e-3 < 1.002
        if total > 30:  # further off than three standard errors, its own counts would contradict it
            assert abs(rate.value - right / total) < 3 * (0.25 / total) ** 0.5


def test_intervals_hold_the_true_rate_about_as_often_as_they_say():
    draw = random.Random(0)
    held = trials = 0
    for _ in range(60):
        true = [draw.betavariate(6, 3) for _ in range(4)]
        counts = {i: (sum(draw.random() < rate for _ in range(20)), 20) for i, rate in enumerate(true)}
        for i, rate in shrunk(counts).items():
            held += rate.low <= true[i] <= rate.high
            trials += 1
    assert 0.9 <= held / trials <= 0.99


@pytest.mark.parametrize(
    "counts",
    [
        [(0, 0), (0, 100), (0, 100), (0, 100)],
        [(5, 5)],
        [(0, 1000)],
        [(7, 10), (20, 30)],
        [(900, 2000)],
        [(3.5, 4), (0, 1)],
    ],
)
def test_the_bounds_are_the_quantiles_of_the_mixture_also_where_nothing_was_ever_seen(counts):
    right, total = counts[0]
    logs = shrinkage._BEFORE + sum(betaln(shrinkage._A + r, shrinkage._B + t - r) for r, t in counts)
    weights = np.exp(logs - len(counts) * betaln(shrinkage._A, shrinkage._B) - max(logs))
    weights /= weights.sum()
    rate = shrunk(dict(enumerate(counts)))[0]
    below = [
        float(weights @ beta.cdf(end, shrinkage._A + right, shrinkage._B + total - right))
        for end in (rate.low, rate.high)
    ]
    assert below[0] == pytest.approx(0.025, abs=0.004) or rate.low < 1e-9
    assert below[1] == pytest.approx(0.975, abs=0.004) or rate.high > 1 - 1e-9
