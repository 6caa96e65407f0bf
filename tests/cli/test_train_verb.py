"""`vermeil train` goes on where it was stopped, says so when it cannot, and leaves nothing but the model."""

from __future__ import annotations

import json

import pytest

from vermeil.data import Dataset, Example, Span
from vermeil.formats import write
from vermeil.train.checkpoint import beside, checkpoints


@pytest.fixture
def gold(tmp_path):
    write(Dataset(tuple(Example(f"Ada {i} sang", (Span(0, 3, "PER"),)) for i in range(6))), tmp_path / "gold.jsonl")
    return tmp_path / "gold.jsonl"


def arguments(gold, *more):
    model = gold.parent / "model"
    return ("train", "--gold", gold, "--strategy", "gold-only", "--student", "memorizer", "--out", model, *more)


@pytest.fixture
def stopped(vermeil, gold, monkeypatch):
    """A run whose model could not be written, so that its checkpoint is still there."""
    (gold.parent / "model").mkdir()
    (gold.parent / "model" / "diary.txt").write_text("mine")
    ran = vermeil(*arguments(gold, "--steps", 5, "--checkpoint-every", 0))
    assert (ran.code, "diary.txt" in ran.err) == (2, True)
    (gold.parent / "model" / "diary.txt").unlink()
    (gold.parent / "model").rmdir()
    return gold


def test_the_same_command_goes_on_and_leaves_only_the_model(vermeil, stopped):
    assert [path.name for path in beside(stopped.parent / "model").glob("step-*")] == ["step-000000005"]
    assert vermeil(*arguments(stopped, "--steps", 5)).code == 0
    assert sorted(path.name for path in stopped.parent.iterdir()) == ["gold.jsonl", "model"]


def test_another_run_does_not_take_its_checkpoint(vermeil, stopped):
    ran = vermeil(*arguments(stopped, "--steps", 6))
    assert ran.code == 2
    assert "belongs to a run with another settings.steps" in " ".join(ran.err.split())
    assert len(ran.err.strip().splitlines()) == 1
    assert vermeil(*arguments(stopped, "--steps", 6, "--fresh")).code == 0


def test_two_runs_into_one_model_are_not_possible(vermeil, gold):
    with checkpoints(beside(gold.parent / "model")):
        ran = vermeil(*arguments(gold))
    assert (ran.code, "another run" in ran.err) == (2, True)


def test_a_negative_interval_is_refused(vermeil, gold):
    ran = vermeil(*arguments(gold, "--checkpoint-every", -1))
    assert ran.code == 2
    assert not (gold.parent / "model").exists()


def test_texts_that_are_learnt_from_twice_are_told(vermeil, gold):
    ran = vermeil(*arguments(gold, "--silver", gold, "--strategy", "pooled"))
    assert ran.code == 0, ran.err
    assert "have gold and silver labels, and both are learnt" in " ".join(ran.err.split())
    assert "both are learnt" not in vermeil(*arguments(gold, "--silver", gold, "--fresh")).err


@pytest.mark.parametrize(("kind", "missing"), [("gold", "silver"), ("silver", "gold")])
def test_a_pool_of_one_kind_alone_is_told(vermeil, gold, kind, missing):
    ran = vermeil(
        *("train", f"--{kind}", gold, "--strategy", "pooled", "--student", "memorizer", "--steps", 5),
        *("--out", gold.parent / "model"),
    )
    assert f"there are no {missing} labels: pooled learns from {kind} alone" in " ".join(ran.err.split())
    assert ran.code == 0


def test_a_strategy_on_the_command_line_takes_the_place_of_a_files_stages(vermeil, gold):
    config, model = gold.parent / "train.toml", gold.parent / "model"
    config.write_text(f"""
gold = "{gold.name}"
silver = "{gold.name}"
student = "memorizer"
out = "model"
stages = [{{ schedule = "constant", share = 0.0 }}]
train.steps = 4
""")
    assert vermeil("train", "--config", config).code == 0
    assert json.loads((model / "run.json").read_text())["mean_share"] == 0
    ran = vermeil("train", "--config", config, "--strategy", "silver-only", "--out", gold.parent / "other")
    assert ran.code == 0
    assert json.loads((gold.parent / "other/run.json").read_text())["mean_share"] == 1
    config.write_text('strategy = "pooled"\n' + config.read_text())
    ran = vermeil("train", "--config", config)
    assert (ran.code, "a strategy is named (pooled) and stages are given" in " ".join(ran.err.split())) == (2, True)


def test_gold_that_a_teacher_labelled_is_told(vermeil, gold):
    gold.write_text(gold.read_text().replace('"source": "gold"', '"source": "openai:m"'))
    ran = vermeil(*arguments(gold))
    assert ran.code == 0, ran.err
    assert "gold.jsonl has labels from openai:m, not from people; is it the silver?" in " ".join(ran.err.split())


ANNOTATE = ("annotate", "raw.txt", "--task", "task.toml", "--llm", "scripted:answers.jsonl", "--out", "silver.jsonl")


def test_the_record_says_who_taught_and_what_it_was_told_unless_another_run_has_annotated_since(vermeil, desk):
    train = ("train", "--silver", "silver.jsonl", "--student", "memorizer", "--steps", 2, "--out")
    assert vermeil(*ANNOTATE).code == 0
    assert vermeil(*train, "model").code == 0
    record = json.loads((desk / "model/run.json").read_text())
    beside = desk / "silver.jsonl.run.json"
    annotated = json.loads(beside.read_text())
    assert record["settings"]["silver"]["teachers"] == ["scripted:answers.jsonl"]
    assert record["annotation"] == {
        "prompt_sha256": annotated["prompt_sha256"],
        "labels": {"PER": "a person's name", "LOC": "a place"},
    }
    for left in (json.dumps(annotated | {"silver_sha256": "0" * 64}), "[]", "{"):
        beside.write_text(left)
        assert vermeil(*train, "later").code == 0
        later = json.loads((desk / "later/run.json").read_text())
        assert later["settings"]["silver"]["teachers"] == ["scripted:answers.jsonl"]
        assert "annotation" not in later


@pytest.mark.parametrize("endless", ["inf", "nan"])
def test_an_endless_run_is_refused(vermeil, gold, endless):
    ran = vermeil(*arguments(gold, "--epochs", endless))
    assert (ran.code, len(ran.err.strip().splitlines())) == (2, 1)
    assert "train.epochs" in ran.err


TASK = """
task = "classify"

[labels]
trip = "somebody goes somewhere"
work = "somebody works"
rest = "nobody does anything"
"""


def test_labels_are_of_the_tasks_kind_and_a_class_that_gold_never_shows_is_told_once(vermeil, tmp_path):
    (tmp_path / "task.toml").write_text(TASK)
    (tmp_path / "gold.csv").write_text("text,label\nAda flew,trip\nBob met Ada,work\n")
    ran = vermeil(*arguments(tmp_path / "gold.csv", "--task", tmp_path / "task.toml", "--steps", 2))
    assert ran.code == 0, ran.err
    assert " ".join(ran.err.split()).count("gold never shows rest") == 1


def test_spans_for_a_task_of_classes_are_refused_in_one_line(vermeil, gold):
    (gold.parent / "task.toml").write_text(TASK)
    ran = vermeil(*arguments(gold, "--task", gold.parent / "task.toml"))
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1
    assert "gold.jsonl:1" in ran.err
