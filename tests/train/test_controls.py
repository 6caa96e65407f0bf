"""A control has the diet, or the restarts, of the strategy that it stands beside, and nothing else of it."""

from __future__ import annotations

import pytest

from vermeil.train.controls import equal_share, gold_restarted
from vermeil.train.strategies import STRATEGIES, strategy


@pytest.mark.parametrize("name", ["linear", "sigmoid", "power", "power(exponent=3, epochs=4)", "silver-then-gold"])
def test_the_constant_beside_a_blend_has_its_mean_share_of_silver(name):
    control, constant = equal_share(strategy(name), 250)
    assert constant.mean_share(250) == pytest.approx(strategy(name).mean_share(250), abs=5e-3)
    assert strategy(control).stages == constant.stages, "it is found by its name"


@pytest.mark.parametrize("name", ["gold-only", "half-and-half", "gold-then-gold"])
def test_a_share_that_never_changes_needs_no_constant_beside_it(name):
    assert equal_share(STRATEGIES[name], 250) is None


def test_blends_of_one_mean_share_have_one_control():
    assert equal_share(STRATEGIES["linear"], 250)[0] == equal_share(STRATEGIES["cosine"], 250)[0]


def test_the_control_of_a_restart_sees_gold_alone_and_restarts_likewise():
    assert gold_restarted("silver-then-gold", STRATEGIES["silver-then-gold"])[0] == "gold-then-gold"
    name, control = gold_restarted("silver-then-gold-gently", STRATEGIES["silver-then-gold-gently"])
    assert strategy(name).stages == control.stages
    assert control.uses() == (True, False)
    assert [s.share_of_steps for s in control.stages] == [0.9, 0.1]


@pytest.mark.parametrize("name", ["sigmoid", "silver-then-gold-continued", "gradual", "gold-then-gold"])
def test_where_nothing_restarts_there_is_nothing_to_control(name):
    assert gold_restarted(name, STRATEGIES[name]) is None


@pytest.mark.parametrize(("gold", "silver"), [(20, 5000), (50, 3000), (200, 3000)])
def test_the_constant_beside_a_strategy_of_little_gold_has_as_much_of_it(gold, silver):
    mixed = strategy("silver-then-mixed").resolved(gold, silver)
    _, constant = equal_share(mixed, 1000)
    assert 1 - constant.mean_share(1000) == pytest.approx(1 - mixed.mean_share(1000), rel=0.05)
