"""One text on its way to its labels: pieces × voters, each of which comes in when it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vermeil.annotate.pieces import Piece, classed, joined
from vermeil.annotate.reading import UNASKED, Reading
from vermeil.annotate.votes import SPANS, Rule, merged
from vermeil.data import Example


class Labelling:
    """Collects the readings of a text's pieces by each voter.

    Args:
        first: whether the text is the first one of its words; repeated ones don't count twice in reports.
        rule: which labels are kept of those that pieces and voters name.
    """

    __slots__ = ("_missing", "_readings", "_rule", "example", "final", "first", "pieces")

    def __init__(self, example: Example, pieces: Sequence[Piece], voters: int, first: bool, rule: Rule = SPANS) -> None:
        self.example = example
        self.pieces = pieces
        self.first = first
        self._rule = rule
        self.final: Reading | None = None
        self._readings: list[list[Reading | None]] = [[None] * len(pieces) for _ in range(voters)]
        self._missing = voters * len(pieces)

    def put(self, voter: int, piece: int, reading: Reading) -> bool:
        """Take one reading; true if it was the last one missing."""
        self._readings[voter][piece] = reading
        self._missing -= 1
        return not self._missing

    def by_voter(self, names: Sequence[str]) -> dict[str, Reading]:
        """What each voter says of the whole text, once nothing is missing."""
        return {name: self._whole(readings) for name, readings in zip(names, self._readings, strict=True)}

    def merged(self, names: Sequence[str]) -> Reading:
        """What they say together."""
        found = self.by_voter(names)
        if not all(reading.asked for reading in found.values()):
            return UNASKED
        whole = merged(self.example.text, found, rule=self._rule)
        stored = all(reading.stored for reading in found.values())
        return whole if whole.stored == stored else replace(whole, stored=stored)

    def _whole(self, readings: Sequence[Reading | None]) -> Reading:
        there = [reading for reading in readings if reading is not None]
        if len(there) == 1:
            return there[0]
        if not all(reading.asked for reading in there):
            return UNASKED
        if self._rule.kind == "spans":
            whole = joined(self.example.text, self.pieces, there)
        else:
            whole = classed(self.example.text, self.pieces, there, self._rule)
        return replace(whole, stored=all(reading.stored for reading in there))
