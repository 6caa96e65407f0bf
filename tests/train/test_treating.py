"""The teacher is judged by the run's gold before the first step, and by nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from families import word_piece, write_encoder

from vermeil.data import Dataset, Example, Span, whole
from vermeil.errors import DataError, SettingsError
from vermeil.silver.settings import AS_IT_IS, TREATMENTS, SilverSettings
from vermeil.students import student
from vermeil.students.transformer.settings import TransformerSettings
from vermeil.students.transformer.student import Transformer
from vermeil.train.checkpoint import checkpoints, digest
from vermeil.train.run import run_record
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train

LABELS = ("PER", "LOC", "ORG")
SOURCE = "scripted:x"


def sentences(names, verb, source="gold", wrong=False):
    """ "Ada saw Lima": a wrong teacher calls every place an organisation."""
    made = []
    for name in names:
        spans = (Span(0, 3, "PER"), Span(5 + len(verb), 9 + len(verb), "ORG" if wrong else "LOC"))
        made.append(Example(f"{name} {verb} Lima", spans, source=source))
    return Dataset(tuple(made), f"{verb} {source}")


NAMES = [f"{first}{second}a" for first in "ABCDEF" for second in "aeiou"]
GOLD = sentences(NAMES, "saw")
SILVER = sentences(NAMES, "met", SOURCE, wrong=True)
ON_GOLD = sentences(NAMES, "saw", SOURCE, wrong=True)
MASKED = TrainSettings(steps=20, batch_size=8, silver=SilverSettings(errors=True, use="mask"))


def taught(settings=MASKED, strategy="pooled", **sets):
    learner = student("memorizer", LABELS)
    given = {"gold": GOLD, "silver": SILVER, "overlap": ON_GOLD} | sets
    return learner, train(learner, STRATEGIES[strategy], **given, settings=settings)


def test_what_the_teacher_gets_wrong_on_gold_is_not_learnt_from_its_other_texts():
    believed, _ = taught(replace_silver(AS_IT_IS), strategy="silver-only")
    doubted, run = taught(strategy="silver-only")
    assert believed.votes["Lima"]["ORG"] > 0
    assert not doubted.votes["Lima"]
    assert doubted.votes["Aaa"]["PER"] > 0
    assert run.settings["treatment"]["left_out"]["rather wrong than right"] > 0


def replace_silver(silver):
    return MASKED.model_copy(update={"silver": silver})


def test_silver_of_gold_texts_may_come_with_the_rest_and_is_not_learnt_from():
    both = Dataset((*SILVER, *ON_GOLD))
    _, apart = taught()
    _, together = taught(silver=both, overlap=Dataset(()))
    assert together.settings["silver"]["sha256"] == apart.settings["silver"]["sha256"]
    assert together.settings["treatment"] == apart.settings["treatment"]
    _, as_it_is = taught(replace_silver(AS_IT_IS), silver=both)
    assert as_it_is.settings["silver"]["examples"] == {"labels": 60}


def test_the_record_says_what_was_estimated_from_how_many_texts():
    _, run = taught()
    record = json.loads(run_record(run))["settings"]
    assert record["settings"]["silver"]["use"] == "mask"
    treatment = record["treatment"]
    assert treatment["texts"] == 30
    assert treatment["errors"]["wrong"]["type"]["ORG"]["value"] > 0.9
    assert treatment["errors"]["precision"]["ORG"]["high"] < 0.2 < 0.8 < treatment["errors"]["precision"]["PER"]["low"]


def test_a_run_that_takes_silver_as_it_is_says_nothing_of_it():
    _, run = taught(replace_silver(AS_IT_IS))
    assert "treatment" not in run.settings


def test_a_teacher_that_labelled_no_gold_text_cannot_be_judged():
    with pytest.raises(DataError, match=r"met scripted:x has labels for none of the 30 texts of saw gold"):
        taught(overlap=Dataset(()))


def test_scores_need_no_gold():
    scored = replace(SILVER[0], labels=(Span(0, 3, "PER", score=0.9), Span(8, 12, "PER", score=0.2)))
    learner, _ = taught(
        replace_silver(SilverSettings(scores=True, use="mask")),
        strategy="silver-only",
        silver=Dataset((scored,)),
        overlap=Dataset(()),
    )
    assert set(learner.votes) == {"Aaa"}


def test_where_a_strategy_draws_no_silver_none_is_judged():
    _, run = taught(strategy="gold-only", overlap=Dataset(()))
    assert "treatment" not in run.settings


def test_silver_from_a_file_that_names_no_teacher_is_silver_all_the_same():
    nameless = Dataset(tuple(replace(example, source="gold") for example in SILVER), "silver.conll")
    doubted, _ = taught(strategy="silver-only", silver=nameless)
    assert not doubted.votes["Lima"]


def test_a_student_that_cannot_treat_silver_is_refused_before_any_step():
    class Simple:
        labels = LABELS
        kind = "spans"
        settings = {}

        def start_stage(self, steps, learning_rate=None):
            raise AssertionError

    with pytest.raises(SettingsError, match="the student Simple takes silver as it is"):
        train(Simple(), STRATEGIES["pooled"], gold=GOLD, silver=SILVER, overlap=ON_GOLD, settings=MASKED)


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"gold-only", "gold-then-gold"}))
def test_every_strategy_that_draws_silver_goes_with_it(strategy):
    _, run = taught(MASKED.model_copy(update={"steps": 40, "learning_rate": 1e-3}), strategy=strategy)
    assert run.settings["treatment"]["texts"] == 30


class Stop(Exception):
    pass


def test_a_run_with_doubts_goes_on_from_its_checkpoint_with_the_same_bits(tmp_path):
    encoder = write_encoder(tmp_path / "encoder", word_piece())
    every = SilverSettings(
        errors=True, use="soft", disagreement=("missed", "invented", "type", "boundary"), after=0.2, smoothing=0.1
    )
    settings = TrainSettings(steps=10, batch_size=6, silver=every)

    def run(stop_at=None):
        def on_step(step):
            if step.number == stop_at:
                raise Stop

        learner = student(str(encoder), LABELS)
        sets = {"gold": GOLD, "silver": SILVER, "overlap": ON_GOLD}
        with checkpoints(tmp_path / "kept", every=0.0) as kept:
            done = train(learner, STRATEGIES["pooled"], **sets, settings=settings, on_step=on_step, checkpoints=kept)
            kept.remove()
        return digest(learner.state()), done.settings["treatment"]

    unbroken = run()
    with pytest.raises(Stop):
        run(stop_at=6)
    assert run() == unbroken
    assert sum(unbroken[1]["left_out"].values()) > 0


def class_data(kind, count=24):
    """Gold of two classes, and a teacher that calls a third of the trips work."""
    made, said = [], []
    for number in range(count):
        trip = number % 2 == 0
        text = f"Alice {'flew to Lima' if trip else 'met the baker'} {number}"
        label = "travel" if trip else "work"
        mistaken = "work" if trip and number % 3 == 0 else label
        made.append(Example(text, (whole(text, label),), kind=kind))
        said.append(Example(text, (whole(text, mistaken, 0.9),), source="scripted:x", kind=kind))
    return Dataset(tuple(made), "gold"), Dataset(tuple(said), "silver")


@pytest.mark.parametrize("kind", ["class", "classes"])
@pytest.mark.parametrize("name", sorted(TREATMENTS))
def test_classes_are_treated_in_every_way(tmp_path, kind, name):
    gold, silver = class_data(kind)
    encoder = write_encoder(tmp_path / "encoder", word_piece())

    def weights():
        learner = Transformer(encoder, ["travel", "work"], settings=TransformerSettings(kind=kind))
        run = train(
            learner,
            STRATEGIES["pooled"],
            gold=Dataset(gold.examples[:10], "gold"),
            silver=silver,
            settings=TrainSettings(steps=4, batch_size=8, silver=name),
        )
        return run, [array.tobytes() for array in learner.state().arrays.values()]

    (run, first), (_, second) = weights(), weights()
    assert first == second
    assert all(step.loss > 0 for step in run.steps)
    if name != "as-it-is":
        assert run.settings["treatment"] is not None


def test_a_doubt_that_no_class_can_raise_is_refused():
    gold, silver = class_data("class")
    learner = student("memorizer", ["travel", "work"], kind="class")
    settings = TrainSettings(steps=4, silver=SilverSettings(disagreement=("boundary",)))
    with pytest.raises(SettingsError, match="labels of the kind 'class' differ by type alone"):
        train(learner, STRATEGIES["pooled"], gold=gold, silver=silver, settings=settings)
