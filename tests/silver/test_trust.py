"""What a word is believed to be follows from the errors found on gold, with no bound set by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import LABELS, Errors, labelled, sentences

from vermeil.data import Dataset, Example, Span, Vote
from vermeil.silver.confusion import confusion
from vermeil.silver.overlap import labelled_by_both
from vermeil.silver.trust import Trust, trust
from vermeil.silver.words import covered, look

PLANTED = {
    "PER": Errors(missed=0.02),
    "LOC": Errors(missed=0.5, type=0.4, becomes="MISC"),
    "MISC": Errors(missed=0.8),
}
TAG = {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3, "I-LOC": 4, "B-MISC": 5, "I-MISC": 6}


def judged(errors: bool = True, scores: bool = False, size: int = 400) -> Trust:
    gold = sentences(size, seed=3)
    return trust(labelled_by_both(gold, labelled(gold, PLANTED, seed=3)), LABELS, errors=errors, scores=scores)


def words_of(text: str) -> list[tuple[int, int]]:
    starts = [i for i, character in enumerate(text) if i == 0 or text[i - 1] == " "]
    return [(start, (text + " ").index(" ", start)) for start in starts]


def test_what_is_called_by_a_label_that_mostly_stands_for_others_is_doubted():
    example = Example("then Dutch Bo1 came", (Span(5, 14, "MISC"),), source="teacher")
    person = Example("then Ada Bo1 came", (Span(5, 12, "PER"),), source="teacher")
    trusted = judged()
    assert trusted.believes(person, person.labels[0])
    assert not trusted.believes(example, example.labels[0])


def test_a_word_outside_is_doubted_where_words_of_its_look_are_often_missed():
    example = Example("then Lima Bo1 came", (), source="teacher")
    right = judged().belief(example, words_of(example.text)).right
    assert right[1] < 0.75
    assert right[0] > 0.97
    assert right[3] > 0.97


def test_what_a_doubted_word_may_be_instead_is_what_it_was_on_gold():
    example = Example("then Dutch Bo1 came", (Span(5, 14, "MISC"),), source="teacher")
    first = judged().belief(example, words_of(example.text)).rows[1]
    assert first[TAG["B-PER"]] + first[TAG["B-LOC"]] + first[TAG["B-MISC"]] > 0.9
    assert first[TAG["O"]] < 0.05


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 10_000))
def test_beliefs_are_probabilities_however_few_texts_they_rest_on(size: int, seed: int):
    gold = sentences(size, seed=seed)
    both = labelled_by_both(gold, labelled(gold, PLANTED, seed=seed))
    table = confusion(both, LABELS)
    for rows in (table.true, table.given):
        assert rows.sum(axis=-1) == pytest.approx(np.ones((1, 7)))
        assert (rows > 0).all()
    example = Example("then Ada Bo1 came", (Span(5, 12, "PER"),), source="teacher")
    belief = trust(both, LABELS, errors=True, scores=True).belief(example, words_of(example.text))
    assert belief.rows.sum(axis=1) == pytest.approx(np.ones(4))
    assert ((belief.right > 0) & (belief.right < 1)).all()


def test_without_gold_a_score_counts_as_it_is_and_no_score_is_no_doubt():
    example = Example("Ada Bo", (Span(0, 3, "PER", score=0.6), Span(4, 6, "LOC")), source="teacher")
    belief = trust((), LABELS, errors=False, scores=True).belief(example, [(0, 3), (4, 6)])
    assert belief.right == pytest.approx([0.6, 1.0], abs=1e-5)
    assert belief.rows[0, 0] == pytest.approx(0.4, abs=1e-5)


def test_a_score_that_nothing_calibrates_adds_nothing_to_counted_errors():
    gold = [Example(f"nothing to name here {number}") for number in range(5)]
    both = labelled_by_both(Dataset(tuple(gold)), Dataset(tuple(replace(each, source="teacher") for each in gold)))
    example = Example("Ada Bo", (Span(0, 3, "PER", score=0.95), Span(4, 6, "LOC")), source="teacher")
    by_errors, by_both = (
        trust(both, LABELS, errors=True, scores=scores).belief(example, [(0, 3), (4, 6)]).right
        for scores in (False, True)
    )
    assert by_both == pytest.approx(by_errors)
    assert by_both[0] > 0.1


def test_what_some_voters_named_makes_a_word_outside_less_sure():
    votes = (Vote(4, 6, "LOC", ("a",), 0.4),)
    example = Example("Ada Bo", (Span(0, 3, "PER", score=1.0),), source="teacher", votes=votes)
    belief = trust((), LABELS, errors=False, scores=True).belief(example, [(0, 3), (4, 6)])
    assert belief.right[1] == pytest.approx(0.6)
    assert belief.rows[1, TAG["B-LOC"]] == pytest.approx(0.4)


def test_words_take_the_part_of_a_span_that_they_stand_for():
    found = covered([(0, 3), (4, 6), (6, 7), (8, 9)], [Span(0, 6, "PER"), Span(8, 9, "LOC")], LABELS)
    assert found.tags.tolist() == [1, 2, 0, 3]
    assert found.spans.tolist() == [0, 0, -1, 1]


@pytest.mark.parametrize(
    ("word", "first", "looks"),
    [
        ("Lima", False, "capital"),
        ("Lima", True, "first capital"),
        ("EU", True, "capitals"),
        ("saw", False, "lower"),
        ("4th", False, "digits"),
        ("東京", False, "other"),
        (".", False, "other"),
    ],
)
def test_looks(word: str, first: bool, looks: str):
    assert look(word, first=first) == looks
