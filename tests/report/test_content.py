"""What a report says follows from the comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vermeil.compare import Condition, Row
from vermeil.report.content import content, lines
from vermeil.report.numbers import duration, percent, signed
from vermeil.report.words import facts, remarks, what_came_out, what_was_run


def test_each_strategy_is_compared_with_gold_alone_on_the_same_texts(ordinary):
    found = {line.strategy: line for line in lines(ordinary)}
    assert found["gold-only"].against is None
    gap = found["silver-only"].against
    assert gap is not None
    assert gap.value == pytest.approx(ordinary["silver-only"].f1 - ordinary["gold-only"].f1)
    assert [line.strategy for line in found.values() if line.best] == [ordinary.best.strategy]


def test_without_gold_only_there_is_nothing_to_compare_with(build):
    made = content(build({"pooled": 0.7, "sigmoid": 0.8}))
    assert not made.has_baseline
    assert "against" not in what_came_out(made)


def test_without_a_dev_set_nothing_is_called_the_best(build):
    made = content(build(dev=False))
    assert made.best is None
    assert "no strategy is called the best" in what_came_out(made)


def test_a_difference_within_chance_is_called_so(build):
    made = content(build({"gold-only": 0.7, "pooled": 0.705}, size=60))
    assert "may well be chance" in what_came_out(made)
    assert "more than chance" in what_came_out(content(build({"gold-only": 0.3, "pooled": 0.9})))


def test_the_worse_of_two_is_never_praised(build):
    assert "+0.0" not in signed(0.0001) + signed(-0.0001)
    assert (signed(-0.0441), percent(0.7239), duration(51.2), duration(400), duration(7200)) == (
        "−4.4",
        "72.4",
        "51 s",
        "6.7 min",
        "2.0 h",
    )


def test_what_was_run_names_sizes_steps_and_seeds(build):
    said = what_was_run(content(build(seeds=2)))
    assert said == (
        "5 strategies, 2 seeds each, trained for 60 steps on 200 gold texts and 600 silver texts, "
        "scored on 120 texts with 360 labels (our-own-test)."
    )


def test_an_unfinished_comparison_says_so_and_pairs_the_seeds_that_both_have(build):
    whole = build({"gold-only": 0.6, "pooled": 0.8}, seeds=3)
    rows = (whole.rows[0], Row(Condition("pooled"), whole.rows[1].results[:2]))
    made = content(replace(whole, rows=rows))
    assert "it lacks 1 cell." in " ".join(remarks(made))
    assert made.lines[1].against.value == pytest.approx(
        sum(whole.rows[1].results[i].scores.f1 - whole.rows[0].results[i].scores.f1 for i in (0, 1)) / 2
    )


def test_curves_cover_the_run_and_keep_its_mean_share(build):
    made = content(build({"sigmoid": 0.7}, steps=400, seeds=2))
    curves = made.curves["sigmoid"]
    assert len(curves.progress) == 100
    assert 0 <= curves.progress[0] < 0.02
    assert 0.98 < curves.progress[-1] <= 1
    assert sum(curves.drawn) / 100 == pytest.approx(made.lines[0].share, abs=0.01)


def test_one_step_is_a_curve_too(build):
    assert content(build({"gold-only": 0.7}, steps=1)).curves["gold-only"].progress == (0.0,)


def test_mistakes_add_up_to_what_the_scores_say(ordinary):
    made = content(ordinary)
    for row in ordinary:
        micro, wrong = row.results[0].scores.micro, made.wrong[row.strategy]
        paired = wrong["boundary"] + wrong["type"] + wrong["boundary and type"]
        assert paired + wrong["missed"] == micro.gold - micro.right
        assert paired + wrong["invented"] == micro.predicted - micro.right


def test_facts_hold_command_hashes_versions_and_stages(ordinary):
    found = dict(facts(content(ordinary)))
    assert found["command"] == "vermeil compare study.toml --out results"
    assert "ab" * 32 in found["gold data"]
    assert found["settings: train.steps"] == "60"
    assert "sigmoid" in found["strategy sigmoid, stage 1"]


def test_a_comparison_that_knows_nothing_of_its_making_is_still_reported(build):
    made = content(build(made={}))
    assert list(facts(made)) == []
    assert "trained for 60 steps, scored on" in what_was_run(made)
