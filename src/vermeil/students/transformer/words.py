"""Text to word pieces, and the words that carry tags: the same in training, prediction and scoring.

A word is what the tokenizer's pre-tokenisation makes of the raw text, cut further wherever a word piece begins
at a space, at punctuation or in a script without spaces. BERT's words are cut at the first two already; but of
the SentencePiece kind some end at spaces only, some not even there, and could never label "Lima" in "Lima.",
nor a name in Japanese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Han, kana, Thai, Lao, Myanmar, Khmer
_NO_SPACES = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)


class Word(NamedTuple):
    """`text[start:end]`, and the number of its first piece, the one that carries its tag."""

    start: int
    end: int
    piece: int


class Pieces(NamedTuple):
    """A text as the model sees it, without special pieces, and its words in order."""

    ids: tuple[int, ...]
    words: tuple[Word, ...]


class _Piece(NamedTuple):
    number: int
    start: int
    end: int
    pretoken: int | None
    spaced: bool


def cut(text: str, tokenizer: Tokenizer, tokens: Sequence[tuple[int, int]] | None = None) -> Pieces:
    """The pieces of a text; its words are the tokenizer's, or `tokens` where they are given.

    The pieces are those of the raw text either way: tokens only decide which pieces carry a tag. What the
    tokenizer turns into nothing (control characters, zero-width ones) is in no word and shifts none.
    """
    return cut_encoded(text, tokenizer.encode(encodable(text), add_special_tokens=False), tokens)


def encodable(text: str) -> str:
    """The text, of the same length, without halves of surrogate pairs: they have no UTF-8 form for a tokenizer."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def cut_encoded(text: str, encoding: Encoding, tokens: Sequence[tuple[int, int]] | None = None) -> Pieces:
    """As `cut`, of a text that was encoded without special pieces."""
    pieces = list(_visible(text, encoding.offsets, encoding.word_ids))
    words = _given_words(pieces, tokens) if tokens is not None else _own_words(text, pieces)
    return Pieces(tuple(encoding.ids), tuple(words))


def _visible(text: str, offsets: Sequence[tuple[int, int]], pretokens: Sequence[int | None]) -> Iterator[_Piece]:
    """Pieces that stand for at least one character, without the space around it."""
    covered = 0
    for number, ((start, end), pretoken) in enumerate(zip(offsets, pretokens, strict=True)):
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            spaced = covered < start and any(map(str.isspace, text[covered:start]))
            yield _Piece(number, start, end, pretoken, spaced)
            covered = max(covered, end)


def _own_words(text: str, pieces: Sequence[_Piece]) -> Iterator[Word]:
    group: list[_Piece] = []
    for piece in pieces:
        if group and _starts_word(text, group[-1], piece):
            yield _word(text, group)
            group = []
        group.append(piece)
    if group:
        yield _word(text, group)


def _starts_word(text: str, left: _Piece, right: _Piece) -> bool:
    if right.start < left.end:  # parts of one character, as in byte-level tokenizers
        return False
    if right.spaced:
        return True
    if _is_accent(text[right.start]):
        return False
    if left.pretoken is None or left.pretoken != right.pretoken:
        return True
    return _stands_alone(text[left.end - 1]) or _stands_alone(text[right.start])


def _word(text: str, group: Sequence[_Piece]) -> Word:
    end = max(piece.end for piece in group)
    while end < len(text) and _is_accent(text[end]):  # some tokenizers strip them
        end += 1
    return Word(group[0].start, end, group[0].number)


@lru_cache(4096)
def _is_accent(character: str) -> bool:
    """Whether it is part of the character before it."""
    return unicodedata.category(character).startswith("M")


@lru_cache(4096)
def _stands_alone(character: str) -> bool:
    """Punctuation by BERT's definition, or a letter of a script that is written without spaces."""
    if character.isascii():
        return not character.isalnum()
    return unicodedata.category(character).startswith("P") or bool(_NO_SPACES.match(character))


def _given_words(pieces: Sequence[_Piece], tokens: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """A token's first piece is the first that begins in it; a token in which none begins carries no tag."""
    rest = iter(pieces)
    piece = next(rest, None)
    for start, end in tokens:
        while piece is not None and piece.start < start:
            piece = next(rest, None)
        if piece is not None and piece.start < end:
            yield Word(start, end, piece.number)
