"""The loop teaches what the strategy says, in its order, and records what really happened."""

from __future__ import annotations

import json

import pytest

from vermeil.blend.schedules import Constant
from vermeil.data import Dataset, Example, Span, whole
from vermeil.errors import DataError, SettingsError
from vermeil.train.given import never_shown
from vermeil.train.run import Run, run_record
from vermeil.train.strategies import STRATEGIES, Stage, Strategy, one_stage, strategy
from vermeil.train.trainer import NOTHING, TrainSettings, train


class Witness:
    """A student that only remembers what it was taught."""

    labels = ("PER",)
    kind = "spans"
    settings = {"kind": "witness"}

    def __init__(self):
        self.stages, self.batches = [], []

    def start_stage(self, steps, learning_rate=None):
        self.stages.append((len(self.batches), steps, learning_rate))

    def learn(self, batch):
        self.batches.append(batch)
        return 1.0


GOLD = Dataset(tuple(Example(f"Ada {i}", (Span(0, 3, "PER"),), id=f"g{i}") for i in range(5)), "gold.jsonl")
SILVER = Dataset(
    tuple(Example(f"Bob {i}", (Span(0, 3, "PER"),), source="scripted:x") for i in range(9)), "silver.jsonl"
)


def sources(witness, start, end):
    return {example.source for batch in witness.batches[start:end] for example in batch}


def test_a_strategy_can_be_named():
    by_name, by_value = Witness(), Witness()
    train(by_name, "silver-then-gold(first=0.5)", gold=GOLD, silver=SILVER, settings=TrainSettings(steps=4))
    train(by_value, strategy("silver-then-gold(first=0.5)"), gold=GOLD, silver=SILVER, settings=TrainSettings(steps=4))
    assert by_name.batches == by_value.batches


def test_a_stage_with_a_rate_of_its_own_is_refused_before_the_first_step_where_there_is_none_to_multiply():
    learner, gently = Witness(), STRATEGIES["silver-then-gold-gently"]
    with pytest.raises(SettingsError, match="learning_rate to be set"):
        train(learner, gently, gold=GOLD, silver=GOLD, settings=TrainSettings(steps=20))
    assert not learner.batches


def test_silver_then_gold_shows_silver_first_and_gold_after_with_a_fresh_start():
    witness = Witness()
    run = train(witness, STRATEGIES["silver-then-gold"], gold=GOLD, silver=SILVER, settings=TrainSettings(steps=20))
    assert sources(witness, 0, 12) == {"scripted:x"}
    assert sources(witness, 12, 20) == {"gold"}
    assert witness.stages == [(0, 12, None), (12, 8, None)]
    assert run.mean_share == pytest.approx(0.6)


def test_without_a_restart_the_second_stage_goes_on_with_the_first_ones_optimiser():
    stages = Strategy((Stage(Constant(1.0), 0.5), Stage(Constant(0.0), 0.5, restart=False)))
    witness = Witness()
    train(witness, stages, gold=GOLD, silver=SILVER, settings=TrainSettings(steps=10))
    assert witness.stages == [(0, 10, None)]


def test_each_stage_gets_its_multiple_of_the_learning_rate():
    stages = Strategy((Stage(Constant(1.0), 0.5), Stage(Constant(0.0), 0.5, learning_rate=0.1)))
    witness = Witness()
    train(witness, stages, gold=GOLD, silver=SILVER, settings=TrainSettings(steps=10, learning_rate=1e-3))
    assert [rate for _, _, rate in witness.stages] == pytest.approx([1e-3, 1e-4])


def test_a_multiple_needs_a_learning_rate_to_multiply():
    stages = Strategy((Stage(Constant(0.0), learning_rate=0.1),))
    with pytest.raises(SettingsError, match="learning_rate"):
        train(Witness(), stages, gold=GOLD)


def test_failed_and_unlabelled_examples_are_never_learnt_from():
    bad = Dataset((*SILVER, Example("lost", source="scripted:x", failed="unreadable"), Example("raw", source="")))
    witness = Witness()
    train(witness, STRATEGIES["silver-only"], silver=bad, settings=TrainSettings(steps=30))
    taught = {example.text for batch in witness.batches for example in batch}
    assert taught == set(SILVER.texts)


def test_truly_empty_texts_are_learnt_from():
    witness = Witness()
    train(witness, STRATEGIES["gold-only"], gold=Dataset((Example("nothing here"),)), settings=TrainSettings(steps=2))
    assert {e.text for batch in witness.batches for e in batch} == {"nothing here"}


