"""What is recommended is chosen on dev, and its reasons say what it beats, how sure that is, and what is cheaper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vermeil.compare import Condition, Costs, Multiplier, Row
from vermeil.report.content import content
from vermeil.report.frontier import frontier
from vermeil.report.reasons import reasons, recommendation


def said(comparison) -> str:
    return " ".join(reasons(content(comparison)))


def test_the_best_on_dev_is_recommended_though_another_is_better_on_test(build):
    first = build({"gold-only": 0.7, "pooled": 0.9})
    worse, better = first.rows
    swapped = [
        Row(row.condition, (replace(row.results[0], dev=other.results[0].scores),))
        for row, other in ((worse, better), (better, worse))
    ]
    found = recommendation(content(replace(first, rows=tuple(swapped))))
    assert found.startswith("Use gold-only: the best of 2 on dev")


def test_without_a_dev_set_nothing_is_recommended(build):
    made = content(build(dev=False))
    assert made.best is None
    assert "no strategy is recommended" in recommendation(made)
    assert list(reasons(made)) == []


def test_a_difference_within_chance_is_called_so(build):
    assert "which may well be chance" in said(build({"gold-only": 0.7, "pooled": 0.72}, size=60))
    sure = said(build({"gold-only": 0.3, "pooled": 0.9}))
    assert "Against gold alone (gold-only): +" in sure
    assert "more than chance would give (p < 0.001 after Holm's correction)" in sure


def test_without_gold_alone_it_says_that_this_is_missing(build):
    assert "gold-only was not run beside it" in said(build({"pooled": 0.7, "sigmoid": 0.8}))


def test_it_names_what_it_beats_and_what_it_is_not_told_apart_from(build):
    text = said(build({"gold-only": 0.5, "silver-only": 0.5, "pooled": 0.9, "sigmoid": 0.89}))
    assert (
        "Of 2 other strategies that could draw on the same labels, it is surely better on test than 1: silver-only, +"
        in text
    )
    assert "It is not told apart from 1: sigmoid" in text


def test_a_constant_of_equal_share_tells_whether_the_shape_brings_anything(build):
    both = build({"gold-only": 0.5, "sigmoid": 0.9, "half-and-half": 0.8})
    controls = {"controls": {"sigmoid": {"equal share": "half-and-half"}}}
    text = said(replace(both, made={**both.made, **controls}))
    assert "a constant share of silver with the same mean (half-and-half), its shape brings" in text


def test_fewer_gold_sentences_are_cheaper_where_no_prices_are_known(build_grid):
    made = content(build_grid(seeds=1, others=False))
    assert made.best.condition.gold == 1000
    less = made.advice.cheaper
    assert less.line.gold < 1000
    text = " ".join(reasons(made))
    assert f"Cheaper: {less.line.name} ({less.line.gold:,.0f} instead of 1,000 gold texts)" in text


def test_prices_decide_what_is_cheaper_and_what_is_worth_its_price(build_grid):
    dear_silver = build_grid(seeds=1, others=False).priced(Costs(gold=0.01, silver=1.0, currency="EUR"))
    made = content(dear_silver)
    assert made.advice.cheaper.line.cost < made.best.cost == 610
    assert "instead of 610 EUR for labels" in " ".join(reasons(made))
    best = frontier(made.lines)
    assert [line.cost for line in best] == sorted(line.cost for line in best)
    assert [line.dev_score for line in best] == sorted(line.dev_score for line in best)
    assert best[-1] is made.best


def test_where_gold_alone_never_gets_there_the_multiplier_is_a_bound(build_grid):
    made = content(build_grid(seeds=1, others=False))
    found = next(line for line in made.lines if line.name == "sigmoid, 200 gold, strong")
    assert found.worth.beyond
    only_50 = replace(made.advice, line=found, cheaper=None)
    assert "Gold alone does not get there with 1,000 texts, the most that were tried: its gold counts ≥ 5.0" in (
        " ".join(reasons(replace(made, advice=only_50)))
    )


def test_a_multiplier_without_an_interval_is_said_without_brackets(build_grid):
    made = content(build_grid(seeds=1, others=False))
    line = replace(made.advice.line, worth=Multiplier(50, 200, 200, 200, 50, 1000))
    said = " ".join(reasons(replace(made, advice=replace(made.advice, line=line, cheaper=None))))
    assert "Gold alone would need 4.0 times its gold for the same F1." in said


def test_an_unpaired_row_is_not_compared(build):
    whole = build({"gold-only": 0.6, "pooled": 0.8, "sigmoid": 0.7}, seeds=2)
    last = Row(Condition("sigmoid"), (replace(whole.rows[2].results[0], seed=7),))
    made = content(replace(whole, rows=(*whole.rows[:2], last)))
    assert made.advice.others == ()


@pytest.mark.parametrize("name", ["gold-only"])
def test_one_row_alone_is_the_only_one(build, name):
    made = content(build({name: 0.7}))
    assert recommendation(made).startswith("Use gold-only: the only one")
    assert list(reasons(made)) == ["Nothing was tried that needs less gold and no more silver."]
