"""Examples: what they refuse, and what they keep."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from vermeil.data import Example, Kind, Lost, Span, Vote, unlabelled, whole
from vermeil.errors import DataError

ANA = Example("Ana Luz flew to Lima.", (Span(0, 7, "PER"), Span(16, 20, "LOC")), id="1")
VOTES = (Vote(0, 7, "PER", ("a", "b"), 1.0), Vote(0, 3, "PER", ("c",)))


def test_nothing_can_be_changed_once_made() -> None:
    for made, name in [(Span(0, 1, "X"), "start"), (ANA, "text"), (Lost("a", "X", "?"), "text")]:
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, "other")


def test_labels_are_put_in_the_order_of_the_text() -> None:
    assert Example(ANA.text, tuple(reversed(ANA.labels))).labels == ANA.labels


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ({"labels": (Span(16, 99, "LOC"),)}, r"example '1': the LOC span \[16, 99\) ends outside the text"),
        ({"labels": (Span(0, 7, "PER"), Span(4, 9, "LOC"))}, r"overlap: PER \[0, 7\) and LOC \[4, 9\); keep one"),
        ({"labels": (Span(0, 7, "PER"), Span(0, 7, "LOC"))}, "overlap"),
        ({"failed": "cut off"}, "has labels but is failed"),
        ({"source": ""}, "has labels but is unlabelled"),
        ({"tokens": ((0, 3), (2, 5))}, r"the token \[2, 5\) is out of order or outside"),
        ({"tokens": ((0, 30),)}, r"the token \[0, 30\) is out of order or outside"),
        ({"tokens": ((3, 3),)}, r"the token \[3, 3\)"),
        ({"text": "half \ud83d of a smile, a"}, "the text of an example holds '.ud83d', half of a character, at 5"),
        ({"id": "\udc00"}, "the id of an example holds"),
    ],
)
def test_an_unsound_example_cannot_be_made(example: dict[str, object], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        replace(ANA, **example)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_spans_may_touch() -> None:
    assert len(Example("AnaLima", (Span(0, 3, "PER"), Span(3, 7, "LOC"))).labels) == 2


def test_offsets_are_code_points() -> None:
    text = "👩‍🚀 in 東京"
    assert text[slice(7, 9)] == "東京"
    assert Example(text, (Span(7, 9, "LOC"),)).labels[0].end == len(text)


def test_an_example_knows_which_of_four_states_it_is_in() -> None:
    assert ANA.state == "labels"
    assert Example("nothing here", source="llm").state == "empty"
    assert Example("cut", source="llm", failed="cut off").state == "failed"
    assert Example("raw", source="").state == "unlabelled"
    assert unlabelled(["raw"], "name")[0].state == "unlabelled"


def test_an_example_without_id_is_called_by_its_text() -> None:
    assert replace(ANA, id="").where == "the example 'Ana Luz flew to Lima.'"
    assert len(Example("x" * 1000).where) < 70


def test_votes_are_kept_in_the_order_of_the_text_and_may_overlap() -> None:
    assert replace(ANA, votes=VOTES).votes == tuple(reversed(VOTES))
    assert VOTES[0].span == Span(0, 7, "PER")
    assert VOTES[0].span.score == 1.0


@pytest.mark.parametrize(
    ("votes", "complaint"),
    [
        ((Vote(16, 99, "LOC", ("a",)),), r"example '1': the vote for LOC \[16, 99\) ends outside the text"),
        ((VOTES[0], Vote(0, 7, "PER", ("c",))), r"two votes for PER \[0, 7\); make them one, with all their voters"),
    ],
)
def test_an_example_refuses_votes_that_do_not_fit_it(votes: tuple[Vote, ...], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        replace(ANA, votes=votes)


def test_a_class_is_the_span_of_the_whole_text() -> None:
    film = Example("a dull film", (whole("a dull film", "bad", 0.9),), kind="class")
    assert (film.classes, film.labels, film.state) == (("bad",), (Span(0, 11, "bad"),), "labels")
    assert film.fingerprint != replace(film, kind="classes").fingerprint != replace(film, kind="spans").fingerprint


def test_a_text_may_have_several_classes_only_where_the_kind_says_so() -> None:
    text = "goals and shares"
    both = tuple(whole(text, name) for name in ("money", "sport"))
    assert Example(text, both, kind="classes").classes == ("money", "sport")
    with pytest.raises(DataError, match="has the classes money, sport, where a text has one"):
        Example(text, both, kind="class")
    with pytest.raises(DataError, match="overlap"):
        Example(text, both)


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_a_class_of_a_part_or_a_repeated_one_is_refused(kind: Kind) -> None:
    with pytest.raises(DataError, match="sport is the label of a part"):
        Example("goals and shares", (Span(0, 5, "sport"),), kind=kind)
    with pytest.raises(DataError, match="the class 'sport' twice"):
        Example("goals", (whole("goals", "sport"), whole("goals", "sport")), kind=kind)


def test_an_empty_text_is_in_no_class() -> None:
    with pytest.raises(DataError, match="an empty text is in no class, and cannot be 'sport'"):
        whole("", "sport")
