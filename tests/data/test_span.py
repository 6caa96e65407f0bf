"""Spans and votes: what they refuse, and what makes two of them equal."""

from __future__ import annotations

from typing import Any

import pytest

from vermeil.data import Span, Vote
from vermeil.errors import DataError


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
