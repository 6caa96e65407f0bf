"""How many requests may be under way at once: as many as the server takes, found out by trying."""

from __future__ import annotations

_START = 16  # after the first reply
_UNPROVEN = 4  # after a first request that got no reply
_ROUND_TRIPS_BACK = 8  # from one at a time to all


class Window:
    """The first goes alone; then 16, doubling with each round trip; halved by a busy server, and back in equal steps.

    Args:
        most: never more than these.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 1.0
        self._proven = False  # there was a reply
        self._doubling = True
        self._before_cut = 0  # requests under way that were sent before the last cut

    @property
    def size(self) -> int:
        """How many may be under way."""
        return int(self._size)

    @property
    def whole(self) -> bool:
        """Whether as many may be under way as the user allows."""
        return self._size >= self._most

    def replied(self, under_way: int) -> None:
        """A reply came, of one of so many that were under way."""
        self._one_back()
        if not self._proven:
            self._proven = True
            self._size = float(min(self._most, max(_START, self._size)))
        elif 2 * under_way >= self._size:  # an idle window proves nothing
            step = 1.0 if self._doubling else max(1.0, self._most / _ROUND_TRIPS_BACK) / self._size
            self._size = min(float(self._most), self._size + step)

    def broke(self) -> None:
        """A request ended without a reply."""
        self._one_back()
        if not self._proven:
            self._size = float(min(self._most, _UNPROVEN))

    def refused(self, under_way: int) -> None:
        """A busy server: half as many, once for all those that were sent before."""
        if self._one_back():
            return
        self._doubling = False
        self._size = max(1.0, self._size / 2)
        self._before_cut = under_way - 1

    def _one_back(self) -> bool:
        """Whether it was sent before the last cut, as far as can be told by counting."""
        if self._before_cut:
            self._before_cut -= 1
            return True
        return False
