"""How long one text is searched: without a bound, texts made to be slow would stop a run."""

from __future__ import annotations

from collections.abc import Iterator

_MOST_TRIES = 10_000  # for each quote
_FEWEST_TRIES = 20  # for each place that is wanted, even when nothing is left
_ALL_TRIES = 100_000  # for each text: half a second; a text of 1 MB with 2,000 names in it needs 5,000
CHARACTERS_A_TRY = 64
"""A try costs as much as looking at so many characters."""


class Effort:
    """What is left of the tries that one text is worth."""

    def __init__(self) -> None:
        self._left = _ALL_TRIES * CHARACTERS_A_TRY

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self._left < 0

    def spend(self, characters: int) -> None:
        """So many characters were looked at one by one."""
        self._left -= characters

    def tries(self, wanted: int, size: int) -> Iterator[None]:
        """One for each place at which a quote of `size` characters may be tried, if `wanted` places are needed."""
        for number in range(max(_MOST_TRIES, wanted)):
            self._left -= CHARACTERS_A_TRY + size
            if self._left < 0 and number >= _FEWEST_TRIES * wanted:
                return
            yield
