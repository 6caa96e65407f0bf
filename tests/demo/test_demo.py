"""The demo does the whole job, and does it where there is no network at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vermeil import formats
from vermeil.compare import read_comparison
from vermeil.demo.job import CORPUS, SENTENCE, STRATEGIES
from vermeil.tasks import read_task

PROGRAM = Path(__file__).with_name("in_closed_network.py")


@pytest.fixture(scope="module")
def namespace() -> list[str]:
    """The words that run a program in a new network namespace, whose loopback interface is down."""
    words = ["unshare", "--user", "--map-root-user", "--net"]
    works = (
        shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    )
    return words if works else []


@pytest.fixture(scope="module")
def ran(namespace, tmp_path_factory):
    """One run of the demo with few steps for all tests here: its folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [*namespace, sys.executable, str(PROGRAM), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(400)
def test_the_demo_and_a_training_round_run_without_any_network(namespace, ran):
    if not namespace:
        pytest.skip("this system lets no one make a network namespace (unshare --user --net)")
    _, said = ran
    assert said["reachable"] is False
    assert said["predicted"] == 1


@pytest.mark.timeout(400)
def test_the_recorded_answers_label_800_texts_with_no_call(ran):
    _, said = ran
    assert (said["texts"], said["calls"]) == (800, 0)
    assert said["teacher_f1"] > 0.97


def test_every_strategy_was_trained_and_scored_on_the_test_set(ran):
    folder, said = ran
    assert said["rows"] == list(STRATEGIES)
    comparison = read_comparison(folder)
    assert all(len(row.results[0].scores.per_example) == 300 for row in comparison)
    assert len({row.steps for row in comparison}) == 1


def test_report_table_labels_and_model_are_left_for_the_user(ran):
    folder, _ = ran
    page = (folder / "report.html").read_text()
    assert "<svg" in page
    assert all(name in page for name in STRATEGIES)
    assert len((folder / "results.csv").read_text().splitlines()) == 1 + len(STRATEGIES)
    assert len(formats.read(folder / "silver.jsonl")) == 800
    assert (folder / "model/model.safetensors").exists()
    assert read_task(folder / "task.toml").labels
    assert json.loads((folder / "model/run.json").read_text())["mean_share"] >= 0


def test_the_sentence_that_the_demo_labels_is_in_none_of_its_files(ran):
    _, said = ran
    assert said["sentence"] == SENTENCE
    assert all(SENTENCE not in path.read_text() for path in CORPUS.glob("*.jsonl"))


def test_the_embedded_corpus_is_sound_and_its_sets_share_no_sentence():
    sets = {name: formats.read(CORPUS / f"{name}.jsonl") for name in ("gold", "dev", "test", "raw_gold")}
    assert {name: len(examples) for name, examples in sets.items()} == {
        "gold": 240,
        "dev": 100,
        "test": 300,
        "raw_gold": 800,
    }
    texts = [text for examples in sets.values() for text in examples.texts]
    assert len(set(texts)) == len(texts)
    assert formats.read_texts(CORPUS / "raw.txt").texts == sets["raw_gold"].texts
