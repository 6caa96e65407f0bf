"""The ids of millions of examples, in 24 to 48 bytes each."""

from __future__ import annotations

from array import array
from typing import Literal

from vermeil.data import Example

_SMALLEST = 1024
_64_BITS = 2**64 - 1


class KnownIds:
    """A table of two hashes for each example, that of its id and that of all of it.

    Python's sets of strings take five times as much. Slots are tried one after the other from the one that the
    first hash points to; 0 marks a free one.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(16 * _SMALLEST))
        self._count = 0

    def add(self, example: Example) -> Literal["new", "repeated", "differs"]:
        """Whether the id came before, with the same content or (as far as hashes can tell) with other content."""
        key, content = hash(example.id) & _64_BITS or 1, hash(example) & _64_BITS
        at = self._slot_of(key)
        if self._slots[at]:
            return "repeated" if self._slots[at + 1] == content else "differs"
        self._slots[at], self._slots[at + 1] = key, content
        self._count += 1
        if self._count * 3 > len(self._slots):  # two thirds full
            self._grow()
        return "new"

    def _slot_of(self, key: int) -> int:
        """Where the key is, or would be."""
        slots, last = self._slots, len(self._slots) - 2
        at = key * 2 & last
        while slots[at] and slots[at] != key:
            at = at + 2 & last
        return at

    def _grow(self) -> None:
        earlier = self._slots
        self._slots = array("Q", bytes(2 * 8 * len(earlier)))
        for k in range(0, len(earlier), 2):
            if earlier[k]:
                at = self._slot_of(earlier[k])
                self._slots[at], self._slots[at + 1] = earlier[k], earlier[k + 1]
