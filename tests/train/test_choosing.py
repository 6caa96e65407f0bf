"""The model is the state that was best on dev, and a stage that brings nothing more ends early."""

from __future__ import annotations

import pytest
from families import word_piece, write_encoder

from vermeil.blend.schedules import Constant
from vermeil.data import Dataset, Example, Span
from vermeil.errors import DataError, SettingsError, UnknownName
from vermeil.evaluate.score import evaluate
from vermeil.students import student
from vermeil.students.base import State
from vermeil.train.checkpoint import checkpoints, digest
from vermeil.train.choosing import Choice
from vermeil.train.run import Run
from vermeil.train.stages import Stage
from vermeil.train.strategies import STRATEGIES, Strategy
from vermeil.train.trainer import TrainSettings, train

GOLD = Dataset(
    tuple(Example(f"Ada flew to Lima on day {i}.", (Span(0, 3, "PER"), Span(12, 16, "LOC"))) for i in range(7)), "gold"
)
SILVER = Dataset(tuple(Example(f"Bob met Ada {i} times", (Span(0, 3, "PER"),), source="scripted:x") for i in range(9)))
DEV = Dataset(tuple(Example(f"Eve {i}", (Span(0, 3, "PER"),)) for i in range(10)), "dev")


class Waxing:
    """A student that finds as many of dev's ten names after each step as it was told to."""

    labels, settings, kind = ("PER", "LOC"), {"kind": "waxing"}, "spans"

    def __init__(self, finds: list[int]) -> None:
        self.finds, self.steps, self.stages, self.taught = finds, 0, 0, set()

    def start_stage(self, steps, learning_rate=None):
        self.stages += 1

    def learn(self, batch):
        self.taught.update(example.text for example in batch)
        self.steps += 1
        return 1.0

    def predict(self, examples, on_done=lambda count: None):
        assert {example.text for example in examples} == set(DEV.texts), "only dev is looked at"
        found = self.finds[self.steps - 1]
        return [(Span(0, 3, "PER"),) if number < found else () for number in range(len(examples))]

    def state(self):
        return State(values={"steps": self.steps})

    def restore(self, state):
        self.steps = state.values["steps"]


def taught(finds, strategy="gold-only", **settings):
    learner = Waxing(finds)
    plan = strategy if isinstance(strategy, Strategy) else STRATEGIES[strategy]
    settings = TrainSettings(batch_size=2, **{"steps": len(finds), **settings})
    return learner, train(learner, plan, gold=GOLD, silver=SILVER, dev=DEV, settings=settings)


def test_the_model_is_the_state_that_was_best_on_dev_the_earliest_of_equals():
    learner, run = taught([1, 4, 2, 9, 3, 9, 1, 2], check_every=2)
    assert [(check.step, round(check.score, 2)) for check in run.checks] == [(2, 0.57), (4, 0.95), (6, 0.95), (8, 0.33)]
    assert (learner.steps, run.kept, len(run.steps)) == (4, 4, 8)


class Says:
    """A predictor that gives what it was told to."""

    def __init__(self, labels):
        self.labels = labels

    def predict(self, examples, on_done=lambda count: None):
        return [(Span(0, 3, label),) if label else () for label in self.labels]

    def state(self):
        return State(values={"labels": self.labels})


@pytest.mark.parametrize(("by", "best"), [("", 1), ("f1", 1), ("macro-f1", 2)])
def test_macro_f1_chooses_a_state_that_finds_the_rare_label_over_one_that_finds_the_frequent_one(by, best):
    dev = Dataset((*DEV, Example("Ems 10", (Span(0, 3, "LOC"),))))
    choice = Choice(dev, every=1, by=by)
    for step, labels in enumerate((["PER"] * 10 + [""], ["PER"] * 4 + [""] * 6 + ["LOC"]), start=1):
        choice.after_step(Says(labels), step, 0, step, 2)
    assert choice.best.step == best


