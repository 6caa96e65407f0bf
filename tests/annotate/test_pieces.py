"""Long texts: where they are cut, and what becomes of the labels of their pieces."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate._breaks import is_edge
from vermeil.annotate.pieces import cut, joined
from vermeil.annotate.reading import UNASKED, Reading
from vermeil.data import Example, Lost, Span
from vermeil.errors import SettingsError

SENTENCE = "Ana Luz of Northwind flew to Lima on Monday. "
TEXTS = st.text(st.sampled_from("ab Zß.!?。、東京ั\n\r\u0301\u200d👩🚀🇩🇪한\u1100\u1161"), max_size=300)


def parts(text: str, longest: int, overlap: int) -> list[str]:
    return [text[start:end] for start, end in cut(text, longest, overlap)]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 80), st.data())
def test_pieces_cover_the_text_overlap_as_asked_and_stay_within_their_length(
    text: str, longest: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, (longest - 1) // 2))
    pieces = cut(text, longest, overlap)
    assert (pieces[0][0], pieces[-1][1]) == (0, len(text))
    assert all(end - start <= longest for start, end in pieces)
    for (start, end), (next_start, next_end) in pairwise(pieces):
        assert start < next_start <= end - overlap
        assert end < next_end
    assert len(pieces) <= 1 + 6 * len(text) / longest


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(5, 80), st.data())
def test_whatever_is_no_longer_than_the_overlap_lies_whole_in_a_piece(
    text: str, longest: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(1, (longest - 1) // 2))
    pieces = cut(text, longest, overlap)
    for start in range(len(text) - overlap + 1):
        assert any(a <= start and start + overlap <= b for a, b in pieces)


@pytest.mark.parametrize("text", ["", "Lima", "x" * 100])
def test_a_text_that_fits_is_one_piece(text: str) -> None:
    assert cut(text, 100, 20) == ((0, len(text)),)


@pytest.mark.parametrize(("longest", "overlap"), [(100, 50), (100, -1), (0, 0), (1, 1)])
def test_an_overlap_of_half_a_piece_or_more_is_refused(longest: int, overlap: int) -> None:
    with pytest.raises(SettingsError, match=f"less than half of their length, got {overlap} of {longest} characters"):
        cut("text", longest, overlap)


def test_pieces_begin_and_end_with_sentences() -> None:
    for part in parts(SENTENCE * 40, 300, 50):
        assert part.startswith("Ana")
        assert part.endswith("Monday. ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It rained. Then it\nstopped. We went.\n\n", "Ana flew. To Lima. "),
        ("Then she went to Lima for good,\r\nso. ", "Ana flew to Lima with Mr. Bo "),
        ("This is the head of a text, and has no stop\n\n", "Ana flew. To Lima. "),
        ("Bo met Ana Luz at home. All of them said no.\n", "Ana cried. Bo flew. "),
        ("Bo met Ana Luz at home, and all of them said no. ", "It was about. five as she flew. "),
        ("Then Ana went. She said no.\n", "Ana flew to Lima with Mr. Bo "),
        ("Ana went home\nand said: “No.” ", "Bo flew to Lima with Mr. Bo\n"),
        ("She went to St. Ives with Dr. Luz; J. Bo met N. Ray there! ", "Bo flew to St. Ives, (v. 2. 5.0 a). etc"),
        ("Lima fell\nBo fell to Ana\n", "Rome fell on Bo, to Lima, fell, "),
        ("Ana fell, and Bo, too, ", "and so did Mr. Luz in the end of all that"),
        ("アナはリマに行きました。「はい。」", "ボーもリマに行きましたかもしれない"),
        ("安娜去了利馬，", "然後波去了羅馬和巴黎和倫敦和柏林"),
        ("أنا ذهبت؟ ", "لا ثم عدنا الى البيت في المساء"),
        ("आना गई। ", "फिर वह लीमा गया और लौटा नहीं कभी भी"),
        ("nowhere to break but ", "between" + "x" * 30),
        ("an email-address/", "x" * 37),
        ("nothing at all" + "x" * 40, "y" * 60),
    ],
)
def test_the_best_break_near_the_end_is_taken(before: str, after: str) -> None:
    longest = len(before) + min(len(after), len(before) // 3) - 1
    text = before + after + "z" * longest
    if "nothing" in before:
        assert len(parts(text, longest, 0)[0]) == longest
    else:
        assert parts(text, longest, 0)[0] == before


@pytest.mark.parametrize(
    "character",
    [
        "e\u0301",
        " \u0301",
        "👩‍🚀",
        "👍🏽",
        "🇩🇪",
        "\r\n",
        "한",
        "\u1112\u1161\u11ab",
        "क्षि",
        "ก็",
        "🏴\U000e0067\U000e007f",
        "☎️",
        "👨‍👩‍👧‍👦",
    ],
)
@pytest.mark.parametrize("before", ["", "x", "xx", "xxx", "xxxx"])
def test_what_is_seen_as_one_character_is_never_cut(character: str, before: str) -> None:
    text = before + character * 60
    whole = {len(before) + at * len(character) for at in range(61)} | {0}
    for start, end in cut(text, 45, 12):
        assert start in whole
        assert end in whole


def test_edges_of_characters_are_those_of_unicode() -> None:
    regex = pytest.importorskip("regex")
    units = [
        *"aé \r\nß東京한글\u1100\u1161\u11a8ก็ำ\u093e\u0ba4\u0301\u200d\u200c👩🚀👍🏽🇩🇪🏴\U000e0067\ufe0f1\u20e3ـش",
        "क्षि",
    ]
    rng = random.Random(0)
    for _ in range(500):
        text = "".join(rng.choice(units) for _ in range(30))
        edges = {match.start() for match in regex.finditer(r"\X", text)} - {0}
        ours = {at for at in range(1, len(text)) if is_edge(text, at)}
        assert ours <= edges  # rather one break too few than one inside a character
        assert len(edges - ours) <= 10


def test_words_are_not_cut_where_that_can_be_avoided() -> None:
    words = "Ana flew to Lima with O’Neil and cafe\u0301s in naïve हिन्दी towns without any full stop at all "
    text = words * 30
    for part in parts(text, 120, 30):
        assert part[-1] == " "
        assert part.split()[0] in words.split()


def test_a_character_longer_than_a_piece_is_cut_all_the_same() -> None:
    text = "a" + "\u0301" * 500
    assert "".join(parts(text, 50, 0)) == text


@pytest.mark.parametrize("unit", [SENTENCE, "x", " ", ".", "\n", "東", "🇩🇪", "e\u0301", "...... ", "a\u0301\u0301" * 9])
def test_time_grows_with_the_text_and_not_faster(unit: str) -> None:
    text = (unit * 400_000)[:400_000]
    began = time.perf_counter()
    assert len(cut(text, 6000, 200)) < 110
    assert time.perf_counter() - began < 5  # a tenth of it at a desk; squared time would take minutes


def labelled(text: str, truth: list[Span], piece: tuple[int, int]) -> Reading:
    """What somebody who is always right says of a piece: names that were cut off are named as far as they are seen."""
    start, end = piece
    seen = [(max(span.start, start), min(span.end, end), span) for span in truth]
    return Reading(tuple(Span(a - start, b - start, span.label) for a, b, span in seen if a < b), tokens_in=1)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(10, 60), st.data())
def test_if_every_piece_is_right_the_text_is(text: str, longest: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(1, (longest - 1) // 2))
    edges = data.draw(st.lists(st.integers(0, len(text)), unique=True).map(sorted))
    label = st.sampled_from(["X", "Y"])
    truth = [Span(a, min(b, a + overlap), data.draw(label)) for a, b in pairwise(edges) if data.draw(st.booleans())]
    pieces = cut(text, longest, overlap)
    whole = joined(text, pieces, [labelled(text, truth, piece) for piece in pieces])
    assert list(whole.labels) == truth
    assert whole.tokens_in == len(pieces)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(5, 60), st.data())
def test_whatever_the_pieces_say_the_labels_are_sound(text: str, longest: int, data: st.DataObject) -> None:
    pieces = cut(text, longest, data.draw(st.integers(0, (longest - 1) // 2)))
    readings = []
    for start, end in pieces:
        edges = data.draw(st.lists(st.integers(0, end - start), unique=True, max_size=6).map(sorted))
        readings.append(Reading(tuple(Span(a, b, data.draw(st.sampled_from("XY"))) for a, b in pairwise(edges))))
    whole = joined(text, pieces, readings)
    Example(text, whole.labels)
    said = {
        replace(s, start=s.start + p[0], end=s.end + p[0])
        for p, r in zip(pieces, readings, strict=True)
        for s in r.labels
    }
    assert set(whole.labels) <= said
    for span in said - set(whole.labels):
        assert any(kept.start < span.end and span.start < kept.end for kept in whole.labels)


TEXT = "0123456789" * 3
PIECES = ((0, 20), (10, 30))


@pytest.mark.parametrize(
    ("left", "right", "kept", "why"),
    [
        (Span(12, 15, "X"), Span(2, 5, "X"), Span(12, 15, "X"), "the same span counts once"),
        (Span(12, 15, "X"), Span(2, 5, "Y"), Span(12, 15, "X"), "5 characters from its cut, against 2"),
        (Span(16, 18, "X"), Span(6, 8, "Y"), Span(16, 18, "Y"), "6 characters from its cut, against 2"),
        (Span(14, 17, "X"), Span(4, 6, "X"), Span(14, 16, "X"), "4 characters, against 3"),
        (Span(18, 20, "X"), Span(8, 13, "X"), Span(18, 23, "X"), "the left one was cut in two"),
        (Span(5, 13, "X"), Span(0, 3, "X"), Span(5, 13, "X"), "the right one was cut in two"),
        (Span(10, 20, "X"), Span(0, 12, "X"), Span(10, 22, "X"), "both lie at a cut: the one that holds the other"),
    ],
)
def test_the_piece_in_which_a_span_lies_farther_from_a_cut_is_believed(
    left: Span, right: Span, kept: Span, why: str
) -> None:
    assert joined(TEXT, PIECES, [Reading((left,)), Reading((right,))]).labels == (kept,), why


@pytest.mark.parametrize(
    ("left", "right", "kept"),
    [
        (Span(1, 14, "X"), Span(2, 6, "Y"), Span(1, 14, "X")),  # 6 from the one cut there is; 1 from the start
        (Span(13, 17, "X"), Span(4, 19, "Y"), Span(14, 29, "Y")),  # 4 from the one cut there is; 1 from the end
    ],
)
def test_the_ends_of_the_text_are_no_cuts(left: Span, right: Span, kept: Span) -> None:
    assert joined(TEXT, PIECES, [Reading((left,)), Reading((right,))]).labels == (kept,)


def test_scores_and_ways_of_finding_move_with_their_span() -> None:
    whole = joined(TEXT, PIECES, [Reading(), Reading((Span(15, 18, "X", "fuzzy", 0.3),))])
    assert repr(whole.labels) == repr((Span(25, 28, "X", "fuzzy", 0.3),))


def test_a_label_that_two_pieces_lost_is_lost_once() -> None:
    bo, cy = Lost("Bo", "PER", "not in the text"), Lost("Cy", "PER", "not in the text")
    assert joined(TEXT, PIECES, [Reading(lost=(bo, cy)), Reading(lost=(bo,))]).lost == (bo, cy)


def test_what_was_paid_and_what_was_mended_is_added_up() -> None:
    left = Reading(tokens_in=3, tokens_out=4, repaired="fenced", cut=True, again=True, stored=True)
    right = Reading(tokens_in=30, tokens_out=40, repaired="fenced")
    whole = joined(TEXT, PIECES, [left, right])
    assert (whole.tokens_in, whole.tokens_out, whole.repaired) == (33, 44, "fenced")
    assert (whole.cut, whole.again, whole.stored, whole.asked) == (True, True, False, True)
    assert joined(TEXT, PIECES, [right, replace(right, repaired="cut")]).repaired == "fenced, cut"


def test_a_text_fails_with_any_piece_and_nothing_is_lost_in_silence() -> None:
    whole = joined(TEXT, PIECES, [Reading((Span(0, 3, "X"),)), Reading(failed="no JSON", again=True)])
    assert whole.failed == "characters 10 to 30: no JSON"
    assert (whole.labels, whole.again) == ((), True)
    assert whole.lost == (Lost("012", "X", "another piece of the text failed"),)
    both = joined(TEXT, PIECES, [Reading(failed="no JSON"), Reading(failed="refused")])
    assert both.failed == "characters 0 to 20: no JSON (and 1 more of 2 pieces)"


def test_a_text_of_which_a_piece_was_not_asked_about_is_unlabelled() -> None:
    assert joined(TEXT, PIECES, [Reading((Span(0, 3, "X"),)), UNASKED]) == UNASKED


def test_what_only_one_of_two_pieces_names_is_kept() -> None:
    assert joined(TEXT, PIECES, [Reading(), Reading((Span(2, 5, "X"),))]).labels == (Span(12, 15, "X"),)
