"""Tokens and their places in a text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from vermeil.data import Example, Lost, Span
from vermeil.errors import DataError
from vermeil.formats.tags import TokenSpan

Places = tuple[tuple[int, int], ...]
"""(start, end) of each token in its text."""

# kana and ideographs stand alone, as in the usual Chinese and Japanese files: there are no words to see
_TOKEN = re.compile("[^\\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|\\S")
_JOINER = "\u200d"


def are_words(tokens: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    """Whether tokens are given as strings rather than as places."""
    return isinstance(tokens, list) and bool(tokens) and isinstance(tokens[0], str)


def joined(tokens: Sequence[str]) -> tuple[str, Places]:
    """The text of tokens with one space between them, and their places in it.

    Raises:
        DataError: a token is empty or no string.
    """
    places = []
    start = 0
    for index, token in enumerate(tokens):
        _check_word(index, token)
        end = start + len(token)
        places.append((start, end))
        start = end + 1
    return " ".join(tokens), tuple(places)


def places_of(text: str, tokens: Any) -> Places:  # noqa: ANN401 (whatever the file holds)
    """The places of tokens that are given as strings in order, as pairs, or as objects with start and end.

    Raises:
        DataError: a token is none of these, or does not come next in the text.
    """
    if are_words(tokens):
        return _places_in(text, tokens)
    try:
        pairs = [(t["start"], t["end"]) if isinstance(t, dict) else (t[0], t[1]) for t in tokens]
    except (TypeError, LookupError):
        pairs = [(None, None)]
    if not all(type(start) is int and type(end) is int for start, end in pairs):
        raise DataError(f"'tokens' are strings, or pairs of start and end in the text, got {tokens!r:.60}")
    return tuple(pairs)


def _places_in(text: str, tokens: Sequence[str]) -> Places:
    places, end = [], 0
    for index, token in enumerate(tokens):
        _check_word(index, token)
        start = text.find(token, end)
        if start < 0 or text[end:start].strip():
            raise DataError(
                f"the token {token!r} does not come next in the text, which goes on with {text[end : end + 20]!r}; "
                "leave 'text' out to have the tokens joined by spaces"
            )
        end = start + len(token)
        places.append((start, end))
    return tuple(places)


def _check_word(index: int, token: object) -> None:
    if not isinstance(token, str) or not token:
        raise DataError(f"token {index + 1} is {token!r:.60}; tokens are strings that are not empty")


def simple_tokens(text: str, cuts: Iterable[int] = ()) -> Places:
    """Runs of letters, digits and their marks; every other character that is not space alone; cut at `cuts` too."""
    found: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if found and found[-1][1] == start and _belongs(text, *found[-1], start):
            start, _ = found.pop()
        found.append((start, end))
    edges = sorted(set(cuts))
    places: list[tuple[int, int]] = []
    for start, end in found:
        inner = edges[bisect_left(edges, start + 1) : bisect_left(edges, end)]
        places.extend(zip((start, *inner), (*inner, end), strict=True))
    return tuple(places)


def _belongs(text: str, start: int, end: int, following: int) -> bool:
    """Whether what follows text[start:end] is a part of it: an accent, a vowel sign, an emoji behind a joiner."""
    last, after = text[end - 1], text[following]
    if _is_mark(after) or last == _JOINER:
        return True
    return _is_mark(last) and text[start].isalnum() and after.isalnum()


def _is_mark(character: str) -> bool:
    return character == _JOINER or unicodedata.category(character)[0] == "M"


def tokenised(example: Example) -> tuple[Places, list[TokenSpan], list[Lost]]:
    """The example's own tokens or simple ones, its spans over them, and the spans that don't end with tokens.

    Simple tokens are cut wherever a span starts or ends, so that none is lost to them. They also stand where its own
    tokens leave out a part of the text: in columns, that would be gone.
    """
    edges = [edge for span in example.labels for edge in (span.start, span.end)]
    places = _without_gaps(example.text, example.tokens or (), edges)
    starts, ends = [start for start, _ in places], [end for _, end in places]
    spans, lost = [], []
    for span in example.labels:
        first, after = bisect_left(starts, span.start), bisect_right(ends, span.end)
        covered = (starts[first], ends[after - 1]) if first < after else (0, 0)
        if covered == (span.start, span.end):
            spans.append((first, after, span.label))
        elif first < after and covered == _without_blanks(example.text, span):
            spans.append((first, after, span.label))
            lost.append(_lost(example, span, "written without the blanks at its edges"))
        else:
            lost.append(_lost(example, span, "not written: its edges are not edges of tokens"))
    return places, spans, lost


def _without_gaps(text: str, tokens: Places, edges: Sequence[int]) -> Places:
    places: list[tuple[int, int]] = []
    end = 0
    for start, stop in (*tokens, (len(text), len(text))):
        gap = simple_tokens(text[end:start], (edge - end for edge in edges))
        places += [(end + first, end + last) for first, last in gap]
        if start < stop:
            places.append((start, stop))
        end = stop
    return tuple(places)


def _without_blanks(text: str, span: Span) -> tuple[int, int]:
    quote = text[span.start : span.end]
    return span.start + len(quote) - len(quote.lstrip()), span.end - len(quote) + len(quote.rstrip())


def _lost(example: Example, span: Span, reason: str) -> Lost:
    return Lost(example.text[span.start : span.end], span.label, f"{example.where}: {reason}")
