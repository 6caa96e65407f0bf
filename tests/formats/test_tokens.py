"""Tokens: where they lie in a text, and which spans they can carry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Example, Span
from vermeil.errors import DataError
from vermeil.formats.tokens import joined, places_of, simple_tokens, tokenised


def words(text: str, cuts: tuple[int, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in simple_tokens(text, cuts)]


def test_tokens_are_joined_by_one_space() -> None:
    assert joined(["Zoë", "ran", "."]) == ("Zoë ran .", ((0, 3), (4, 7), (8, 9)))


def test_tokens_are_found_in_their_own_text() -> None:
    assert places_of("He  ran, he did", ["He", "ran", ",", "he", "did"]) == ((0, 2), (4, 7), (7, 8), (9, 11), (12, 15))
    with pytest.raises(
        DataError, match="the token 'did' does not come next in the text, which goes on with ' ran did'"
    ):
        places_of("He ran did", ["He", "did"])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Dr. O'Neil's 3.5% raise", ["Dr", ".", "O", "'", "Neil", "'", "s", "3", ".", "5", "%", "raise"]),
        ("Cafe\u0301s in Zu\u0308rich", ["Cafe\u0301s", "in", "Zu\u0308rich"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("東京へ行くJR線", ["東", "京", "へ", "行", "く", "JR", "線"]),
        ("ok 👩‍🚀❤️!", ["ok", "👩‍🚀", "❤️", "!"]),
        ("a\u00a0b\u2028c\td", ["a", "b", "c", "d"]),
        (" \n", []),
    ],
)
def test_simple_tokens_keep_words_accents_and_emoji_whole(text: str, tokens: list[str]) -> None:
    assert words(text) == tokens


def test_tokens_may_be_given_by_their_places() -> None:
    assert places_of("He ran", [[0, 2], [3, 6]]) == ((0, 2), (3, 6))
    assert places_of("He ran", [{"text": "He", "start": 0, "end": 2, "id": 0}]) == ((0, 2),)
    with pytest.raises(DataError, match="'tokens' are strings, or pairs of start and end"):
        places_of("He ran", [0, 2])


def test_simple_tokens_are_cut_at_spans() -> None:
    assert words("Saint-Denis9", (2, 6, 11)) == ["Sa", "int", "-", "Denis", "9"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.data())
def test_no_character_but_space_is_lost_and_no_span_either(text: str, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = tuple(Span(a, b, "X") for a, b in zip(edges[::2], edges[1::2], strict=False) if text[a:b].strip())
    places, found, lost = tokenised(Example(text, spans))
    assert "".join(text[a:b] for a, b in places) == "".join(c for c in text if not c.isspace())
    quotes = [text[places[a][0] : places[b - 1][1]] for a, b, _ in found]
    assert quotes == [text[span.start : span.end].strip() for span in spans]
    assert [each.text for each in lost] == [q for q in (text[s.start : s.end] for s in spans) if q != q.strip()]


def test_a_span_that_cuts_the_datas_own_tokens_is_reported() -> None:
    example = Example(
        "Limasol is near", (Span(0, 4, "LOC"), Span(11, 15, "X")), id="7", tokens=((0, 7), (8, 10), (11, 15))
    )
    _, spans, lost = tokenised(example)
    assert spans == [(2, 3, "X")]
    assert [(each.text, each.label) for each in lost] == [("Lima", "LOC")]
    assert lost[0].reason == "example '7': not written: its edges are not edges of tokens"
