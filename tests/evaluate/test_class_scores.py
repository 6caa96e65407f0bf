"""Classes of whole texts: accuracy, exact match, confusion, macro F1, and what is lost on the way."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from vermeil.data import Dataset, Example, Span, whole
from vermeil.errors import DataError, UnknownName
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.figures import FIGURES
from vermeil.evaluate.score import Scores, score, score_examples
from vermeil.evaluate.significance import difference, interval

CLASSES = ("bad", "good", "mixed")


def in_classes(*names: str, number: int = 0, kind: str = "class", **given) -> Example:
    text = f"film {number}"
    return Example(text, tuple(whole(text, name) for name in names), id=str(number), kind=kind, **given)


def given(example: Example, *names: str, score: float | None = None) -> tuple[Span, ...]:
    return tuple(whole(example.text, name, score) for name in names)


def sorted_at_random(seed: int, several: bool = False) -> tuple[list[Example], list[tuple[Span, ...]]]:
    rng = random.Random(seed)
    gold, predicted = [], []
    for number in range(rng.randint(1, 60)):
        pick = [rng.sample(CLASSES, rng.randint(0, 3) if several else 1) for _ in range(2)]
        gold.append(in_classes(*pick[0], number=number, kind="classes" if several else "class"))
        predicted.append(given(gold[-1], *(pick[0] if rng.random() < 0.4 else pick[1]), score=rng.random()))
    return gold, predicted


# ---------------------------------------------------------------- one class


@pytest.mark.parametrize("seed", range(50))
def test_one_class_scores_as_the_formulas_of_a_confusion_matrix_say(seed):
    gold, predicted = sorted_at_random(seed)
    scores = score(gold, predicted)
    matrix = np.zeros((3, 3))
    for example, found in zip(gold, predicted, strict=True):
        matrix[CLASSES.index(example.classes[0]), CLASSES.index(found[0].label)] += 1
    assert {pair: n for pair, n in scores.confusion.items() if n} == {
        (CLASSES[i], CLASSES[j]): matrix[i, j] for i, j in zip(*np.nonzero(matrix), strict=True)
    }
    accuracy = matrix.trace() / matrix.sum()
    assert scores.accuracy == pytest.approx(accuracy, abs=1e-12)
    assert scores.f1 == pytest.approx(accuracy, abs=1e-12)
    assert scores.value == scores.accuracy
    # F1 of a class is 2 right / (its row + its column), and the macro mean is over classes that occur on either side
    both = matrix.sum(0) + matrix.sum(1)
    by_class = 2 * matrix.diagonal()[both > 0] / both[both > 0]
    assert [counts.f1 for counts in scores.by_label.values()] == pytest.approx(list(by_class), abs=1e-12)
    assert scores.macro_f1 == pytest.approx(by_class.mean(), abs=1e-12)


@pytest.mark.parametrize("several", [False, True])
def test_classes_score_as_in_scikit_learn(several):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted = sorted_at_random(11, several)
    scores = score(gold, predicted)
    sides = ([set(e.classes) for e in gold], [{span.label for span in found} for found in predicted])
    # a column for each class, and for one class the names themselves
    true, found = ([[name in names for name in CLASSES] if several else min(names) for names in side] for side in sides)
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(true, found), abs=1e-12)
    for average, mine in (("micro", scores.f1), ("macro", scores.macro_f1)):
        assert mine == pytest.approx(metrics.f1_score(true, found, average=average, zero_division=0), abs=1e-12)
    for part in ("precision", "recall"):
        theirs = getattr(metrics, f"{part}_score")(true, found, average=None, zero_division=0)
        assert [getattr(counts, part) for counts in scores.by_label.values()] == pytest.approx(list(theirs), abs=1e-12)


def test_a_class_that_gold_never_shows_lowers_the_macro_mean_and_has_no_support():
    gold = [in_classes("bad", number=1), in_classes("good", number=2)]
    scores = score(gold, [given(gold[0], "bad"), given(gold[1], "mixed")])
    assert scores.by_label["mixed"] == Counts(0, 1, 0)
    assert scores.macro_f1 == pytest.approx(1 / 3)
    assert scores.confusion == {("bad", "bad"): 1, ("good", "mixed"): 1}


def test_two_classes_where_a_text_has_one_are_refused_with_the_text():
    gold = [in_classes("bad", number=7)]
    with pytest.raises(DataError, match="the prediction for example '7' has the classes bad, good"):
        score(gold, [given(gold[0], "bad", "good")])


def test_a_text_without_a_prediction_is_wrong_and_stands_in_the_confusion_matrix():
    gold = Dataset(tuple(in_classes("bad", number=n) for n in range(4)))
    silver = Dataset((*gold.examples[:2], in_classes(number=2, source="llm", failed="unreadable")))
    scores = score_examples(gold, silver)
    assert (scores.accuracy, scores.failed, scores.absent) == (0.5, 1, 1)
    assert scores.f1 == pytest.approx(2 / 3)  # no wrong class was given, so precision is 1
    assert scores.confusion == {("bad", "bad"): 2, ("bad", ""): 2}
    assert interval([scores]).value == 0.5


@pytest.mark.parametrize("kind", sorted(FIGURES))
def test_one_can_choose_by_macro_f1_however_it_is_spelt_and_by_default_as_rows_are_compared(kind):
    figures = FIGURES[kind]
    assert figures.chosen() == (figures.name, figures.measure)
    assert {figures.chosen(name) for name in ("macro F1", "macro-f1", "Macro_F1")} == {("macro F1", "macro_f1")}
    with pytest.raises(UnknownName, match="no figure to choose by named 'recall'"):
        figures.chosen("recall")


def test_gold_without_a_class_is_refused_and_not_right_where_nothing_is_predicted():
    sound, without = in_classes("good", number=1), in_classes(number=2)
    for gold in ([sound, without], [without], [sound, Example("film 3")]):
        with pytest.raises(DataError, match="has no class, where a text has one; give it one, or leave it out of gold"):
            score(gold, [()] * len(gold))
    several = [in_classes("good", number=1, kind="classes"), in_classes(number=2, kind="classes")]
    assert score(several, [(), ()]).accuracy == 0.5  # in none of several classes is an answer


# ---------------------------------------------------------------- any number of classes


@pytest.mark.parametrize("seed", range(20))
def test_several_classes_match_exactly_or_not(seed):
    gold, predicted = sorted_at_random(seed, several=True)
    scores = score(gold, predicted)
    same = [{*e.classes} == {span.label for span in found} for e, found in zip(gold, predicted, strict=True)]
    assert scores.accuracy == pytest.approx(np.mean(same))
    assert scores.value == scores.f1


def test_a_text_in_no_class_is_right_where_none_is_given_but_not_where_the_answer_failed():
    gold = Dataset(tuple(in_classes(number=n, kind="classes") for n in range(3)))
    silver = Dataset(
        (
            in_classes(number=0, kind="classes", source="llm"),
            in_classes(number=1, kind="classes", source="llm", failed="unreadable"),
        )
    )
    scores = score_examples(gold, silver)
    assert scores.exact == (True, False, False)
    assert interval([scores], "accuracy").value == pytest.approx(1 / 3)


# ---------------------------------------------------------------- intervals and tests


def test_intervals_and_differences_are_of_accuracy_where_texts_have_one_class():
    gold, predicted = sorted_at_random(3)
    good, silent = score(gold, predicted), score(gold, [()] * len(gold))
    found = interval([good])
    assert found == interval([good], "accuracy")
    assert found == interval([good], "recall")
    assert difference([good], [silent]).value == pytest.approx(good.accuracy)


# ---------------------------------------------------------------- kept and shown


@pytest.mark.parametrize("several", [False, True])
def test_scores_of_classes_come_back_from_json_unchanged(several):
    scores = score(*sorted_at_random(5, several))
    plain = json.loads(json.dumps(scores.as_dict()))
    assert Scores.from_dict(plain) == scores
    assert plain["accuracy"] == scores.accuracy
    assert plain["calibration_error"] == scores.calibration.error


def test_scores_saved_before_there_were_classes_still_load():
    text = "Ada flew."
    scores = score([Example(text, (Span(0, 3, "PER"),))], [(Span(0, 3, "PER"),)])
    old = {name: value for name, value in scores.as_dict().items() if name not in ("kind", "exact", "confusion")}
    del old["calibration"], old["accuracy"]
    assert Scores.from_dict(old) == scores


def test_the_table_of_one_class_says_accuracy_confusion_and_calibration_and_nothing_of_spans():
    gold = [in_classes(name, number=n) for n, name in enumerate(("bad", "bad", "good", "good"))]
    found = [given(e, name, score=0.9) for e, name in zip(gold, ("bad", "good", "good", "good"), strict=True)]
    silver = Dataset(tuple(replace(e, labels=f) for e, f in zip(gold, found, strict=True)))
    scores = score_examples(Dataset((*gold, in_classes("good", number=9))), silver)
    assert str(scores).splitlines() == [
        "label        precision  recall     F1  support",
        "bad              100.0    50.0   66.7        2",
        "good              66.7    66.7   66.7        3",
        "all (micro)       75.0    60.0   66.7        5",
        "accuracy 60.0, macro F1 66.7; 5 texts (1 without a prediction: all their labels count as missed)",
        "calibration error 15.0 (15 bins of equal width), 15.0 (of equal mass), Brier score 0.210; 4 scored labels",
        "",
        "gold \\ predicted    bad   good  (none)",
        "bad                   1      1       0",
        "good                  0      2       1",
    ]


def test_of_many_classes_the_pairs_that_are_confused_most_often_are_named_in_place_of_a_matrix():
    gold = [in_classes(f"class {n % 20}", number=n) for n in range(60)]
    found = [given(e, "class 1" if e.classes == ("class 7",) else e.classes[0]) for e in gold]
    assert str(score(gold, found)).splitlines()[-1] == "      3  class 7 taken for class 1"


def test_spans_have_neither_confusion_nor_calibration():
    text = "Ada flew."
    scores = score([Example(text, (Span(0, 3, "PER"),))], [(Span(0, 3, "PER", score=0.4),)])
    assert (scores.confusion, scores.calibration) == ({}, None)
    assert "accuracy" not in str(scores)
