"""Several teachers together are better than the best of them, because each is heard where it is right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import Errors, labelled, sentences

from vermeil.data import Dataset, Example, Span
from vermeil.errors import DataError
from vermeil.evaluate.score import score_examples
from vermeil.silver.merging import merge_teachers

GOLD, REST = sentences(120, seed=7), sentences(400, seed=8)
ALL = Dataset((*GOLD, *REST))
GOOD_AT_PLACES = {"PER": Errors(type=0.5, invented=0.3), "MISC": Errors(missed=0.5)}
GOOD_AT_PEOPLE = {"LOC": Errors(type=0.6), "MISC": Errors(missed=0.3, invented=0.4)}
TEACHERS = {
    "places": labelled(ALL, GOOD_AT_PLACES, seed=1, source="places"),
    "people": labelled(ALL, GOOD_AT_PEOPLE, seed=2, source="people"),
    "poor": labelled(ALL, {label: Errors(missed=0.3, type=0.4) for label in ("PER", "LOC", "MISC")}, 3, "poor"),
}
MERGED = merge_teachers(TEACHERS, GOLD)


def f1(silver: Dataset) -> float:
    return score_examples(REST, silver).f1


def test_the_merged_labels_are_better_than_those_of_any_teacher():
    assert f1(MERGED.silver) > max(f1(silver) for silver in TEACHERS.values()) + 0.03


def test_a_label_is_as_likely_right_as_its_score_says():
    truth = {example.text: example.labels for example in REST}
    scored = [
        (vote.score, vote.span in truth[example.text])
        for example in MERGED.silver
        if example.text in truth
        for vote in example.votes
    ]
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.01)):
        inside = [(score, right) for score, right in scored if low <= score < high]
        said, were = (sum(each[i] for each in inside) / len(inside) for i in (0, 1))
        assert said == pytest.approx(were, abs=0.12), (low, len(inside))


def test_who_named_what_is_kept_also_where_it_became_no_label():
    votes = [(vote, example) for example in MERGED.silver for vote in example.votes]
    assert {voter for vote, _ in votes for voter in vote.voters} == set(TEACHERS)
    assert any(vote.span not in example.labels for vote, example in votes)


def test_a_text_that_one_teacher_alone_labelled_has_its_labels_at_its_own_precision():
    alone = Example("then Lima Bo1 came", (Span(5, 13, "LOC"),), source="places")
    places = Dataset((*TEACHERS["places"], alone))
    merged = merge_teachers({"places": places, "people": TEACHERS["people"]}, GOLD)
    label = next(example for example in merged.silver if example.text == alone.text).labels[0]
    assert label.score == pytest.approx(merged.errors["places"].precision["LOC"].value, abs=0.05)


def test_a_text_of_gold_is_merged_by_what_the_others_say():
    first = GOLD[0]
    assert first.labels
    other = merge_teachers(TEACHERS, Dataset((replace(first, labels=()), *GOLD.examples[1:]))).silver
    votes = [{each.text: each.votes for each in silver} for silver in (MERGED.silver, other)]
    assert scores(votes[0][first.text]) == scores(votes[1][first.text])
    assert scores(votes[0][REST[0].text]) != scores(votes[1][REST[0].text])


def scores(votes):
    return [(vote.place, vote.score) for vote in votes]


def test_texts_of_several_files_may_share_their_ids():
    other = Dataset((*TEACHERS["people"], Example("quite another", id=GOLD[0].id + "?", source="people")))
    first = Dataset((*TEACHERS["places"], Example("one more", id=GOLD[0].id + "?", source="places")))
    merged = merge_teachers({"places": first, "people": other}, GOLD).silver
    assert {"quite another", "one more"} <= set(merged.texts)


def test_one_teacher_is_nothing_to_merge_and_an_unknown_one_cannot_be_heard():
    with pytest.raises(DataError, match="at least two"):
        merge_teachers({"places": TEACHERS["places"]}, GOLD)
    with pytest.raises(DataError, match="cannot be estimated"):
        merge_teachers({**TEACHERS, "other": labelled(sentences(3, seed=99), {}, 1, "other")}, GOLD)


def test_it_says_in_words_and_in_plain_values_what_was_found():
    assert "people: the teacher's errors on 120 gold texts" in str(MERGED)
    assert MERGED.as_dict()["teachers"]["people"]["errors"]["texts"] == 120
