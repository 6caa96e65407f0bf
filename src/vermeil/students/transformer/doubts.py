"""Where silver differs from what the student finds, and in which way it would be wrong if the student were right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vermeil.data import Example, Span
from vermeil.evaluate.mistakes import Kind, pairs
from vermeil.formats.tags import spans_of


def differences(found: Sequence[str], silver: Sequence[str]) -> Iterator[tuple[Kind, int]]:
    """The number of each word whose tag differs, with the kind of silver's mistake.

    Args:
        found: the student's tag of each word of a text; `silver` the same.
    """
    if found == silver:
        return
    text = "." * len(found)  # spans over words, paired as spans over characters are
    for pair in pairs(Example(text, _spans(found)), _spans(silver)):
        if pair.kind != "right":
            spans = [span for span in (pair.gold, pair.predicted) if span]
            words = range(min(span.start for span in spans), max(span.end for span in spans))
            yield from ((pair.kind, word) for word in words if found[word] != silver[word])


def _spans(tags: Sequence[str]) -> tuple[Span, ...]:
    return tuple(Span(start, end, label) for start, end, label in spans_of(tags))