@pytest.mark.parametrize(
    ("name", "given", "missing"),
    [
        ("silver-then-gold", {"silver": SILVER}, "gold"),
        ("sigmoid", {"gold": GOLD}, "silver"),
        ("pooled", {}, "nothing"),
    ],
)
def test_missing_labels_are_named(name, given, missing):
    with pytest.raises(DataError, match=missing):
        train(Witness(), STRATEGIES[name], **given)


def test_a_label_that_the_student_does_not_know_is_named_before_any_step():
    witness = Witness()
    odd = Dataset((Example("Rome", (Span(0, 4, "PERS"),)),), "odd.conll")
    with pytest.raises(DataError, match=r"gold data odd.conll has the label 'PERS' \(did you mean 'PER'\?\)"):
        train(witness, STRATEGIES["gold-only"], gold=odd)
    assert not witness.batches


def test_labels_of_another_kind_are_refused_before_any_step():
    witness = Witness()
    classes = Dataset((Example("Rome", (whole("Rome", "PER"),), kind="class"),), "classes.csv")
    with pytest.raises(DataError, match=r"classes.csv has one class of each text, where the student learns spans"):
        train(witness, STRATEGIES["gold-only"], gold=classes)
    assert not witness.batches


def test_what_gold_never_shows_is_known():
    assert never_shown(Dataset((Example("nothing here"),)), Witness().labels) == ("PER",)
    assert never_shown(GOLD, Witness().labels) == never_shown(Dataset(()), Witness().labels) == ()


def test_epochs_count_passes_over_both_sets_together():
    witness = Witness()
    settings = TrainSettings(epochs=4, batch_size=7)
    run = train(witness, STRATEGIES["pooled"], gold=GOLD, silver=SILVER, settings=settings)
    assert len(run.steps) == 4 * 14 / 7


def test_what_the_strategy_never_draws_adds_no_steps():
    settings = TrainSettings(epochs=4, batch_size=2)
    runs = [train(Witness(), "gold-only", gold=GOLD, silver=silver, settings=settings) for silver in (SILVER, NOTHING)]
    assert len(runs[0].steps) == len(runs[1].steps) == 4 * len(GOLD) / 2


def test_steps_and_epochs_together_are_refused():
    with pytest.raises(SettingsError, match="not both"):
        train(Witness(), STRATEGIES["gold-only"], gold=GOLD, settings=TrainSettings(steps=3, epochs=1))


def test_the_listener_hears_each_step_with_the_share_planned_and_drawn():
    heard = []
    train(
        Witness(),
        one_stage(Constant(0.3)),
        gold=GOLD,
        silver=SILVER,
        settings=TrainSettings(steps=5, batch_size=4),
        on_step=heard.append,
    )
    assert [step.number for step in heard] == [0, 1, 2, 3, 4]
    assert {step.planned for step in heard} == {0.3}
    assert sum(step.share for step in heard) == pytest.approx(1.5)


def test_the_record_holds_all_that_made_the_run_and_can_be_read_back():
    run = train(Witness(), STRATEGIES["pooled"], gold=GOLD, silver=SILVER, settings=TrainSettings(steps=6, seed=4))
    record = json.loads(run_record(run, {"gold": "gold.jsonl"}))
    assert record["settings"]["settings"]["seed"] == 4
    assert record["settings"]["gold"]["sha256"] == GOLD.sha256
    assert record["settings"]["gold"]["examples"] == {"labels": 5}
    assert record["settings"]["strategy"]["stages"][0]["share"] == pytest.approx(9 / 14)
    assert record["options"] == {"gold": "gold.jsonl"}
    assert record["versions"]["vermeil"]
    assert Run.from_dict(record).mean_share == run.mean_share


def test_the_record_names_who_gave_the_silver_and_nobody_where_people_did():
    merged = Dataset((*SILVER, Example("Eve", (Span(0, 3, "PER"),), source="scripted:x + scripted:y")))
    run = train(Witness(), STRATEGIES["pooled"], gold=GOLD, silver=merged, settings=TrainSettings(steps=2))
    record = json.loads(run_record(run))["settings"]
    assert record["silver"]["teachers"] == ["scripted:x", "scripted:x + scripted:y"]
    assert "teachers" not in record["gold"]


def test_the_same_seed_teaches_the_same_batches():
    one, two, other = Witness(), Witness(), Witness()
    for witness, seed in ((one, 1), (two, 1), (other, 2)):
        train(witness, STRATEGIES["sigmoid"], gold=GOLD, silver=SILVER, settings=TrainSettings(steps=9, seed=seed))
    assert one.batches == two.batches
    assert one.batches != other.batches
