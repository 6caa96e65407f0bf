"""A teacher's classes are believed as far as its classes were right on gold."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Dataset, Example, Kind, Vote, whole
from vermeil.errors import DataError, SettingsError
from vermeil.silver.confusion import confusion
from vermeil.silver.merging import merge_teachers
from vermeil.silver.overlap import labelled_by_both
from vermeil.silver.settings import SilverSettings
from vermeil.silver.trust import Trust, trust

LABELS = ("sport", "trade", "law")


def one(text: str, label: str, source: str = "gold", score: float | None = None) -> Example:
    return Example(text, (whole(text, label, score),), source=source, kind="class")


def several(text: str, *labels: str, source: str = "gold") -> Example:
    return Example(text, tuple(whole(text, label) for label in labels), source=source, kind="classes")


def texts(count: int, kind: Kind, seed: int = 0) -> Dataset:
    draw = random.Random(f"{seed} texts")
    made = []
    for number in range(count):
        chosen = [draw.choice(LABELS)] if kind == "class" else [each for each in LABELS if draw.random() < 0.4]
        text = f"text {number} of {seed}"
        made.append(one(text, chosen[0]) if kind == "class" else several(text, *chosen))
    return Dataset(tuple(made), "gold")


def calls_law_trade(gold: Dataset, seed: int = 0) -> Dataset:
    """Seven of ten texts of law are called trade; of those in several classes, law is missed."""
    draw = random.Random(f"{seed} errors")

    def said(example: Example) -> Example:
        mistaken = "law" in example.classes and draw.random() < 0.7
        if not mistaken:
            return replace(example, source="teacher")
        if example.kind == "class":
            return one(example.text, "trade", source="teacher")
        return several(example.text, *(label for label in example.classes if label != "law"), source="teacher")

    return Dataset(tuple(map(said, gold)), "teacher")


def judged(kind: Kind, errors: bool = True, scores: bool = False) -> Trust:
    gold = texts(300, kind)
    both = labelled_by_both(gold, calls_law_trade(gold))
    return trust(both, LABELS, errors=errors, scores=scores, kind=kind)


def test_a_class_that_hides_another_is_doubted_and_what_it_hides_is_known():
    found = [judged("class").belief(one("x", label, "teacher"), [(0, 1)]) for label in LABELS]
    assert found[0].right[0] > 0.95
    assert found[1].right[0] == pytest.approx(1 / 1.7, abs=0.1)
    assert found[1].rows[0, 2] == pytest.approx(0.7 / 1.7, abs=0.1)
    assert found[2].right[0] > 0.9


def test_that_a_text_is_not_in_a_class_that_is_often_missed_is_doubted():
    belief = judged("classes").belief(several("x", "sport", source="teacher"), [(0, 1)] * 3)
    assert belief.right[0] > 0.95
    assert belief.right[1] > 0.95
    assert belief.right[2] < 0.8
    assert belief.rows[2, 1] == pytest.approx(1 - belief.right[2])


def test_a_label_is_believed_or_not():
    mostly_wrong = Dataset(tuple(one(each.text, "trade", "teacher") for each in texts(60, "class")))
    judge = trust(labelled_by_both(texts(60, "class"), mostly_wrong), LABELS, errors=True, scores=False, kind="class")
    said = one("x", "trade", "teacher")
    assert not judge.believes(said, said.labels[0])
    multi = several("x", "sport", "law", source="teacher")
    assert all(judged("classes").believes(multi, span) for span in multi.labels)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(0, 1000), st.sampled_from(["class", "classes"]))
def test_beliefs_are_probabilities_however_few_texts_they_rest_on(size: int, seed: int, kind: Kind):
    gold = texts(size, kind, seed)
    both = labelled_by_both(gold, calls_law_trade(gold, seed))
    table = confusion(both, LABELS, kind)
    for rows in (table.true, table.given):
        assert np.allclose(rows.sum(axis=-1), 1)
        assert (rows > 0).all()
    said = one("x", "law", "teacher", 0.8) if kind == "class" else several("x", "law", source="teacher")
    units = 1 if kind == "class" else 3
    belief = trust(both, LABELS, errors=True, scores=True, kind=kind).belief(said, [(0, 1)] * units)
    assert belief.rows.sum(axis=1) == pytest.approx(np.ones(units))
    assert ((belief.right > 0) & (belief.right < 1)).all()


def test_without_gold_a_score_counts_as_it_is_and_other_classes_are_alike():
    belief = trust((), LABELS, errors=False, scores=True, kind="class").belief(one("x", "trade", "t", 0.6), [(0, 1)])
    assert belief.rows[0] == pytest.approx([0.2, 0.6, 0.2], abs=1e-5)


def test_what_another_voter_said_is_what_a_text_may_be():
    example = replace(one("x", "sport", "t", 0.6), votes=(Vote(0, 1, "law", ("a",), 0.4),))
    belief = trust((), LABELS, errors=False, scores=True, kind="class").belief(example, [(0, 1)])
    assert belief.rows[0] == pytest.approx([0.6, 0, 0.4], abs=1e-5)


def test_boastful_scores_are_calibrated():
    gold = texts(300, "class")
    boastful = Dataset(tuple(one(each.text, each.classes[0], "t", 1.0) for each in calls_law_trade(gold)))
    judge = trust(labelled_by_both(gold, boastful), LABELS, errors=False, scores=True, kind="class")
    [right] = judge.belief(one("x", "sport", "t", 1.0), [(0, 1)]).right
    assert right == pytest.approx(0.77, abs=0.06)  # of the texts, a third is of law, and 0.7 of those are wrong


def test_its_rates_are_recorded_by_class():
    assert list(judged("class").as_dict()["right"]) == list(LABELS)
    assert "not law" in judged("classes").as_dict()["right"]


@pytest.mark.parametrize(("kind", "doubt"), [("class", "boundary"), ("class", "missed"), ("classes", "type")])
def test_doubts_that_cannot_be_are_refused(kind: Kind, doubt: str):
    with pytest.raises(SettingsError, match=f"leaves nothing out: labels of the kind '{kind}' differ by"):
        SilverSettings(disagreement=(doubt,)).check_for(kind)


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_merged_teachers_are_better_than_each_of_them(kind: Kind):
    gold = texts(500, kind, seed=5)
    known = Dataset(gold.examples[:200], "gold")
    sure = {e.text: e.labels for e in gold}
    poor = random.Random(1)
    guessing = Dataset(
        tuple(
            replace(each, source="t", labels=each.labels if poor.random() < 0.7 else (whole(each.text, "sport"),))
            for each in gold
        )
    )
    teachers = {"lawless": calls_law_trade(gold), "sporty": guessing, "mute": calls_law_trade(gold, seed=2)}
    merged = merge_teachers(teachers, known).silver
    right = {name: sum(sure[e.text] == e.labels for e in said) for name, said in {**teachers, "all": merged}.items()}
    assert merged.kind == kind
    assert right["all"] > max(right[name] for name in teachers)
    if kind == "class":
        assert all(len(example.labels) == 1 for example in merged)


def test_teachers_of_different_kinds_are_not_merged():
    gold = texts(5, "class")
    with pytest.raises(DataError, match="b has labels of the kind 'classes', and gold of 'class'; merge like ones"):
        merge_teachers({"a": gold, "b": Dataset((several("text 0 of 0", "law"),))}, gold)
