"""Entities that a file gives as words without places; only those that can be in one place are placed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from vermeil.data import Lost, Span


def placed(text: str, spans: Sequence[Span], quotes: Sequence[tuple[str, str]]) -> tuple[list[Span], list[Lost]]:
    """The quotes (words, label) as spans beside those given, and the quotes that could not be placed.

    Equal quotes are placed in order, if the text holds just as many of them as whole words.
    """
    found: list[Span] = []
    lost: list[Lost] = []
    named: dict[str, list[str]] = {}
    for quote, label in quotes:
        named.setdefault(quote, []).append(label)
    for quote, labels in named.items():
        starts = _occurrences(text, quote)
        if len(starts) != len(labels):
            reason = f"named {len(labels)} times, {len(starts)} times in the text: give start and end"
            lost.extend(Lost(quote, label, reason if starts else "not in the text") for label in labels)
            continue
        for start, label in zip(starts, labels, strict=True):
            span = Span(start, start + len(quote), label, "exact")
            if any(other.start < span.end and span.start < other.end for other in (*spans, *found)):
                lost.append(Lost(quote, label, "overlaps another label of its text"))
            else:
                found.append(span)
    return found, lost


def _occurrences(text: str, quote: str) -> list[int]:
    starts = []
    start = text.find(quote)
    while start >= 0:
        if not _within_word(text, start) and not _within_word(text, start + len(quote)):
            starts.append(start)
        start = text.find(quote, start + 1)
    return starts


def _within_word(text: str, cut: int) -> bool:
    """Whether a cut here would go through a word; Chinese and Japanese have no visible ones."""
    return 0 < cut < len(text) and _joins(text[cut - 1]) and _joins(text[cut])


def _joins(character: str) -> bool:
    return (character.isalnum() or unicodedata.category(character)[0] == "M") and (
        unicodedata.east_asian_width(character) not in "WF"
    )
