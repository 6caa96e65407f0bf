"""Rows of piece numbers, as the model reads them, and the frame that they are put into."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vermeil.students.transformer.tags import IGNORED
from vermeil.students.transformer.words import Pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Row(NamedTuple):
    """One window of one example: its pieces with the special ones, and the units (as a rule words) decided in it.

    Args:
        words: numbers of the example's units that are decided here.
        places: the place in `ids` of each word's first piece; none where the text is one unit.
        tags: of each unit; `IGNORED` where there is nothing to learn.
        share: how much it says about its units, of what all windows say about them.
    """

    example: int
    ids: tuple[int, ...]
    words: tuple[int, ...]
    places: tuple[int, ...]
    tags: tuple[int, ...]
    share: float = 1.0

    @property
    def targets(self) -> int:
        """How many units there are to learn from."""
        return sum(tag != IGNORED for tag in self.tags)


class Frame(NamedTuple):
    """What stands before and after the pieces of a row, how many fit between, and how many windows share."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    room: int
    overlap: int

    def ids(self, pieces: Pieces, start: int, end: int) -> tuple[int, ...]:
        """The pieces [start, end) in the frame."""
        return (*self.before, *pieces.ids[start:end], *self.after)


def special_pieces(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the model expects before and after a text: found by trying it out on one ordinary word."""
    encoding = tokenizer.encode("a")
    special = [bool(flag) for flag in encoding.special_tokens_mask]
    if all(special):  # a tokenizer that makes nothing of "a"
        return (), ()
    first, last = special.index(False), len(special) - special[::-1].index(False)
    return tuple(encoding.ids[:first]), tuple(encoding.ids[last:])
