"""A grid varies gold, silver, teachers and students; subsets are nested, and no row is computed twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flights import LABELS, PEOPLE, flights

from vermeil.blend.schedules import Constant, Sigmoid
from vermeil.compare import CompareSettings, Condition, compare
from vermeil.compare.conditions import Axes
from vermeil.compare.pools import Data, Pools, shared_texts
from vermeil.data import Dataset, Example
from vermeil.errors import DataError, SettingsError
from vermeil.silver.merging import merge_teachers
from vermeil.train.strategies import STRATEGIES, Stage, Strategy, one_stage
from vermeil.train.trainer import TrainSettings

GOLD, DEV, TEST = flights(), flights(verb="ran"), flights(verb="walked")
STRONG, WEAK = flights(verb="went", source="strong"), flights(verb="went", source="weak", wrong=True)
SETTINGS = CompareSettings(student="memorizer", train=TrainSettings(steps=6, batch_size=4))


def run(tmp_path, strategies=("gold-only", "silver-then-gold"), changes=None, **given):
    sets = {"gold": GOLD, "silver": {"strong": STRONG, "weak": WEAK}, "dev": DEV, "test": TEST, "out": tmp_path / "out"}
    return compare(strategies, LABELS, **(sets | given), settings=SETTINGS.model_copy(update=changes or {}))


def test_every_axis_has_its_rows_and_gold_alone_is_one_row_beside_both_teachers(tmp_path):
    comparison = run(tmp_path, changes={"gold_sizes": (4, 12), "silver_sizes": (10, "all")})
    names = [row.name for row in comparison]
    assert names.count("gold-only, 4 gold") == names.count("gold-only, 12 gold") == 1
    assert len(names) == len(set(names)) == 2 + 2 * 2 * 2
    row = comparison["silver-then-gold, 12 gold, 10 silver, weak"]
    assert (row.gold, row.silver) == (12, 10)
    assert comparison["silver-then-gold, 4 gold, all silver, strong"].silver == len(STRONG)


def test_students_are_an_axis_each_with_settings_of_its_own(tmp_path):
    settings = SETTINGS.model_copy(update={"student": ("one", "two"), "student_settings": {"a": 1, "two": {"a": 2}}})
    assert (settings.settings_of("one"), settings.settings_of("two")) == ({"a": 1}, {"a": 2})
    comparison = run(tmp_path, changes={"student": ("memorizer",)})
    assert [row.condition.student for row in comparison] == ["memorizer"] * 3


def test_of_a_seed_the_few_are_among_the_many_and_the_same_for_every_strategy():
    pools = Pools(Data(GOLD, {"": STRONG}, DEV, TEST), (5, 20))
    for seed in range(3):
        few, many = pools.gold(5, seed).texts, pools.gold(20, seed).texts
        assert set(few) < set(many)
        assert pools.gold(5, seed) is pools.gold(5, seed)
        assert set(pools.silver("", 3, seed).texts) < set(pools.silver("", 9, seed).texts)
    assert pools.gold(5, 0).texts != pools.gold(5, 1).texts


@pytest.mark.parametrize("side", ["silver", "gold"])
def test_a_text_with_both_labels_is_taken_from_the_side_that_gives_way(side):
    silver = Dataset((*flights(verb="flew", source="strong").examples[:10], *STRONG.examples))
    pools = Pools(Data(GOLD, {"": silver}, DEV, TEST), (), side)
    gold, left = set(pools.gold(None, 0).texts), set(pools.silver("", None, 0).texts)
    assert not gold & left
    assert (len(gold), len(left)) == ((36, 36) if side == "silver" else (26, 46))


def test_the_silver_is_the_same_for_every_size_of_gold():
    pools = Pools(Data(GOLD, {"": replace(GOLD, examples=GOLD.examples)}, DEV, TEST), (2, 30))
    assert len(pools.silver("", None, 0)) == 36 - 30
    assert pools.dropped("", 0) == 30


def test_texts_that_are_in_two_sets_are_counted_and_told(tmp_path):
    overlapping = Dataset((*GOLD.examples[:5], *STRONG.examples), "silver.jsonl")
    comparison = run(tmp_path, silver=overlapping, test=Dataset((*TEST.examples, GOLD[0]), "test"))
    assert comparison.made["shared_texts"] == {"gold and silver": 5, "gold and test": 1, "silver and test": 1}
    assert any(said.startswith("5 silver examples were left out") for said in comparison.warnings)
    assert shared_texts(Data(GOLD, {"": STRONG}, DEV, TEST)) == {}


def test_a_control_never_takes_the_place_of_another_row(tmp_path):
    def stages(first):
        return Strategy((Stage(Constant(1.0), 0.6, learning_rate=first), Stage(Constant(0.0), 0.4)))

    strategies = {"gold-then-gold": STRATEGIES["gold-then-gold"], "mine": stages(2.0), "mine2": stages(3.0)}
    learnt = SETTINGS.train.model_copy(update={"learning_rate": 0.1})
    comparison = run(tmp_path, strategies, {"controls": True, "train": learnt}, silver=STRONG)
    restarted = {name: own["restart"] for name, own in comparison.made["controls"].items()}
    assert restarted == {name: f"gold alone, restarted as {name}" for name in ("mine", "mine2")}
    assert comparison.made["strategies"]["gold-then-gold"] == STRATEGIES["gold-then-gold"].as_dict()
    own = {"mine": one_stage(Sigmoid()), "constant(share=0.5)": one_stage(Constant(0.2))}
    comparison = run(tmp_path, own, {"controls": True}, silver=STRONG)
    assert comparison.made["controls"]["mine"]["equal share"] == "constant(share=0.5), control"
    assert comparison.made["strategies"]["constant(share=0.5)"] == own["constant(share=0.5)"].as_dict()


def test_silver_that_may_be_merged_by_more_gold_than_rows_count_is_told(tmp_path):
    by = Dataset(tuple(replace(example, source="gold") for example in STRONG.examples[:12]))
    merged = merge_teachers({"strong": STRONG, "weak": WEAK}, by).silver
    said = run(tmp_path, silver={"both": merged}, changes={"gold_sizes": (4,)}).warnings
    assert any(one.startswith("the silver both labels are merged of strong + weak") for one in said)
    assert not run(tmp_path, silver={"both": merged}).warnings
    assert not run(tmp_path, changes={"gold_sizes": (12,)}).warnings


def test_labels_that_few_gold_texts_never_show_are_told(tmp_path):
    people = [replace(example, labels=example.labels[:1]) for example in GOLD]
    gold = Dataset((*people[1:], GOLD[0]))
    comparison = run(tmp_path, gold=gold, changes={"gold_sizes": (2, "all")})
    assert comparison.made["never_shown"] == {"2": ["LOC"]}
    assert any(said.startswith("the 2 gold texts of a seed never show LOC") for said in comparison.warnings)


def test_strategies_that_only_their_names_tell_apart_are_computed_once(tmp_path):
    heard = []
    twins = {"mine": one_stage(lambda progress: 0.5), "half-and-half": STRATEGIES["half-and-half"]}
    comparison = run(tmp_path, twins, silver=STRONG, on_result=lambda result, before: heard.append(before))
    assert heard == [False, True]
    assert comparison["mine"].f1 == comparison["half-and-half"].f1
    assert len(list((tmp_path / "out/cells").glob("*.json"))) == 1


def test_cells_are_found_again_when_the_grid_grows_and_when_it_shrinks(tmp_path):
    def computed(**changes):
        heard = []
        run(tmp_path, changes=changes, on_result=lambda result, before: heard.append(before))
        return heard.count(False)

    assert computed(gold_sizes=(4,)) == 3
    assert computed(gold_sizes=(4, 8)) == 3
    assert computed(gold_sizes=(4,)) == computed(gold_sizes=(8, 4)) == 0


def test_the_best_model_is_there_also_when_an_earlier_comparison_kept_another(tmp_path):
    both = run(tmp_path, ("gold-only", "silver-only"), silver=WEAK)
    assert both.best.strategy == "gold-only"
    assert (tmp_path / "out/model.json").exists()
    before = (tmp_path / "out/model/votes.json").read_text()
    run(tmp_path, ("silver-only",), silver=WEAK)
    assert (tmp_path / "out/model/votes.json").read_text() != before


def test_equal_epochs_give_each_strategy_as_many_passes_over_what_it_draws(tmp_path):
    epochs = {"train": TrainSettings(epochs=2, batch_size=4)}
    comparison = run(tmp_path, ("gold-only", "pooled"), epochs, silver=STRONG)
    assert [row.steps for row in comparison] == [2 * 36 / 4, 2 * 72 / 4]


def test_controls_stand_beside_what_they_control(tmp_path):
    strategies = ("gold-only", "half-and-half", "linear", "silver-then-gold")
    comparison = run(tmp_path, strategies, {"controls": True}, silver=STRONG)
    assert comparison.made["controls"] == {
        "linear": {"equal share": "half-and-half"},
        "silver-then-gold": {"equal share": "constant(share=0.67)", "restart": "gold-then-gold"},
    }
    asked = {(c.question, c.row, c.other) for c in comparison.contrasts}
    assert ("equal share", "linear", "half-and-half") in asked
    assert ("restart", "silver-then-gold", "gold-then-gold") in asked
    assert ("gold alone", "linear", "gold-only") in asked


def test_several_test_label_sets_are_scored_at_once(tmp_path):
    wrong = flights(verb="walked", wrong=True)
    comparison = run(tmp_path, ("gold-only",), other_tests={"wrong": wrong, "other texts": DEV})
    (row,) = comparison
    assert row.f1 == row.scores("other texts")[0].f1 == 1
    assert row.scores("wrong")[0].f1 == 0.5
    with pytest.raises(DataError, match=r"no test labels are called 'wrnog' \(did you mean 'wrong'"):
        row.scores("wrnog")


def test_other_texts_are_no_noise_of_the_test_labels(tmp_path):
    few = Dataset(flights(verb="walked", wrong=True).examples[1:])
    sets = {"wrong": few, "other texts": flights(verb="jumped", wrong=True)}
    (contrast,) = run(tmp_path, ("gold-only", "pooled"), silver=STRONG, other_tests=sets).contrasts
    assert list(contrast.noise.by_labels) == ["", "wrong"]
    alone = {"other texts": sets["other texts"]}
    (contrast,) = run(tmp_path / "b", ("gold-only", "pooled"), silver=STRONG, other_tests=alone).contrasts
    assert contrast.noise is None


def test_other_test_labels_that_changed_their_names_keep_their_scores_and_compute_nothing(tmp_path):
    wrong, before = flights(verb="walked", wrong=True), []
    run(tmp_path, ("gold-only",), other_tests={"a": wrong, "b": DEV})
    for _ in range(2):
        names = {"b": wrong, "a": DEV}
        comparison = run(tmp_path, ("gold-only",), other_tests=names, on_result=lambda r, there: before.append(there))
        assert set(before) == {True}
        assert [comparison.rows[0].interval(test=name).value for name in ("b", "a")] == [0.5, 1.0]
    assert len(list((tmp_path / "out" / "cells").glob("*.json"))) == 1


UNLABELLED = Dataset((*DEV, Example("Nobody has looked at this.", source="")))


@pytest.mark.parametrize(
    "given", [{"test": UNLABELLED}, {"dev": UNLABELLED}, {"other_tests": {"new": UNLABELLED}}], ids=str
)
def test_labels_that_nothing_can_be_scored_by_are_refused_before_the_first_step(tmp_path, given):
    steps = []
    with pytest.raises(DataError, match=r"Nobody has looked.* is unlabelled"):
        run(tmp_path, ("gold-only",), **given, on_progress=steps.append)
    assert not steps


@pytest.mark.parametrize(
    ("changes", "given", "error", "message"),
    [
        ({"gold_sizes": (99,)}, {}, DataError, "99 gold texts were asked for, but there are 36"),
        ({"silver_sizes": (99,)}, {}, DataError, "99 silver strong texts were asked for, but there are 36"),
        ({"gold_sizes": (4, 4)}, {}, SettingsError, "each gold size counts once, got 4, 4"),
        ({"student": ("memorizer", "memorizer")}, {}, SettingsError, "each student counts once"),
        ({"student": ()}, {}, SettingsError, "at least one student"),
        ({"train": TrainSettings(steps=1)}, {}, SettingsError, "1 steps are too few for 2 stages"),
        ({}, {"other_tests": {"new": Dataset(())}}, DataError, "the other test labels 'new' are empty"),
        ({}, {"silver": GOLD}, DataError, "none left: all 36 give way to gold, see gives_way"),
    ],
)
def test_what_is_bound_to_fail_is_refused_before_the_first_cell(tmp_path, changes, given, error, message):
    with pytest.raises(error, match=message):
        run(tmp_path, changes=changes, **given)
    assert not (tmp_path / "out").exists()


def test_two_rows_of_one_name_are_refused_before_the_first_cell(tmp_path):
    strategies = {"pooled": STRATEGIES["pooled"], "pooled, weak": STRATEGIES["gold-only"]}
    with pytest.raises(SettingsError, match=r"called 'pooled, weak'.* rename the strategy 'pooled, weak'"):
        run(tmp_path, strategies)
    assert not (tmp_path / "out").exists()
    assert len(run(tmp_path, strategies, silver=STRONG).rows) == 2


def test_names_are_said_once_and_make_harmless_file_names(tmp_path):
    axes = Axes(teachers=("a/b",), gold=(1200,))
    (condition,) = axes.conditions({"../x": STRATEGIES["pooled"]})
    assert condition == Condition("../x", "a/b", 1200)
    assert condition.name == "../x, 1,200 gold, a/b"
    run(tmp_path, {"../x": STRATEGIES["pooled"]}, silver=STRONG)
    assert not list(tmp_path.glob("*x*"))
    assert len(PEOPLE) == 6
