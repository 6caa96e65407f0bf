"""How far voters agree."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate.agreement import Agreement
from vermeil.annotate.reading import UNASKED, Reading
from vermeil.data import Example, Span
from vermeil.evaluate.score import score

ANA, LIMA, ACME = Span(0, 3, "PER"), Span(9, 13, "LOC"), Span(20, 24, "ORG")


def agreement(*texts: dict[str, Reading]) -> Agreement:
    counted = Agreement()
    for readings in texts:
        counted.add(readings)
    return counted


def test_each_pair_of_voters_has_its_f1_and_the_texts_their_share() -> None:
    found = agreement(
        {"a": Reading((ANA, LIMA)), "b": Reading((ANA, LIMA)), "c": Reading((ANA,))},
        {"a": Reading((ACME,)), "b": Reading(), "c": Reading()},
        {"a": Reading(), "b": Reading(), "c": Reading()},
    )
    assert found.alike == 1 / 3
    assert found.counts("a", "b").f1 == pytest.approx(0.8)
    assert found.counts("a", "b", "ORG").f1 == 0
    assert (found.counts("a", "c").precision, found.counts("c", "a").precision) == (1 / 3, 1.0)
    assert found.pairs == (("a", "b"), ("a", "c"), ("b", "c"))
    assert found.labels == ("LOC", "ORG", "PER")


def test_the_same_place_with_another_label_is_no_agreement() -> None:
    found = agreement({"a": Reading((ANA,)), "b": Reading((Span(0, 3, "ORG"),))})
    assert (found.alike, found.counts("a", "b").f1) == (0.0, 0.0)


def test_voters_that_failed_or_were_not_asked_are_compared_with_nobody() -> None:
    found = agreement(
        {"a": Reading((ANA,)), "b": Reading(failed="no JSON"), "c": Reading((ANA,))},
        {"a": Reading((ANA,)), "b": UNASKED, "c": Reading(failed="no JSON")},
    )
    assert found.alike == 1.0
    assert found.pairs == (("a", "c"),)
    assert found.as_dict() == {
        "texts": 1,
        "alike": 1.0,
        "answered": {"a": 2, "c": 1},
        "failed": {"b": 1, "c": 1},
        "pairs": [{"voters": ["a", "c"], "f1": 1.0, "f1_by_label": {"PER": 1.0}}],
    }


def test_nothing_to_compare_is_said_to_be_nothing() -> None:
    assert str(Agreement()) == "agreement: no text has two answers to compare"
    assert agreement({"a": Reading((ANA,))}).as_dict()["pairs"] == []


def test_what_is_printed_is_short() -> None:
    one = agreement({"a": Reading((ANA, LIMA)), "b": Reading((ANA,))})
    assert str(one).splitlines() == [
        "agreement: 0.0% of 1 text labelled alike by all; strict F1 of each by another",
        "   66.7  a - b (LOC 0.0, PER 100.0)",
    ]
    many = agreement({**{str(n): Reading((ANA,)) for n in range(9)}, "odd": Reading()})
    lines = str(many).splitlines()
    assert len(lines) == 4
    assert "100.0" in lines[1]
    assert "odd" in lines[2]
    assert lines[3] == "  the nearest and the farthest of 45 pairs"


READINGS = st.builds(
    lambda spans: Reading(tuple(spans)),
    st.lists(
        st.builds(lambda at, label: Span(at, at + 1, label), st.integers(0, 5), st.sampled_from("XY")),
        max_size=4,
        unique_by=lambda s: s.start,
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys("abc", READINGS)), min_size=1, max_size=5))
def test_f1_is_what_the_scorer_says(texts: list[dict[str, Reading]]) -> None:
    found = agreement(*texts)
    for voter, other in combinations("abc", 2):
        truth = [Example("x" * 6, readings[other].labels) for readings in texts]
        scores = score(truth, [readings[voter].labels for readings in texts])
        assert found.counts(voter, other) == scores.micro
        for label, counts in scores.by_label.items():
            assert found.counts(voter, other, label) == counts
            assert found.counts(other, voter, label).f1 == counts.f1
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict()
