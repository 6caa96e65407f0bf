"""The demo does the whole job, and does it where there is no network at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from vermeil import formats
from vermeil.compare import read_comparison
from vermeil.demo import Corpus, corpora, demo
from vermeil.demo.job import STRATEGIES
from vermeil.errors import UnknownName
from vermeil.tasks import read_task

SETS = ("gold", "dev", "test", "raw_gold")
SIZES = {"ner": (240, 100, 300, 800), "classify": (24, 24, 60, 92)}
pytestmark = pytest.mark.timeout(400)  # whichever test comes first runs both jobs

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
    """One run of the demo of every corpus with few steps for all tests here: its folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*namespace, sys.executable, str(PROGRAM), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(params=corpora())
def corpus(request):
    """The name of each embedded corpus."""
    return request.param


def test_the_demo_and_a_training_round_run_without_any_network(namespace, ran):
    if not namespace:
        pytest.skip("this system lets no one make a network namespace (unshare --user --net)")
    _, said = ran
    assert said["reachable"] is False
    assert said["predicted"] == 1


def test_the_recorded_answers_label_every_text_with_no_call(ran, corpus):
    _, said = ran
    assert (said[corpus]["texts"], said[corpus]["calls"]) == (SIZES[corpus][3], 0)


def test_the_teachers_are_good_but_not_perfect(ran):
    _, said = ran
    assert 0.97 < said["ner"]["teacher"] < 0.99
    assert said["classify"]["teacher"] == pytest.approx(84 / 92)  # seven doubtful texts, one answer that names no class
    assert (said["ner"]["failed"], said["classify"]["failed"]) == (0, 1)


def test_every_strategy_was_trained_and_scored_on_the_test_set(ran, corpus):
    folder, said = ran
    assert said[corpus]["rows"] == list(STRATEGIES)
    comparison = read_comparison(folder / corpus)
    assert all(len(row.results[0].scores.per_example) == SIZES[corpus][2] for row in comparison)
    assert len({row.steps for row in comparison}) == 1


def test_report_table_labels_and_model_are_left_for_the_user(ran, corpus):
    folder = ran[0] / corpus
    page = (folder / "report.html").read_text()
    assert "<svg" in page
    assert all(name in page for name in STRATEGIES)
    assert len((folder / "results.csv").read_text().splitlines()) == 1 + len(STRATEGIES)
    assert len(formats.read(folder / "silver.jsonl")) == SIZES[corpus][3]
    assert (folder / "model/model.safetensors").exists()
    assert read_task(folder / "task.toml").labels
    assert json.loads((folder / "model/run.json").read_text())["mean_share"] >= 0


def test_the_sentence_that_the_demo_labels_is_in_none_of_its_files(ran, corpus):
    _, said = ran
    found = Corpus(corpus)
    assert said[corpus]["sentence"] == found.job.sentence
    assert all(found.job.sentence not in path.read_text() for path in found.folder.glob("*.jsonl"))


def test_a_message_to_the_library_is_given_one_class(ran):
    _, said = ran
    (label,) = said["classify"]["classes"]
    assert label in Corpus("classify").task.labels


def test_the_embedded_corpora_are_sound_and_their_sets_share_no_text(corpus):
    found = Corpus(corpus)
    sets = {name: found.labelled(name) for name in SETS}
    assert tuple(map(len, sets.values())) == SIZES[corpus]
    assert {examples.kind for examples in sets.values()} == {found.task.kind}
    texts = [text for examples in sets.values() for text in examples.texts]
    assert len(set(texts)) == len(texts)
    assert found.texts.texts == sets["raw_gold"].texts


def test_the_classes_are_as_frequent_as_each_other_in_every_set():
    for name in SETS:
        counts = Counter(label for example in Corpus("classify").labelled(name) for label in example.classes)
        assert len(counts) == 4
        assert len(set(counts.values())) == 1


def test_an_unknown_corpus_is_named_with_those_there_are(tmp_path):
    with pytest.raises(UnknownName, match=r"no corpus named 'clasify'.*classify, ner"):
        demo(tmp_path, task="clasify")
    assert not any(tmp_path.iterdir())
