"""Datasets: what they refuse, and how they are split, sampled and hashed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Dataset, Example, Lost, Span, Vote, as_examples, unlabelled, whole
from vermeil.errors import DataError

ANA = Example("Ana Luz flew to Lima.", (Span(0, 7, "PER"), Span(16, 20, "LOC")), id="1")
VOTES = (Vote(0, 7, "PER", ("a", "b"), 1.0), Vote(0, 3, "PER", ("c",)))


def numbered(count: int) -> Dataset:
    return Dataset(tuple(Example(f"text {i}", id=str(i)) for i in range(count)), "some.jsonl")


@pytest.mark.parametrize("take", [unlabelled, lambda text: list(as_examples(text))])
@pytest.mark.parametrize("one", ["raw.txt", Path("raw.txt")])
def test_one_string_is_no_list_of_texts(take, one):
    with pytest.raises(DataError, match=r"got the one string 'raw\.txt'; give a list, or vermeil\.read_texts"):
        take(one)


def test_a_dataset_says_who_labelled_it_if_not_people():
    silver = Example("Bob left.", (Span(0, 3, "PER"),), source="openai:m")
    assert Dataset((ANA, Example("none", source="openai:m"))).teacher == ""
    assert Dataset((ANA, silver)).teacher == "openai:m"


def test_only_what_was_read_by_somebody_is_trained_on() -> None:
    all_states = Dataset(
        (ANA, Example("empty"), Example("cut", source="llm", failed="cut off"), Example("raw", source="")), "mixed"
    )
    assert [example.state for example in all_states.trainable] == ["labels", "empty"]
    assert all_states.trainable.name == "mixed"


def test_a_dataset_cannot_be_changed_once_made() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(numbered(1), "name", "other")  # noqa: B010 - mypy would refuse the assignment


def test_ids_are_unique() -> None:
    with pytest.raises(DataError, match="gold: the id '1' occurs more than once; make ids unique"):
        Dataset((ANA, ANA), "gold")
    assert len(Dataset((Example("a"), Example("a")))) == 2


def test_a_dataset_is_a_sequence_with_names_of_labels_and_texts() -> None:
    gold = Dataset((ANA, Example("b")))
    assert gold.labels == ("LOC", "PER")
    assert gold.texts == (ANA.text, "b")
    assert list(gold) == [gold[0], gold[1]]


def test_a_part_of_a_dataset_is_one_too_and_a_notebook_is_shown_no_texts() -> None:
    data = numbered(60)
    assert data[10:20] == Dataset(data.examples[10:20], data.name)
    assert repr(data) == "<Dataset 'some.jsonl': 60 examples>"


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


def test_votes_say_nothing_about_what_a_student_learns() -> None:
    assert Dataset((replace(ANA, votes=VOTES),)).sha256 == Dataset((ANA,)).sha256
    assert Example("text", failed="cut off", votes=(Vote(0, 4, "PER", ("a",)),)).state == "failed"


def test_a_dataset_has_labels_of_one_kind() -> None:
    goals = Example("goals", (whole("goals", "sport"),), kind="class")
    assert Dataset((Example("x", kind="classes"), replace(goals, kind="classes"))).kind == "classes"
    assert Dataset(()).kind == "spans"
    with pytest.raises(DataError, match=r"films\.jsonl mixes labels of class and spans"):
        Dataset((goals, ANA), "films.jsonl")
