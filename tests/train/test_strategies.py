"""Strategies share out the steps, know what they need, and travel as plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermeil.blend.schedules import Constant, Natural, Power, Sigmoid
from vermeil.errors import SettingsError, UnknownName
from vermeil.train.strategies import (
    STRATEGIES,
    Stage,
    Strategy,
    call_name,
    one_stage,
    parameters,
    strategy,
    strategy_from,
)


def test_all_regimens_of_the_paper_and_their_controls_are_there():
    assert {
        "gold-only",
        "silver-only",
        "pooled",
        "silver-then-gold",
        "gold-then-silver",
        "silver-then-mixed",
        "gold-then-gold",
        "gradual",
        "sigmoid",
        "power",
        "linear",
        "cosine",
        "step",
    } <= set(STRATEGIES)


def test_every_strategy_says_in_words_what_it_is():
    assert all(chosen.about for chosen in STRATEGIES.values())


@pytest.mark.parametrize("name", STRATEGIES)
@given(total=st.integers(20, 5000))
def test_the_steps_of_the_stages_sum_to_the_total(name, total):
    assert sum(STRATEGIES[name].steps(total)) == total


def test_two_stages_split_sixty_to_forty():
    assert STRATEGIES["silver-then-gold"].steps(250) == (150, 100)


@pytest.mark.parametrize(
    ("name", "gold", "silver"),
    [
        ("gold-only", True, False),
        ("silver-only", False, True),
        ("silver-then-gold", True, True),
        ("gold-then-gold", True, False),
        ("sigmoid", True, True),
        ("pooled", False, False),  # makes do with either
    ],
)
def test_a_strategy_knows_which_labels_it_needs(name, gold, silver):
    assert STRATEGIES[name].needs() == (gold, silver)


def test_the_natural_share_is_filled_in_from_the_sizes():
    resolved = STRATEGIES["silver-then-mixed"].resolved(gold=100, silver=300)
    assert [stage.schedule for stage in resolved.stages] == [Constant(1.0), Constant(0.75)]


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_comes_back_from_its_plain_values(name):
    chosen = STRATEGIES[name]
    assert strategy_from(chosen.as_dict(), "test").stages == chosen.stages


def test_gradual_fine_tuning_pours_in_less_and_less_silver_and_ends_on_gold():
    shares = [stage.schedule.share for stage in STRATEGIES["gradual"].resolved(gold=200, silver=3000).stages]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(3000 / 3200)
    assert shares[-1] == 0


def test_a_strategy_knows_what_it_draws_from_and_how_much_of_it_is_silver():
    assert STRATEGIES["pooled"].uses() == (True, True)
    assert STRATEGIES["gold-only"].uses() == (True, False)
    assert STRATEGIES["silver-then-gold"].mean_share(250) == 0.6
    assert STRATEGIES["linear"].mean_share(250) == pytest.approx(0.5)


def test_a_name_may_carry_parameters():
    assert strategy("power(exponent=0.5)").stages == (Stage(Power(0.5)),)
    assert strategy("constant(share=0.3)").stages == (Stage(Constant(0.3)),)
    first, second = strategy("silver-then-gold(first=0.9, rate=0.1)").stages
    assert (first.share_of_steps, second.share_of_steps) == pytest.approx((0.9, 0.1))
    assert (second.restart, second.learning_rate) == (True, 0.1)
    assert not strategy("silver-then-gold(restart=false)").stages[1].restart


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sigmoid(midpont=0.4)", r"doesn't take midpont \(did you mean 'midpoint'"),
        ("sigmoid(midpoint=two)", "parameters of a strategy read"),
        ("sigmoid(midpoint=true)", "midpoint of the schedule sigmoid is a number, got True"),
        ("constant()", "the schedule constant needs share"),
        ("silver-then-gold(midpoint=0.4)", "doesn't take midpoint; several stages take first"),
        ("silver-then-gold(first=1)", r"lies in \(0, 1\), got 1"),
        ("silver-then-gold(restart=3)", "restart cannot be 3"),
        ("silver-then-gold(restart=false, rate=0.1)", "goes on with the last one's optimiser"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(name, message):
    with pytest.raises(SettingsError, match=message):
        strategy(name)


def test_a_function_of_the_users_own_is_recorded_by_its_name():
    def half(progress: float) -> float:
        return 0.5

    assert "half" in one_stage(half).as_dict()["stages"][0]["schedule"]


def test_a_strategy_of_ones_own_reads_from_a_table():
    values = {
        "stages": [
            {"schedule": "sigmoid", "midpoint": 0.4, "share_of_steps": 0.9},
            {"schedule": "natural", "share_of_steps": 0.1},
        ]
    }
    assert strategy_from(values, "study.toml") == Strategy((Stage(Sigmoid(0.4), 0.9), Stage(Natural(), 0.1)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stages": [{}]}, "every stage needs a schedule"),
        ({"stages": [{"schedule": "linear"}], "step": 3}, "unknown key 'step'"),
        ({"stages": []}, "sum 1"),
        ({"stages": [{"schedule": "linear", "share_of_steps": 0.5}]}, "sum of 0.5"),
        ({"stages": [{"schedule": "linear", "share_of_steps": "all"}]}, "share_of_steps of a stage is a number"),
        ({"stages": [{"schedule": "linear", "restart": 1}]}, "restart of a stage is true or false, got 1"),
        ({"stages": "linear"}, "stages is a list of tables"),
    ],
)
def test_a_malformed_strategy_says_what_is_wrong(values, message):
    with pytest.raises(SettingsError, match=message):
        strategy_from(values, "study.toml")


def test_a_misspelt_strategy_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownName, match="did you mean 'silver-then-gold'"):
        strategy("silver-than-gold")


def test_too_few_steps_for_the_stages_is_an_error():
    with pytest.raises(SettingsError, match="too few"):
        STRATEGIES["silver-then-gold"].steps(1)


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_parameters_of_a_strategy_are_those_that_it_takes(name):
    made, own = STRATEGIES[name], parameters(STRATEGIES[name])
    assert strategy(call_name(name, own)) == made
    assert bool(own) == (name not in ("gold-only", "silver-only", "half-and-half"))
