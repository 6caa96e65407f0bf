"""Spans without overlaps: the first named stays."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.align.apart import apart
from vermeil.data import Span

SPANS = st.lists(
    st.builds(
        lambda at, size, label: Span(at, at + size, label), st.integers(0, 20), st.integers(1, 6), st.sampled_from("XY")
    )
)


def test_the_first_of_two_that_overlap_stays_and_neighbours_may_touch() -> None:
    assert apart([Span(3, 5, "X"), Span(0, 4, "X"), Span(5, 6, "Y"), Span(0, 3, "Y")]) == (
        Span(0, 3, "Y"),
        Span(3, 5, "X"),
        Span(5, 6, "Y"),
    )


@settings(max_examples=200, deadline=None)
@given(SPANS)
def test_what_goes_overlaps_something_better_and_what_stays_overlaps_nothing(spans: list[Span]) -> None:
    kept = apart(spans)
    assert all(left.end <= right.start for left, right in pairwise(kept))
    for at, span in enumerate(spans):
        before = [other for other in spans[:at] if other in kept]
        if span not in kept:
            assert any(other.start < span.end and span.start < other.end for other in before)


def test_of_classes_a_text_keeps_the_best_or_all_of_them() -> None:
    sport, money = Span(0, 5, "sport"), Span(0, 5, "money")
    assert apart([sport, money], "class") == (sport,)
    assert apart([sport, money, sport], "classes") == (money, sport)
