"""Schedules say what they should at each point, and refuse what makes no sense."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermeil.blend.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Linear,
    Natural,
    Power,
    Sigmoid,
    Step,
    schedule,
    share_at,
)
from vermeil.errors import SettingsError, UnknownName

FALLING = [
    Sigmoid(epochs=5),
    Cosine(epochs=2),
    Linear(),
    Sigmoid(),
    Sigmoid(midpoint=0.2, steepness=30),
    Power(),
    Power(0.5),
    Cosine(),
    Step(),
    Step(7),
]


@pytest.mark.parametrize("falling", FALLING, ids=repr)
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_every_decay_stays_between_0_and_1_and_never_rises(falling, a, b):
    early, late = sorted((a, b))
    assert 0 <= share_at(falling, late) <= share_at(falling, early) <= 1


@pytest.mark.parametrize("falling", [Linear(), Power(), Cosine(), Step(), Step(2)], ids=repr)
def test_a_decay_begins_with_silver_alone_and_ends_with_gold_alone(falling):
    assert falling(0) == 1
    assert falling(1) == 0


def test_the_sigmoid_is_half_at_its_midpoint_and_follows_its_formula():
    assert Sigmoid(midpoint=0.3)(0.3) == 0.5
    assert Sigmoid(0.4, 8)(0.9) == pytest.approx(1 / (1 + math.exp(8 * 0.5)))


def test_the_power_follows_its_formula():
    assert Power(3)(0.25) == pytest.approx(0.75**3)


@pytest.mark.parametrize(
    ("falling", "mean"), [(Linear(), 1 / 2), (Sigmoid(), 1 / 2), (Cosine(), 1 / 2), (Power(2), 1 / 3), (Step(4), 1 / 2)]
)
def test_the_mean_share_of_each_decay_is_what_the_design_says(falling, mean):
    points = [falling(i / 9999) for i in range(10000)]
    assert sum(points) / len(points) == pytest.approx(mean, abs=1e-3)


def test_steps_have_as_many_levels_as_asked_for():
    assert sorted({Step(5)(i / 999) for i in range(1000)}) == [0, 0.25, 0.5, 0.75, 1]


def test_a_blend_by_epochs_holds_its_share_through_each_of_them():
    by_epoch = Power(2, epochs=5)
    assert [by_epoch(i / 10) for i in range(10)] == [Power(2)(epoch / 4) for epoch in range(5) for _ in "ab"]
    assert by_epoch(1) == Power(2)(1)
    assert all(Linear(epochs=4)(i / 99) == Step(4)(i / 99) for i in range(100))


def test_the_natural_share_follows_the_sizes_of_the_two_sets():
    assert Natural().of(gold=200, silver=600) == Constant(0.75)
    assert Natural().of(gold=5, silver=0) == Constant(0)
    assert Natural(keep=0.5).of(gold=200, silver=400) == Constant(0.5)


def test_the_natural_share_cannot_be_asked_before_the_sizes_are_known():
    with pytest.raises(SettingsError, match="depends on the data"):
        Natural()(0.5)


def test_schedules_are_found_by_name_with_their_parameters():
    assert schedule("sigmoid", midpoint=0.4) == Sigmoid(midpoint=0.4)
    assert set(SCHEDULES) == {"constant", "cosine", "linear", "natural", "power", "sigmoid", "step"}


def test_a_misspelt_schedule_is_answered_with_the_nearest_name_and_the_list():
    with pytest.raises(UnknownName, match=r"no schedule named 'sigmod' \(did you mean 'sigmoid'\?\); there are: const"):
        schedule("sigmod")


def test_an_unknown_parameter_is_named():
    with pytest.raises(SettingsError, match="sigmoid doesn't take middle"):
        schedule("sigmoid", middle=0.4)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Constant(1.2),
        lambda: Constant(math.nan),
        lambda: Sigmoid(midpoint=2),
        lambda: Power(-1),
        lambda: Step(1),
        lambda: Linear(start=7),
        lambda: Natural(keep=2),
        lambda: Cosine(epochs=-2),
    ],
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(SettingsError, match=r"lies in \["):
        wrong()


@pytest.mark.parametrize("returned", [-0.1, 1.1, math.nan])
def test_a_function_of_the_users_own_may_not_leave_the_range(returned):
    with pytest.raises(SettingsError, match="lies in"):
        share_at(lambda progress: returned, 0.5)


def test_any_function_of_progress_will_do():
    assert share_at(lambda progress: progress / 2, 0.5) == 0.25
