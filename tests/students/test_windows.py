from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.students.transformer.batches import by_length
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.windows import windows
from vermeil.students.transformer.words import Pieces, Word


@st.composite
def texts(draw: st.DrawFn) -> Pieces:
    lengths = draw(st.lists(st.integers(1, 12), max_size=60))
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return Pieces(tuple(range(sum(lengths))), tuple(Word(2 * i, 2 * i + 1, start) for i, start in enumerate(starts)))


@given(texts(), st.integers(1, 40), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_every_word_is_decided_once_in_a_window_that_holds_its_first_piece(pieces: Pieces, size: int, overlap: int):
    made = windows(pieces, size, overlap)
    assert [word for window in made for word in window.words] == list(range(len(pieces.words)))
    for window in made:
        assert window.end - window.start <= size
        assert all(window.start <= pieces.words[word].piece < window.end for word in window.words)


@given(texts(), st.integers(8, 40), st.integers(2, 20))
@settings(max_examples=200, deadline=None)
def test_a_word_sees_half_the_overlap_on_both_sides_or_the_end_of_the_text(pieces: Pieces, size: int, overlap: int):
    half = min(overlap, size // 2) // 2
    for window in windows(pieces, size, overlap):
        for word in window.words:
            piece = pieces.words[word].piece
            assert window.start == 0 or piece - window.start >= half
            assert window.end == len(pieces.ids) or window.end - 1 - piece >= half - 1


def test_a_text_that_fits_is_one_window():
    [window] = windows(Pieces(tuple(range(9)), (Word(0, 1, 0),)), 9, 4)
    assert (window.start, window.end) == (0, 9)


def test_a_word_longer_than_the_window_is_decided_where_it_begins():
    made = windows(Pieces(tuple(range(50)), (Word(0, 1, 0), Word(2, 3, 1), Word(4, 5, 49))), 10, 4)
    assert [window.words for window in made] == [(0, 1), (2,)]


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 200))
@settings(max_examples=200, deadline=None)
def test_groups_keep_to_the_budget_and_lose_no_row(lengths: list[int], budget: int):
    rows = [Row(number, (0,) * length, (), (), ()) for number, length in enumerate(lengths)]
    groups = by_length(rows, budget)
    assert sorted(row.example for group in groups for row in group) == list(range(len(rows)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(len(row.ids) for row in group) <= budget
