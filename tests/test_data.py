"""Spans, examples and datasets: what they refuse, and what they keep."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Dataset, Example, Kind, Lost, Span, Vote, as_examples, unlabelled, whole
from vermeil.errors import DataError

ANA = Example("Ana Luz flew to Lima.", (Span(0, 7, "PER"), Span(16, 20, "LOC")), id="1")


@pytest.mark.parametrize("take", [unlabelled, lambda text: list(as_examples(text))])
@pytest.mark.parametrize("one", ["raw.txt", Path("raw.txt")])
def test_one_string_is_no_list_of_texts(take, one):
    with pytest.raises(DataError, match=r"got the one string 'raw\.txt'; give a list, or vermeil\.read_texts"):
        take(one)


def test_a_dataset_says_who_labelled_it_if_not_people():
    silver = Example("Bob left.", (Span(0, 3, "PER"),), source="openai:m")
    assert Dataset((ANA, Example("none", source="openai:m"))).teacher == ""
    assert Dataset((ANA, silver)).teacher == "openai:m"


def numbered(count: int) -> Dataset:
    return Dataset(tuple(Example(f"text {i}", id=str(i)) for i in range(count)), "some.jsonl")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((-1, 3, "X"), "0 <= start < end, got start=-1, end=3"),
        ((3, 3, "X"), "0 <= start < end, got start=3, end=3"),
        ((5, 3, "X"), "0 <= start < end"),
        ((0, 3, ""), r"the span \[0, 3\) has an empty label"),
        ((0, 3, "X", "given", 1.5), r"lies in \[0, 1\], got 1.5"),
        ((0, 3, "X", "given", float("nan")), r"lies in \[0, 1\], got nan"),
        ((0, 3, "\ud800"), "the label of a span holds .* half of a character"),
    ],
)
def test_an_unsound_span_cannot_be_made(arguments: tuple[int, int, str], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        Span(*arguments)


def test_spans_are_equal_by_place_and_label_alone() -> None:
    assert Span(0, 3, "X", "fuzzy", 0.4) == Span(0, 3, "X")
    assert len({Span(0, 3, "X", "fuzzy"), Span(0, 3, "X"), Span(0, 3, "Y")}) == 2


def test_nothing_can_be_changed_once_made() -> None:
    for made, name in [(Span(0, 1, "X"), "start"), (ANA, "text"), (numbered(1), "name"), (Lost("a", "X", "?"), "text")]:
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


def test_only_what_was_read_by_somebody_is_trained_on() -> None:
    all_states = Dataset(
        (ANA, Example("empty"), Example("cut", source="llm", failed="cut off"), Example("raw", source="")), "mixed"
    )
    assert [example.state for example in all_states.trainable] == ["labels", "empty"]
    assert all_states.trainable.name == "mixed"


def test_an_example_without_id_is_called_by_its_text() -> None:
    assert replace(ANA, id="").where == "the example 'Ana Luz flew to Lima.'"
    assert len(Example("x" * 1000).where) < 70


def test_ids_are_unique() -> None:
    with pytest.raises(DataError, match="gold: the id '1' occurs more than once; make ids unique"):
        Dataset((ANA, ANA), "gold")
    assert len(Dataset((Example("a"), Example("a")))) == 2


def test_a_dataset_is_a_sequence_with_names_of_labels_and_texts() -> None:
    gold = Dataset((ANA, Example("b")))
    assert gold.labels == ("LOC", "PER")
    assert gold.texts == (ANA.text, "b")
    assert list(gold) == [gold[0], gold[1]]


def test_the_fingerprint_sees_what_matters_and_nothing_else() -> None:
    base = Dataset((ANA,), "a").sha256
    assert Dataset((replace(ANA, id="2", document="d"),), "b").sha256 == base
    others = [
        replace(ANA, text=ANA.text + "!"),
        replace(ANA, labels=ANA.labels[:1]),
        replace(ANA, labels=(Span(0, 7, "ORG"), ANA.labels[1])),
        replace(ANA, labels=(Span(0, 7, "PER", score=0.5), ANA.labels[1])),
        replace(ANA, tokens=((0, 3),)),
        replace(ANA, source="llm"),
        replace(ANA, labels=(), failed="cut"),
        replace(ANA, labels=(), source=""),
        replace(ANA, lost=(Lost("x", "PER", "?"),)),
    ]
    prints = [base, *(Dataset((other,)).sha256 for other in others), Dataset((ANA, replace(ANA, id="2"))).sha256]
    assert len(set(prints)) == len(prints)


def test_the_fingerprint_is_the_same_in_every_run() -> None:
    assert Dataset((ANA,)).sha256 == "2c35f5e81a89f5189f40511d944e133f70b08d553eed1581d1e14902c1e61b68"


def test_a_split_shares_out_every_example_once() -> None:
    parts = numbered(10).split(0.8, 0.1, 0.1, seed=0)
    assert [len(part) for part in parts] == [8, 1, 1]
    assert sorted(example.id for part in parts for example in part) == sorted(e.id for e in numbered(10))
    assert [part.name for part in parts] == ["some.jsonl part 1", "some.jsonl part 2", "some.jsonl part 3"]
    assert parts == numbered(10).split(0.8, 0.1, 0.1, seed=0)
    assert parts != numbered(10).split(0.8, 0.1, 0.1, seed=1)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(0, 9))
def test_parts_of_a_split_never_overlap_and_are_within_one_of_their_share(
    size: int, weights: list[int], seed: int
) -> None:
    shares = [weight / sum(weights) for weight in weights]
    parts = numbered(size).split(*shares, seed=seed)
    assert sum(len(part) for part in parts) == size
    assert all(not {e.id for e in a} & {e.id for e in b} for a, b in combinations(parts, 2))
    assert all(abs(len(part) - share * size) <= 1 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize("shares", [(0.9, 0.2), (0.5, 0), (-0.1,), (float("nan"),), (1.1,)])
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="shares of a split are positive and sum to at most 1, got"):
        numbered(10).split(*shares, seed=0)


def test_smaller_samples_are_part_of_larger_ones() -> None:
    small, large = numbered(50).sample(10, seed=3), numbered(50).sample(30, seed=3)
    assert large.examples[:10] == small.examples
    assert small.examples != numbered(50).sample(10, seed=4).examples
    assert small.name == "some.jsonl"


@pytest.mark.parametrize("size", [11, -1])
def test_a_sample_larger_than_the_dataset_or_below_zero_is_refused(size: int) -> None:
    with pytest.raises(DataError, match=rf"some.jsonl has 10 examples, {size} were asked for"):
        numbered(10).sample(size, seed=0)


VOTES = (Vote(0, 7, "PER", ("a", "b"), 1.0), Vote(0, 3, "PER", ("c",)))


def test_votes_are_kept_in_the_order_of_the_text_and_may_overlap() -> None:
    assert replace(ANA, votes=VOTES).votes == tuple(reversed(VOTES))
    assert VOTES[0].span == Span(0, 7, "PER")
    assert VOTES[0].span.score == 1.0


def test_votes_say_nothing_about_what_a_student_learns() -> None:
    assert Dataset((replace(ANA, votes=VOTES),)).sha256 == Dataset((ANA,)).sha256
    assert Example("text", failed="cut off", votes=(Vote(0, 4, "PER", ("a",)),)).state == "failed"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((0, 3, "X", ()), r"the vote for X \[0, 3\) names each of its voters once, got \(\)"),
        ((0, 3, "X", ("a", "b", "a")), "names each of its voters once"),
        ((0, 3, "X", ("",)), "names each of its voters once"),
        ((0, 3, "X", "gpt"), "names each of its voters once, got 'gpt'"),
        ((0, 3, "X", ("\ud800",)), "the name of a voter holds"),
        ((3, 3, "X", ("a",)), "0 <= start < end"),
        ((0, 3, "", ("a",)), "empty label"),
        ((0, 3, "X", ("a",), 1.5), r"lies in \[0, 1\]"),
    ],
)
def test_an_unsound_vote_cannot_be_made(arguments: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        Vote(*arguments)
    assert "\n" not in str(caught.value)


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


def test_a_dataset_has_labels_of_one_kind() -> None:
    goals = Example("goals", (whole("goals", "sport"),), kind="class")
    assert Dataset((Example("x", kind="classes"), replace(goals, kind="classes"))).kind == "classes"
    assert Dataset(()).kind == "spans"
    with pytest.raises(DataError, match=r"films\.jsonl mixes labels of class and spans"):
        Dataset((goals, ANA), "films.jsonl")
