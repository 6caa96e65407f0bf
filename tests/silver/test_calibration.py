"""Stated confidence is replaced by how often such spans are right."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import LABELS, Errors, labelled, sentences

from vermeil.data import Dataset, Span
from vermeil.evaluate.rising import rising
from vermeil.silver.calibration import UNCALIBRATED, calibration
from vermeil.silver.overlap import labelled_by_both


def boastful(count: int, seed: int) -> tuple[Dataset, Dataset]:
    """A teacher that says 0.9 where it is right half of the time, and 0.99 where it always is."""
    gold = sentences(count, seed=seed)
    draw = random.Random(seed)
    silver = []
    for example in gold:
        spans = []
        for span in example.labels:
            unsure = draw.random() < 0.5
            wrong = unsure and draw.random() < 0.5
            label = next(name for name in LABELS if name != span.label) if wrong else span.label
            spans.append(Span(span.start, span.end, label, score=0.9 if unsure else 0.99))
        silver.append(replace(example, labels=tuple(spans), source="teacher"))
    return gold, Dataset(tuple(silver), "teacher")


def test_a_boastful_teacher_is_believed_as_far_as_it_is_right():
    found = calibration(labelled_by_both(*boastful(300, seed=1)), LABELS)
    assert found(0.9) == pytest.approx(0.5, abs=0.07)
    assert found(0.99) > 0.97


def test_a_score_that_never_occurred_lies_between_its_neighbours():
    found = calibration(labelled_by_both(*boastful(300, seed=1)), LABELS)
    assert found(0.9) < found(0.95) < found(0.99)
    assert found(0.1) == found(0.9)


def test_spans_without_a_score_have_a_rate_of_their_own():
    gold = sentences(200, seed=5)
    silver = labelled(gold, {label: Errors(type=0.3) for label in LABELS}, seed=5)
    assert calibration(labelled_by_both(gold, silver), LABELS)(None) == pytest.approx(0.7, abs=0.07)


def test_without_gold_scores_are_taken_as_they_are():
    assert UNCALIBRATED(0.7) == 0.7
    assert UNCALIBRATED(None) == 1.0
    assert calibration((), LABELS) is UNCALIBRATED


RATES = st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(1, 50)), min_size=1, max_size=20)


@settings(max_examples=100, deadline=None)
@given(RATES)
def test_rates_never_fall_and_their_mean_stays(points: list[tuple[float, int]]):
    found = rising([value for value, _ in points], [total for _, total in points])
    assert all(left <= right for left, right in pairwise(found))
    weights = [total for _, total in points]
    before = sum(value * total for value, total in points)
    assert sum(value * total for value, total in zip(found, weights, strict=True)) == pytest.approx(before)
