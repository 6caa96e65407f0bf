"""What it takes to run work somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")


class Executor(Protocol):
    """Runs one function over many items.

    `make_worker` is called where the work is done, so it must hold plain values only: no stores, no `self`.
    """

    def map(self, make_worker: Callable[[], Callable[[In], Out]], items: Iterable[In]) -> Iterator[tuple[In, Out]]:
        """Each item with its result, as soon as it is there, in whatever order that is.

        Items are drawn as workers become free, so `items` may be endless. An exception of a worker is raised
        here. On Ctrl-C items under way are given up and `KeyboardInterrupt` is raised; a worker in this very process
        may put that off until what it does is kept.
        """
