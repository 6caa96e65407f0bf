"""Tags: every scheme there and back, seen from the tags alone, and wrong ones named."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.errors import DataError
from vermeil.formats.tags import SCHEMES, Scheme, TokenSpan, detect_scheme, is_tag, spans_of, tags_of


def where(sentence: int, token: int) -> str:
    return f"some.conll:{sentence + 1}.{token + 1}"


def scheme_of(*sentences: str) -> Scheme:
    return detect_scheme([sentence.split() for sentence in sentences], where)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[int, list[TokenSpan]]:
    """A number of tokens and spans over some of them, many of which touch."""
    spans, at = [], 0
    for gap, length, label in draw(
        st.lists(
            st.tuples(st.sampled_from([0, 0, 1, 2]), st.integers(1, 4), st.sampled_from(["PER", "LOC", "a-B-c", "é "]))
        )
    ):
        spans.append((at + gap, at + gap + length, label))
        at += gap + length
    return at + draw(st.integers(0, 2)), spans


@settings(max_examples=200, deadline=None)
@given(st.lists(sentences(), min_size=1, max_size=5), st.sampled_from(get_args(Scheme)))
def test_spans_come_back_from_tags_of_every_scheme_and_the_scheme_is_seen(
    batch: list[tuple[int, list[TokenSpan]]], scheme: Scheme
) -> None:
    tagged = [tags_of(count, spans, scheme) for count, spans in batch]
    assert [len(tags) for tags in tagged] == [count for count, _ in batch]
    assert [spans_of(tags) for tags in tagged] == [spans for _, spans in batch]
    has_entities = any(spans for _, spans in batch)
    assert detect_scheme(tagged, where) == (scheme if has_entities else "IOB2")


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "I-PER I-PER B-PER I-LOC O I-PER"),
        ("IOB2", "B-PER I-PER B-PER B-LOC O B-PER"),
        ("BIOES", "B-PER E-PER S-PER S-LOC O S-PER"),
        ("BILOU", "B-PER L-PER U-PER U-LOC O U-PER"),
    ],
)
def test_each_scheme_says_the_same_in_its_own_way(scheme: Scheme, tags: str) -> None:
    spans = [(0, 2, "PER"), (2, 3, "PER"), (3, 4, "LOC"), (5, 6, "PER")]
    assert tags_of(6, spans, scheme) == tags.split()
    assert spans_of(tags.split()) == spans
    assert scheme_of(tags) == scheme


def test_one_sentence_can_decide_for_the_file() -> None:
    assert scheme_of("O O", "", "O S-PER") == "BIOES"


def test_tags_without_entities_are_called_iob2() -> None:
    assert scheme_of("O O O", "") == "IOB2"


def test_only_inside_tags_are_iob1() -> None:
    assert scheme_of("I-PER I-PER O I-LOC") == "IOB1"


def test_a_needless_b_among_very_many_i_is_still_iob1() -> None:
    assert scheme_of(*["O I-PER"] * 100, "O B-PER") == "IOB1"
    assert spans_of(["O", "B-PER", "I-PER"]) == [(1, 3, "PER")]
    with pytest.raises(DataError, match=r"some.conll:100.2: the tag 'B-PER'.*write 'I-PER'"):
        scheme_of(*["O I-PER"] * 99, "O B-PER")


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        (
            ["B-PER I-PER", "B-LOC", "O I-LOC"],
            "3.2: the tag 'I-LOC' at the start of a sentence or after O.*write 'B-LOC'",
        ),
        (["B-PER I-LOC", "B-LOC"], "1.2: the tag 'I-LOC' after 'B-PER' continues no entity of its type.*'B-LOC'"),
        (["I-PER", "I-LOC I-LOC", "B-LOC"], "3.1: the tag 'B-LOC' .*starts with I-|start with I- here.*write 'I-LOC'"),
        (["S-PER", "B-PER O"], "2.2: the entity of 'B-PER' has no end before 'O' .*'E-PER'"),
        (["U-PER", "B-PER I-PER"], "2.2: the entity of 'I-PER' has no end before 'O' .*'L-PER'"),
        (["S-PER", "I-PER E-PER"], "2.1: the tag 'I-PER' .*continues no entity of its type .*'B-PER'"),
        (["S-PER", "B-PER E-LOC"], "2.2: the entity of 'B-PER' has no end before 'E-LOC'"),
        (["S-PER", "U-PER"], "2.1: 'U-PER' is of BILOU, but other tags are of BIOES"),
        (["O", "O PER"], "2.2: 'PER' is not a tag; expected O, or B-"),
        (["O B-"], "1.2: 'B-' is not a tag"),
        (["O 0"], "1.2: '0' is not a tag"),
        (["O b-PER"], "1.2: 'b-PER' is not a tag"),
    ],
)
def test_tags_of_no_scheme_are_named_with_their_place_and_remedy(tags: list[str], complaint: str) -> None:
    with pytest.raises(DataError, match=f"^some.conll:{complaint}") as caught:
        scheme_of(*tags)
    assert "\n" not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIESLU" for t in "XY"), "", "?"]), max_size=5)))
def test_any_tags_are_either_of_one_scheme_or_refused(sentences: list[list[str]]) -> None:
    try:
        scheme = detect_scheme(sentences, where)
    except DataError:  # any other error fails the test
        return
    assert scheme in SCHEMES
    for tags in sentences:
        spans = spans_of(tags)
        assert [tag == "O" for tag in tags] == [not any(a <= i < b for a, b, _ in spans) for i in range(len(tags))]


def test_a_label_may_hold_hyphens() -> None:
    assert is_tag("B-per-title")
    assert spans_of(["B-per-title"]) == [(0, 1, "per-title")]
