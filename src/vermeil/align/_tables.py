"""What a function makes of each character of a text, at the speed of `str.translate`."""

from __future__ import annotations

from collections.abc import Callable


class Table(dict[int, str]):
    """For `str.translate`: the function is called once for each character, when that first comes up."""

    def __init__(self, of: Callable[[str], str]) -> None:
        self._of = of

    def __missing__(self, point: int) -> str:
        self[point] = made = self._of(chr(point))
        return made
