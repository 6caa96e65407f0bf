"""Students that learn classes of whole texts: one of each, or any number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from families import byte_level, word_piece, write_encoder
from transformers import DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel, pipeline

from vermeil.data import Example, Kind, Span, whole
from vermeil.errors import DataError, ModelError, SettingsError
from vermeil.students import load, student
from vermeil.students.transformer.student import Transformer

LABELS = ["travel", "work", "other"]
TAUGHT = [
    ("Alice Moreno flew to Lima.", "travel"),
    ("The mayor met the baker.", "work"),
    ("Nobody believed the baker's son.", "other"),
    ("Alice flew to Port Evelyn.", "travel"),
    ("The mayor met nobody.", "work"),
]
TEXTS = ["Alice flew to Lima.", "The mayor met Alice Moreno.", "Nobody", "\u200b"]


def texts_of(*texts: str) -> list[Example]:
    return [Example(text, source="") for text in texts]


def one(text: str, label: str, **fields: str) -> Example:
    return Example(text, (whole(text, label),), kind="class", **fields)


def several(text: str, *labels: str) -> Example:
    return Example(text, tuple(whole(text, label) for label in labels), kind="classes")


SINGLE = [one(*each) for each in TAUGHT]
MULTI = [several(TAUGHT[0][0], "travel", "work"), several(TAUGHT[1][0], "work"), several(TAUGHT[2][0])]


def taught(encoder: Path, kind: Kind, steps: int = 80, **settings: object) -> Transformer:
    fast = {"learning_rate": 3e-3, "train_embeddings": True, **settings}
    learner = student(str(encoder), LABELS, kind=kind, **fast)
    assert isinstance(learner, Transformer)
    learner.start_stage(steps)
    for _ in range(steps):
        learner.learn(SINGLE if kind == "class" else MULTI)
    return learner


@pytest.fixture(scope="module")
def single(tiny_encoder: Path) -> Transformer:
    return taught(tiny_encoder, "class")


@pytest.fixture(scope="module")
def multi(tiny_encoder: Path) -> Transformer:
    return taught(tiny_encoder, "classes")


def test_it_learns_the_class_of_each_text(single: Transformer):
    found = single.predict(SINGLE)
    assert found == [example.labels for example in SINGLE]
    assert all(0.5 < span.score <= 1 for [span] in found)


def test_it_learns_every_class_that_a_text_is_in_and_that_it_is_in_none(multi: Transformer):
    assert multi.predict(MULTI) == [example.labels for example in MULTI]


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_it_says_how_likely_each_class_is_also_those_that_it_does_not_give(kind: Kind, request: pytest.FixtureRequest):
    learner = request.getfixturevalue("single" if kind == "class" else "multi")
    examples = texts_of(*TEXTS, " ")
    for likely, labels in zip(learner.probabilities(examples), learner.predict(examples), strict=True):
        assert set(likely) == (set(learner.labels) if likely else set())
        assert {label: likely[label] for label in (span.label for span in labels)} == {s.label: s.score for s in labels}
        if kind == "class" and likely:
            assert sum(likely.values()) == pytest.approx(1)
    assert learner.probabilities(examples)[-1] == {}


def test_every_text_has_one_class_but_a_blank_one(single: Transformer):
    assert [len(labels) for labels in single.predict(texts_of("Lima", " ", "\u200b", ""))] == [1, 0, 1, 0]
    assert single.kind == "class"


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_a_saved_student_gives_the_same_labels_and_scores(kind: Kind, request: pytest.FixtureRequest, tmp_path: Path):
    learner = request.getfixturevalue("single" if kind == "class" else "multi")
    learner.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.kind == kind
    before, after = learner.predict(texts_of(*TEXTS)), again.predict(texts_of(*TEXTS))
    assert before == after
    assert [[s.score for s in each] for each in before] == [[s.score for s in each] for each in after]


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_the_pipeline_of_transformers_reads_the_folder(kind: Kind, request: pytest.FixtureRequest, tmp_path: Path):
    learner = request.getfixturevalue("single" if kind == "class" else "multi")
    learner.save(tmp_path / "model")
    read = pipeline("text-classification", str(tmp_path / "model"), device="cpu", top_k=None)
    for text, labels in zip(TEXTS, learner.predict(texts_of(*TEXTS)), strict=True):
        theirs = {each["label"]: each["score"] for each in read([text])[0]}
        sure = (
            {max(theirs, key=lambda label: theirs[label])}
            if kind == "class"
            else {label for label, score in theirs.items() if score >= 0.5}
        )
        assert {span.label for span in labels} == sure
        assert {span.label: span.score for span in labels} == pytest.approx(
            {label: theirs[label] for label in sure}, abs=1e-5
        )


def test_a_long_text_is_learnt_and_judged_window_by_window(tiny_encoder: Path):
    learner = taught(tiny_encoder, "class", window=16)
    long = one("The mayor met nobody. " * 20, "work")
    rows = learner._reader.learnt(0, long)
    assert len(rows) > 5
    assert sum(row.share for row in rows) == pytest.approx(1)
    [[found]] = learner.predict([long])
    assert (found.start, found.end, found.label) == (0, len(long.text), "work")


def test_a_long_text_counts_as_much_as_a_short_one(tiny_encoder: Path):
    learner = student(str(tiny_encoder), LABELS, kind="class", window=16)
    short, long = one("Nobody met her.", "work"), one("Nobody met her. " * 30, "other")
    losses = []
    for batch in ([short], [long], [short, long]):
        learner = student(str(tiny_encoder), LABELS, kind="class", window=16)
        learner.start_stage(1)
        losses.append(learner.learn(batch))
    assert losses[2] == pytest.approx((losses[0] + losses[1]) / 2, abs=1e-4)


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("kind", ["class", "classes"])
def test_the_same_seed_gives_the_same_bits(tiny_encoder: Path, kind: Kind, dropout: bool):
    weights = []
    for state in (1, 2):
        torch.manual_seed(state)
        learner = taught(tiny_encoder, kind, 4, seed=7, dropout=dropout)
        weights.append([each.detach().numpy().tobytes() for each in learner.network.parameters()])
    assert weights[0] == weights[1]


def test_it_goes_on_from_its_state_with_the_same_bits(tiny_encoder: Path):
    whole_run = taught(tiny_encoder, "class", 6)
    first = student(str(tiny_encoder), LABELS, kind="class", learning_rate=3e-3, train_embeddings=True)
    first.start_stage(6)
    for _ in range(3):
        first.learn(SINGLE)
    second = student(str(tiny_encoder), LABELS, kind="class", learning_rate=3e-3, train_embeddings=True)
    second.restore(first.state())
    for _ in range(3):
        second.learn(SINGLE)
    ours, theirs = whole_run.state().arrays, second.state().arrays
    assert {name: array.tobytes() for name, array in ours.items()} == {n: a.tobytes() for n, a in theirs.items()}


@pytest.mark.parametrize(("network", "config"), [(RobertaModel, RobertaConfig), (DistilBertModel, DistilBertConfig)])
def test_encoders_of_other_families_learn_classes(tmp_path: Path, network: type, config: type):
    tokenizer = byte_level() if network is RobertaModel else word_piece()
    folder = tmp_path / "encoder"
    if network is RobertaModel:
        write_encoder(folder, tokenizer, network, config, positions=66, padding=1)
    else:
        write_encoder(folder, tokenizer, network, config)
    learner = taught(folder, "class", learning_rate=2e-3)
    assert learner.predict(SINGLE) == [example.labels for example in SINGLE]


def test_an_encoder_without_a_pooler_gets_a_new_one(tiny_encoder: Path, tmp_path: Path):
    spans = student(str(tiny_encoder), ["PER"])
    spans.save(tmp_path / "tagger")  # a network that tags words has none
    assert taught(tmp_path / "tagger", "class").predict(SINGLE) == [example.labels for example in SINGLE]


def test_labels_of_another_kind_are_refused(single: Transformer):
    with pytest.raises(DataError, match=r"has labels of the kind 'spans', and the student learns 'class'"):
        single.learn([Example("Alice flew", (Span(0, 5, "travel"),))])


def test_one_class_is_none(tiny_encoder: Path):
    with pytest.raises(SettingsError, match="every text would be in the one class 'travel'; name at least two"):
        student(str(tiny_encoder), ["travel"], kind="class")


def test_a_folder_whose_card_names_another_kind_is_refused(single: Transformer, tmp_path: Path):
    single.save(tmp_path / "model")
    card = json.loads((tmp_path / "model" / "vermeil.json").read_text())
    card["settings"]["kind"] = "spans"
    (tmp_path / "model" / "vermeil.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="'id2label' are not those that the labels"):
        load(tmp_path / "model")
