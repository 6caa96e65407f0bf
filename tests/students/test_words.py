from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from families import FAMILIES
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from vermeil.data import Example, Span
from vermeil.students.transformer.heads.words import Words
from vermeil.students.transformer.reader import Reader
from vermeil.students.transformer.tags import IGNORED, to_spans, to_tags
from vermeil.students.transformer.words import cut

LABELS = ("PER", "LOC")
WORDS = ("Alice", "Lima", "Moreno", "the", "mayor", "boats", "40", "Évora", "Łukasz", "Harbour")
ODD = st.sampled_from(
    ["\u200b", "\u200d", "\0", "\ufeff", "\r\n", "\t", "\u00a0", "e\u0301", "👩‍🚀", "🇵🇪", "𝒜", "ﬁ", "İ", "‮", "\ud800"]
)
PLAIN = st.sampled_from(
    [*WORDS, " ", " ", " ", ",", ".", "(", ")", "-", "'s", "$5", "東京", "アリス", "กรุงเทพ", "Цена"]
)


@cache
def tokenizer_of(family: str) -> Tokenizer:
    return FAMILIES[family]()


@st.composite
def labelled_texts(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    text = "".join(draw(st.lists(PLAIN | ODD | st.characters(), max_size=25)))
    bounds = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return text, tuple(Span(start, end, draw(st.sampled_from(LABELS))) for start, end in pairs)


@st.composite
def written_texts(draw: st.DrawFn) -> tuple[str, tuple[tuple[int, int], ...], tuple[Span, ...]]:
    """Ordinary writing, its tokens, and spans that begin and end with a word."""
    text, tokens, words = "", [], []
    for word, mark in draw(
        st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", "", ".", ","])), max_size=9)
    ):
        for part in (f" {word}", mark) if text else (word, mark):
            if part:
                tokens.append((len(text) + part.startswith(" "), len(text) + len(part)))
                text += part
        words.append(tokens[-2 if mark else -1])
    bounds = sorted(draw(st.sets(st.integers(0, len(words)), max_size=6)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    spans = (Span(words[a][0], words[b - 1][1], draw(st.sampled_from(LABELS))) for a, b in pairs)
    return text, tuple(tokens), tuple(spans)


def there_and_back(text, spans, family, tokens=None):
    pieces = cut(text, tokenizer_of(family), tokens)
    tags, unreachable = to_tags(pieces.words, spans, LABELS)
    known = np.array([0 if tag == IGNORED else tag for tag in tags], np.intp)
    [found] = to_spans([pieces.words], known, np.ones(len(tags)), LABELS)
    return pieces, found, unreachable


@pytest.mark.parametrize("family", FAMILIES)
@given(labelled=labelled_texts())
@settings(max_examples=150, deadline=None)
def test_every_span_comes_back_or_is_listed_as_unreachable(family: str, labelled: tuple[str, tuple[Span, ...]]):
    text, spans = labelled
    pieces, back, unreachable = there_and_back(text, spans, family)
    assert set(back) | set(unreachable) == set(spans)
    assert len(back) + len(unreachable) == len(spans)
    ends = [0]
    for word in pieces.words:
        assert ends[-1] <= word.start < word.end <= len(text)
        assert text[word.start : word.end].strip() == text[word.start : word.end]
        assert 0 <= word.piece < len(pieces.ids)
        ends.append(word.end)


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "characters"])
@given(written=written_texts())
@settings(max_examples=100, deadline=None)
def test_in_ordinary_writing_every_name_can_be_reached(family: str, written):
    text, tokens, spans = written
    for given_tokens in (None, tokens):
        _, back, unreachable = there_and_back(text, spans, family, given_tokens)
        assert (back, unreachable) == (spans, ())


def test_with_its_data_tokens_a_word_is_the_data_s():
    text = "don't U.N."
    words = cut(text, tokenizer_of("word_piece"), [(0, 2), (2, 5), (6, 10)]).words
    assert [text[word.start : word.end] for word in words] == ["do", "n't", "U.N."]


def test_a_name_before_a_full_stop_is_a_word_even_where_the_tokenizer_ends_words_at_spaces():
    text = "She left Lima."
    words = cut(text, tokenizer_of("unigram")).words
    assert [text[word.start : word.end] for word in words] == ["She", "left", "Lima", "."]


def test_accents_that_the_tokenizer_strips_stay_with_their_word():
    text = "E\u0301mile\u0301 flew"
    assert cut(text, tokenizer_of("word_piece")).words[0].end == len("E\u0301mile\u0301")


def test_the_words_of_a_span_that_cuts_a_word_are_left_out_of_the_loss():
    words = cut("Alice left Limassol today", tokenizer_of("word_piece")).words
    tags, unreachable = to_tags(words, [Span(0, 5, "PER"), Span(11, 15, "LOC")], LABELS)
    assert tags == [1, 0, IGNORED, 0]
    assert unreachable == (Span(11, 15, "LOC"),)


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200d", "\0"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_of_nothing_visible_is_no_mistake(family: str, text: str):
    assert len(cut(text, tokenizer_of(family)).words) <= len(text)


def test_an_inner_tag_that_continues_nothing_begins_a_span():
    words = cut("Alice Moreno in Lima", tokenizer_of("word_piece")).words
    [found] = to_spans([words], np.array([2, 2, 2, 4]), np.array([0.5, 1.0, 0.9, 1.0]), LABELS)
    assert found == (Span(0, 15, "PER"), Span(16, 20, "LOC"))
    assert [span.score for span in found] == pytest.approx([0.8, 1.0])


def test_no_span_reaches_into_the_next_text():
    texts = [cut(text, tokenizer_of("word_piece")).words for text in ("", "Lima", "", "Lima Lima", "")]
    found = to_spans(texts, np.array([1, 2, 2]), np.array([0.1, 0.2, 0.4]), LABELS)
    assert found == [(), (Span(0, 4, "PER"),), (), (Span(0, 9, "PER"),), ()]
    assert [span.score for spans in found for span in spans] == pytest.approx([0.1, 0.3])


@pytest.mark.parametrize("family", FAMILIES)
def test_many_texts_are_cut_as_each_alone(family: str):
    texts = ["", "Alice\u200b Moreno's\u00a0boats.", "東京でアリスが働いている。", "half \ud800 of", "E\u0301mile 👩‍🚀"]
    reader = Reader(tokenizer_of(family), LABELS, Words(LABELS), window=16, overlap=4, data_words=False)
    examples = [Example(text.replace("\ud800", "\ufffd"), source="") for text in texts]
    assert reader.pieces_of(examples) == [reader.pieces(example) for example in examples]
    assert [cut(text, tokenizer_of(family)) for text in texts] == reader.pieces_of(examples)