def test_a_figure_that_nothing_is_chosen_by_is_refused_before_the_first_step():
    with pytest.raises(UnknownName, match="macro f1, exact"):
        taught([1, 2], check_every=1, choose_by="macro f1, exact")


def test_a_figure_to_choose_by_needs_looks_at_dev():
    with pytest.raises(SettingsError, match="choosing by macro-f1 needs check_every"):
        taught([1, 2], choose_by="macro-f1")


def test_without_a_look_at_dev_the_model_is_what_the_last_step_left():
    learner, run = taught([9, 1, 1, 1])
    assert (learner.steps, run.kept, run.checks) == (4, 4, ())


def test_a_stage_ends_after_so_many_looks_without_a_rise():
    learner, run = taught([5, 6, 4, 6, 3, 9, 9, 9], check_every=1, patience=3)
    assert len(run.steps) == 5
    assert learner.steps == run.kept == 2


def test_only_its_own_stage_ends_and_the_next_one_begins():
    two = Strategy((Stage(Constant(1.0), 0.5), Stage(Constant(0.0), 0.5)))
    learner, run = taught([5, 4, 3, 6, 7, 7, 7, 0, 0, 0], two, check_every=1, patience=2)
    assert [step.stage for step in run.steps] == [0, 0, 0, 1, 1, 1, 1]
    assert (learner.stages, run.kept) == (2, 5)
    assert run.mean_share == pytest.approx(3 / 5), "of the steps that made the model"


def test_there_is_a_look_at_the_end_of_each_stage_however_rarely_one_is_asked_for():
    _, run = taught([1, 2, 3, 4], "silver-then-gold", check_every=100)
    assert [check.step for check in run.checks] == [2, 4]
    assert [step.dev is not None for step in run.steps] == [False, True, False, True]


def test_what_was_seen_is_in_the_record_and_is_read_back():
    _, run = taught([1, 9, 2, 2], check_every=1)
    assert run.as_dict()["kept"] == 2
    assert run.as_dict()["settings"]["dev"]["sha256"] == DEV.sha256
    assert Run.from_dict(run.as_dict()).checks == run.checks


def test_choosing_without_a_dev_set_or_without_saying_how_often_is_refused():
    chosen = TrainSettings(steps=4, check_every=2)
    with pytest.raises(DataError, match="needs a dev set, but there is none; give dev labels"):
        train(Waxing([1] * 4), STRATEGIES["gold-only"], gold=GOLD, settings=chosen)
    with pytest.raises(SettingsError, match="a patience of 3 checks needs check_every"):
        taught([1] * 4, patience=3)


class Stop(Exception):
    pass


@pytest.mark.parametrize("strategy", ["silver-then-gold", "sigmoid"])
def test_stopped_anywhere_it_chooses_as_an_unbroken_run_does(tmp_path, strategy):
    encoder = str(write_encoder(tmp_path / "encoder", word_piece()))
    settings = TrainSettings(steps=10, batch_size=3, check_every=2, patience=2, learning_rate=0.01)

    def trained(learner, stop_at=None, folder=None):
        def on_step(step):
            if step.number == stop_at:
                raise Stop

        sets = {"gold": GOLD, "silver": SILVER, "dev": GOLD}
        if folder is None:
            return train(learner, STRATEGIES[strategy], **sets, settings=settings, on_step=on_step)
        with checkpoints(folder, every=0) as kept:
            return train(learner, STRATEGIES[strategy], **sets, settings=settings, on_step=on_step, checkpoints=kept)

    whole, resumed = (student(encoder, ("PER", "LOC")) for _ in range(2))
    without = trained(whole)
    for stop_at in (3, len(without.steps) - 1):
        with pytest.raises(Stop):
            trained(student(encoder, ("PER", "LOC")), stop_at, tmp_path / "c")
    run = trained(resumed, folder=tmp_path / "c")
    assert run.checks == without.checks
    assert digest(resumed.state()) == digest(whole.state())
    assert evaluate(resumed, GOLD).f1 == max(check.score for check in run.checks)
