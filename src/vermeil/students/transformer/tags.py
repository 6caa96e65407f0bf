"""Spans to IOB2 tags of words and back."""

from __future__ import annotations

from collections.abc import Sequence

from vermeil.data import Span
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


def to_spans(words: Sequence[Word], found: Sequence[tuple[float, int]], labels: Sequence[str]) -> tuple[Span, ...]:
    """The spans of a tagging, given as score and tag of each word; a span's score is the mean of its words'.

    An I- tag that continues nothing begins a span, as in `transformers.pipeline(aggregation_strategy="first")`.
    """
    groups: list[list[int]] = []
    tags = [tag for _, tag in found]
    for number, tag in enumerate(tags):
        if tag == 0:
            continue
        inside = tag % 2 == 0
        if inside and groups and groups[-1][-1] == number - 1 and (tags[number - 1] + 1) // 2 == tag // 2:
            groups[-1].append(number)
        else:
            groups.append([number])
    return tuple(
        Span(
            words[group[0]].start,
            words[group[-1]].end,
            labels[(tags[group[0]] - 1) // 2],
            score=min(1.0, sum(found[number][0] for number in group) / len(group)),
        )
        for group in groups
    )
