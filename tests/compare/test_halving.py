"""Picking narrows the candidates down on dev, says who was dropped and why, and saves the winner."""

from __future__ import annotations

import json

import pytest
from flights import LABELS, PEOPLE, PLACES, flights

from vermeil import students
from vermeil.compare import CompareSettings, PickSettings, Watch, compare, pick, read_comparison, steps_said
from vermeil.compare.results import Results
from vermeil.data import Dataset
from vermeil.errors import DataError, OutputError, SettingsError
from vermeil.evaluate.score import evaluate
from vermeil.train.trainer import TrainSettings

GOLD, DEV, TEST = flights(PEOPLE[:2], PLACES[:2]), flights(verb="ran"), flights(verb="walked", wrong=True)
STRONG, WEAK = flights(verb="went", source="strong"), flights(verb="went", source="weak", wrong=True)
SETTINGS = CompareSettings(student="memorizer", train=TrainSettings(steps=36, batch_size=4), seeds=(0, 1))
STRATEGIES = ("gold-only", "silver-only", "pooled", "half-and-half")


def run(folder, watch=None, **changes):
    given = {"gold": GOLD, "silver": {"strong": STRONG, "weak": WEAK}, "dev": DEV, "test": TEST, "settings": SETTINGS}
    watch = watch or Watch()
    return pick(STRATEGIES, LABELS, **(given | changes), out=folder, watch=watch)


def test_rounds_grow_longer_and_fewer_and_the_best_on_dev_wins(tmp_path):
    planned, rounds = [], []
    picked = run(tmp_path, Watch(on_plan=planned.append, on_round=rounds.append))
    assert [(r.steps, len(r.dev_scores)) for r in picked.rounds] == [(12, 7), (36, 3)]
    assert planned == [7 + 3 * 2]
    assert rounds == list(picked.rounds)
    assert "weak" not in picked.winner.name
    assert picked.winner.name == max(picked.rounds[-1].dev_scores, key=picked.rounds[-1].dev_scores.get)
    assert picked.winner.seeds == (0, 1)


def test_without_a_test_set_it_is_not_told_that_dev_shares_texts_with_itself(tmp_path):
    said = run(tmp_path, test=Dataset(())).comparison.warnings
    assert any(each.startswith("there was no test set") for each in said)
    assert not any("dev and test" in each for each in said)


THIRD, HALF = 1 / 3, 1 / 2


@pytest.mark.parametrize(
    ("candidates", "keep", "at_most", "rounds"),
    [
        *[(1, THIRD, 3, 1), (2, THIRD, 3, 1), (3, THIRD, 3, 1), (4, THIRD, 3, 2), (9, THIRD, 3, 2), (10, THIRD, 3, 3)],
        *[(100, THIRD, 3, 3), (7, HALF, 9, 3), (8, HALF, 9, 3), (5, HALF, 2, 2)],
    ],
)
def test_there_are_no_more_rounds_than_leave_several_for_the_last(candidates, keep, at_most, rounds):
    assert PickSettings(rounds=at_most, keep=keep).for_candidates(candidates).rounds == rounds


def test_who_was_dropped_and_why_is_in_the_results(tmp_path):
    picked = run(tmp_path)
    first = picked.rounds[0]
    assert len(first.dropped) == 4
    assert all("on dev after 12 steps" in dropped.why for dropped in first.dropped)
    assert {d.name for d in first.dropped} | set(picked.rounds[1].dev_scores) == set(first.dev_scores)
    written = json.loads((tmp_path / "pick.json").read_text())
    assert written["rounds"][0]["dropped"][0]["why"] == first.dropped[0].why
    assert read_comparison(tmp_path).made["pick"]["rounds"][0]["dev_scores"] == dict(first.dev_scores)


def test_with_epochs_the_steps_of_each_candidate_are_told(tmp_path):
    train = TrainSettings(epochs=3, batch_size=4)
    rounds = run(tmp_path, settings=SETTINGS.model_copy(update={"train": train})).rounds
    steps = rounds[0].steps_by
    assert steps["gold-only"] < steps["silver-only, weak"] < steps["pooled, weak"] == rounds[0].steps
    assert all(f" on dev after {steps_said([steps[gone.name]])}, " in gone.why for gone in rounds[0].dropped)
    assert f"round 1, {steps['gold-only']} to {steps['pooled, weak']} steps: 7 candidates" in str(rounds[0])


