"""Quotes without places: put where they can only be, or lost with the reason."""

from __future__ import annotations

import pytest

from vermeil.data import Span
from vermeil.formats.quotes import placed


def test_a_name_that_occurs_once_is_placed_exactly() -> None:
    spans, lost = placed("Ana flew to Lima.", [], [("Lima", "LOC"), ("Ana", "PER")])
    assert spans == [Span(12, 16, "LOC"), Span(0, 3, "PER")]
    assert {span.found for span in spans} == {"exact"}
    assert lost == []


def test_as_many_quotes_as_occurrences_are_placed_in_order() -> None:
    spans, lost = placed("Paris left Paris", [], [("Paris", "PER"), ("Paris", "LOC")])
    assert spans == [Span(0, 5, "PER"), Span(11, 16, "LOC")]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "quote", "reason"),
    [
        ("Paris left Paris", "Paris", "named 1 times, 2 times in the text: give start and end"),
        ("USA wins", "US", "not in the text"),
        ("Zoe\u0308 wins", "Zoe", "not in the text"),
        ("Nothing here", "Lima", "not in the text"),
        ("A New York bar", "York", "overlaps another label of its text"),
    ],
)
def test_a_doubtful_quote_is_lost_with_its_reason(text: str, quote: str, reason: str) -> None:
    spans, lost = placed(text, [Span(2, 10, "LOC")], [(quote, "X")])
    assert spans == []
    assert [(each.text, each.label, each.reason) for each in lost] == [(quote, "X", reason)]


def test_names_in_text_without_spaces_and_after_signs_are_placed() -> None:
    assert placed("東京へ行く", [], [("東京", "LOC")])[0] == [Span(0, 2, "LOC")]
    assert placed("US$5", [], [("$5", "MONEY")])[0] == [Span(2, 4, "MONEY")]
