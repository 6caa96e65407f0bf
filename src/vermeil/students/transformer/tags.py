"""Spans to IOB2 tags of words and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Span
from vermeil.students.transformer.decoding import continues
from vermeil.students.transformer.words import Word

IGNORED = -100
"""The tag of a word that is left out of the loss."""


def tag_names(labels: Sequence[str]) -> tuple[str, ...]:
    """O, then B- and I- of each label: the tag's number is its place."""
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def to_tags(words: Sequence[Word], spans: Sequence[Span], labels: Sequence[str]) -> tuple[list[int], tuple[Span, ...]]:
    """The number of each word's tag, and the spans that no tags can give: those that begin or end inside a word.

    Words that such a span touches are `IGNORED`: neither "O" nor part of a name would be true.
    """
    firsts = {word.start: number for number, word in enumerate(words)}
    lasts = {word.end: number for number, word in enumerate(words)}
    tags, unreachable = [0] * len(words), []
    for span in spans:
        first, last = firsts.get(span.start), lasts.get(span.end)
        if first is not None and last is not None and first <= last:
            begin = 1 + 2 * labels.index(span.label)
            tags[first : last + 1] = [begin, *[begin + 1] * (last - first)]
        else:
            unreachable.append(span)
            for number, word in enumerate(words):
                if word.start < span.end and span.start < word.end:
                    tags[number] = IGNORED
    return tags, tuple(unreachable)


def to_spans(
    texts: Sequence[Sequence[Word]], tags: NDArray[np.intp], scores: NDArray[np.float64], labels: Sequence[str]
) -> list[tuple[Span, ...]]:
    """The spans of each text; a span's score is the mean of its words'.

    An I- tag that continues nothing begins a span, as in `transformers.pipeline(aggregation_strategy="first")`.

    Args:
        tags: those of the words of all texts, one text after the other.
        scores: the probability of each word's tag.
    """
    lengths = np.fromiter(map(len, texts), np.intp, len(texts))
    goes_on = continues(tags, np.cumsum(lengths) - lengths)
    firsts = np.flatnonzero((tags > 0) & ~goes_on)
    lasts = np.flatnonzero((tags > 0) & ~np.append(goes_on[1:], False))
    if not len(firsts):
        return [()] * len(texts)
    sums = np.add.reduceat(np.append(scores, 0.0), np.stack([firsts, lasts + 1], axis=1).ravel())[::2]
    means = np.minimum(1.0, sums / (lasts + 1 - firsts))
    words = np.fromiter(chain.from_iterable(chain.from_iterable(texts)), np.intp).reshape(-1, 3)
    text_of = np.repeat(np.arange(len(texts)), lengths)[firsts]
    found: list[list[Span]] = [[] for _ in texts]
    for text, start, end, label, score in zip(
        text_of.tolist(),
        words[firsts, 0].tolist(),
        words[lasts, 1].tolist(),
        ((tags[firsts] - 1) // 2).tolist(),
        means.tolist(),
        strict=True,
    ):
        found[text].append(Span(start, end, labels[label], score=score))
    return [tuple(spans) for spans in found]
