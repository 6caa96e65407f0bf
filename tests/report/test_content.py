"""What a report says follows from the comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vermeil.compare import Condition, Row
from vermeil.report.content import content, parts
from vermeil.report.lines import lines
from vermeil.report.numbers import duration, percent, signed
from vermeil.report.places import MOST, short_names
from vermeil.report.reasons import recommendation
from vermeil.report.words import mark, what_was_run


def test_each_strategy_is_compared_with_gold_alone_on_the_same_texts(ordinary):
    found = {line.strategy: line for line in lines(ordinary)}
    assert found["gold-only"].against is None
    gap = found["silver-only"].against
    assert gap is not None
    assert gap.value == pytest.approx(ordinary["silver-only"].f1 - ordinary["gold-only"].f1)
    assert [line.strategy for line in found.values() if line.best] == [ordinary.best.strategy]


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
    assert made.comparison.warnings[0].startswith("the comparison is not finished: 1 cell is missing")
    assert recommendation(made).startswith("So far use pooled: the best of 2 on dev")
    assert made.lines[1].against.value == pytest.approx(
        sum(whole.rows[1].results[i].scores.f1 - whole.rows[0].results[i].scores.f1 for i in (0, 1)) / 2
    )


def test_curves_cover_the_run_and_keep_its_mean_share(build):
    made = content(build({"sigmoid": 0.7}, steps=400, seeds=2))
    curves = made.curves["sigmoid"]
    assert len(curves.progress) == 50
    assert 0 <= curves.progress[0] < 0.03
    assert 0.97 < curves.progress[-1] <= 1
    assert sum(curves.drawn) / 50 == pytest.approx(made.lines[0].share, abs=0.01)


def test_a_curve_reaches_the_end_of_every_seed_though_one_stopped_early(build):
    whole = build({"silver-then-gold": 0.7}, steps=20, seeds=2)
    first, second = whole.rows[0].results
    shorter = replace(first, run=replace(first.run, steps=first.run.steps[:4] + first.run.steps[-4:]))
    curves = content(replace(whole, rows=(replace(whole.rows[0], results=(shorter, second)),))).curves
    assert curves["silver-then-gold"].drawn[0] == 1
    assert curves["silver-then-gold"].drawn[-1] == 0
    assert len(curves["silver-then-gold"].progress) == 8


def test_one_step_is_a_curve_too(build):
    assert content(build({"gold-only": 0.7}, steps=1)).curves["gold-only"].progress == (0.0,)


def test_mistakes_add_up_to_what_the_scores_say(ordinary):
    made = content(ordinary)
    for row in ordinary:
        micro, wrong = row.results[0].scores.micro, made.wrong[row.strategy]
        paired = wrong["boundary"] + wrong["type"] + wrong["boundary and type"]
        assert paired + wrong["missed"] == micro.gold - micro.right
        assert paired + wrong["invented"] == micro.predicted - micro.right


def test_progress_ends_where_it_said(gridded):
    told = []
    content(replace(gridded), on_done=told.append)  # a comparison of its own: nothing of it is kept yet
    assert sum(told) == parts(gridded)


def test_rows_that_share_all_but_the_strategy_are_called_by_it(gridded):
    names = short_names([row.condition for row in gridded if row.condition.gold == 200])
    assert names["pooled, 200 gold, weak"] == "pooled, weak"
    assert names["gold-only, 200 gold"] == "gold-only"


def test_a_large_grid_shows_the_rows_beside_the_best_on_dev(build_grid):
    made = content(build_grid(gold=(50, 100, 200, 500, 1000), others=False, seeds=1))
    assert len(made.lines) > MOST
    assert made.best.name in made.view
    places = {(line.condition.gold, line.condition.teacher) for line in made.viewed}
    assert places <= {(made.best.condition.gold, "strong"), (made.best.condition.gold, ""), (None, "strong")}
    assert made.view[0] == f"gold-only, {made.best.condition.gold:,} gold"


def test_a_gain_that_other_seeds_might_not_give_is_marked_as_such(gridded):
    signs = {line.name: mark(line) for line in lines(gridded)}
    for line in lines(gridded):
        found = line.contrast
        if found:
            assert signs[line.name].startswith("*") == found.significant
            assert signs[line.name].startswith("(*)") == (found.significant_on_texts and not found.significant)
            assert signs[line.name].endswith("≈") == found.doubtful
    assert "(*)" in "".join(signs.values())
