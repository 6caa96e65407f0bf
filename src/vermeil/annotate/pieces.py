"""Long texts: cut into overlapping pieces at ends of sentences, and their labels put together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from vermeil.align.apart import apart
from vermeil.annotate._breaks import break_in
from vermeil.annotate.reading import UNASKED, Reading
from vermeil.annotate.together import together
from vermeil.annotate.votes import Rule, merged
from vermeil.data import Lost, Span, whole
from vermeil.errors import SettingsError

Piece = tuple[int, int]
"""Start and end of a stretch of the text, in characters."""


def cut(text: str, longest: int, overlap: int) -> tuple[Piece, ...]:
    """Pieces of at most `longest` characters that cover the text; one where it fits.

    They end where a paragraph does, else a sentence, a line, a clause, a word, within the last third of what is
    allowed. Neighbours share at least `overlap` characters, so that whatever is no longer than that lies whole in
    one of them, and twice as many at most as a rule: the next piece starts with a sentence where it can.

    Raises:
        SettingsError: the overlap is not below half of the longest piece.
    """
    check_overlap(longest, overlap)
    room = (longest - overlap) // 3  # how far a cut may move to where one is better; a third is sure progress
    pieces, start = [], 0
    while len(text) - start > longest:
        high = start + longest
        end = break_in(text, high - room, high, high - room)
        pieces.append((start, end))
        start = _next_start(text, end, overlap, room)
    return (*pieces, (start, len(text)))


def check_overlap(longest: int, overlap: int) -> None:
    """Refuse pieces that get nowhere.

    Raises:
        SettingsError: the overlap is not below half of the longest piece.
    """
    if not 0 <= overlap < longest / 2:
        raise SettingsError(f"pieces overlap by less than half of their length, got {overlap} of {longest} characters")


def _next_start(text: str, end: int, overlap: int, room: int) -> int:
    if not overlap:
        return end  # the one place that is known to be good
    latest = end - overlap
    return break_in(text, latest - min(room, overlap), latest, latest - room)


@dataclass(frozen=True)
class _Seen:
    """A span as one piece has it, and how many characters it lies from where that piece was cut off its neighbour."""

    span: Span
    distance: float

    @property
    def preference(self) -> tuple[float, int, Span]:
        return -self.distance, self.span.start - self.span.end, self.span


def joined(text: str, pieces: Sequence[Piece], readings: Sequence[Reading]) -> Reading:
    """What the readings of its pieces say of the whole text.

    Where two pieces see the same span it counts once; where they differ, the one holds that lies farther from a
    cut, and of those that lie at one (a name cut in two), the longer. What only one of two pieces names is kept.
    A text fails with any of its pieces: its labels would be half of what is there.
    """
    if not all(reading.asked for reading in readings):
        return UNASKED
    labels = apart(seen.span for seen in sorted(_seen(text, pieces, readings), key=lambda seen: seen.preference))
    return _failed(text, pieces, readings, labels) or replace(together(readings), labels=labels)


def classed(text: str, pieces: Sequence[Piece], readings: Sequence[Reading], rule: Rule) -> Reading:
    """The classes of a text by those of its pieces, each of which votes with its length.

    The score of a class is the share of the text whose pieces are in it, and it is kept by the rule for voters. A
    text fails with any of its pieces.
    """
    if not all(reading.asked for reading in readings):
        return UNASKED
    names = [f"characters {start} to {end}" for start, end in pieces]
    voices = [
        replace(reading, labels=tuple(whole(text, span.label, span.score) for span in reading.labels))
        for reading in readings
    ]
    lengths = {name: float(end - start) for name, (start, end) in zip(names, pieces, strict=True)}
    voted = merged(text, dict(zip(names, voices, strict=True)), lengths, rule)
    labels = tuple(dict.fromkeys(span for reading in voices for span in reading.labels))
    return _failed(text, pieces, readings, labels) or replace(voted, votes=())


def _failed(text: str, pieces: Sequence[Piece], readings: Sequence[Reading], labels: Iterable[Span]) -> Reading | None:
    """The reading of a text with pieces that failed, None where none did."""
    failed = [(piece, reading.failed) for piece, reading in zip(pieces, readings, strict=True) if reading.failed]
    if not failed:
        return None
    whole = together(readings)
    (start, end), why = failed[0]
    others = f" (and {len(failed) - 1} more of {len(pieces)} pieces)" if len(failed) > 1 else ""
    unused = tuple(Lost(text[s.start : s.end], s.label, "another piece of the text failed") for s in labels)
    return replace(whole, lost=whole.lost + unused, failed=f"characters {start} to {end}: {why}{others}")


def _seen(text: str, pieces: Sequence[Piece], readings: Sequence[Reading]) -> list[_Seen]:
    found = []
    for (start, end), reading in zip(pieces, readings, strict=True):
        for span in reading.labels:
            before = span.start if start else inf
            after = end - start - span.end if end < len(text) else inf
            moved = replace(span, start=span.start + start, end=span.end + start)
            found.append(_Seen(moved, min(before, after)))
    return found