def test_a_folder_that_is_not_its_own_is_refused_before_the_first_round(tmp_path):
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(OutputError, match=r"has report\.html, but no comparison\.json"):
        run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_so_is_one_where_another_comparison_is_at_work(tmp_path):
    with Results(tmp_path).held(), pytest.raises(OutputError, match="another comparison is at work in"):
        run(tmp_path)
    assert not (tmp_path / "pick").exists()


def test_no_other_comparison_comes_in_between_two_rounds(tmp_path):
    def come_in(round):
        with pytest.raises(OutputError, match="another comparison is at work in"), Results(tmp_path).held():
            pass

    assert len(run(tmp_path, Watch(on_round=come_in)).rounds) == 2


def test_too_few_steps_for_the_first_round_are_told_before_a_folder_is_made(tmp_path):
    few = SETTINGS.model_copy(update={"train": TrainSettings(steps=3, batch_size=4)})
    with pytest.raises(SettingsError, match="1 steps are too few for 2 stages"):
        pick(
            [*STRATEGIES, "silver-then-gold"],
            LABELS,
            gold=GOLD,
            silver=STRONG,
            dev=DEV,
            settings=few,
            out=tmp_path / "results",
        )
    assert not (tmp_path / "results").exists()


def test_a_pick_that_is_to_keep_no_model_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="saves the winner's model, got keep_model = false"):
        run(tmp_path / "results", settings=SETTINGS.model_copy(update={"keep_model": False}))
    assert not (tmp_path / "results").exists()


def test_controls_that_are_left_out_are_told(tmp_path):
    picked = run(tmp_path, settings=SETTINGS.model_copy(update={"controls": True}), halving=PickSettings(rounds=1))
    assert any(said.startswith("controls were asked for, but a pick leaves") for said in picked.comparison.warnings)
    assert picked.comparison.made["settings"]["controls"] is False


def test_a_later_comparison_in_the_folder_leaves_nothing_of_the_pick_that_it_replaces(tmp_path):
    run(tmp_path, halving=PickSettings(rounds=1))
    compare(["gold-only"], LABELS, gold=GOLD, dev=DEV, test=TEST, settings=SETTINGS, out=tmp_path)
    assert not (tmp_path / "pick.json").exists()
    run(tmp_path, halving=PickSettings(rounds=1))
    assert (tmp_path / "pick.json").exists()


def test_the_winners_model_is_saved(tmp_path):
    picked = run(tmp_path)
    model = students.load(tmp_path / "model")
    assert evaluate(model, DEV).f1 == picked.winner.best_on_dev.dev.f1


def test_other_test_labels_change_nothing_about_who_wins(tmp_path):
    turned = run(tmp_path / "turned", test=flights(verb="walked"))
    assert turned.winner.name == run(tmp_path / "as-it-was").winner.name


def test_interrupted_it_goes_on_where_it_stopped(tmp_path):
    heard = []

    def stop(result, before):
        heard.append(result.name)
        if len(heard) == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Watch(on_result=stop))
    before = []
    picked = run(tmp_path, Watch(on_result=lambda result, done: before.append(done)))
    assert before == [True] * 8 + [False] * 5
    assert picked.rounds == run(tmp_path / "whole").rounds


def test_without_a_test_set_its_scores_are_said_to_be_those_on_dev(tmp_path):
    picked = run(tmp_path, test=Dataset(()))
    assert picked.winner.f1 == picked.winner.dev_score
    assert any("too good" in said for said in picked.comparison.warnings)


def test_one_round_trains_all_at_full_length_and_the_largest_sizes_are_used(tmp_path):
    settings = SETTINGS.model_copy(update={"gold_sizes": (1, 3), "silver_sizes": (5, "all"), "seeds": (0,)})
    picked = run(tmp_path, settings=settings, halving=PickSettings(rounds=1), silver=STRONG)
    (only,) = picked.rounds
    assert set(only.dev_scores) == {
        "gold-only, 3 gold",
        "silver-only, all silver",
        "pooled, 3 gold, all silver",
        "half-and-half, 3 gold, all silver",
    }
    assert only.steps == 36


def test_without_a_dev_set_there_is_nothing_to_choose_by(tmp_path):
    with pytest.raises(DataError, match="needs a dev set to choose by"):
        run(tmp_path, dev=Dataset(()))
    assert not list(tmp_path.iterdir())
