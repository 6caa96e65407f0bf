"""Run in this very process, one item after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from vermeil.execute.events import listen

In = TypeVar("In")
Out = TypeVar("Out")


class Here:
    """The simplest executor; it needs no importable worker and no `if __name__ == "__main__"`."""

    def __init__(self, on_event: Callable[[Any], None] = lambda event: None) -> None:
        self.on_event = on_event

    def map(self, make_worker: Callable[[], Callable[[In], Out]], items: Iterable[In]) -> Iterator[tuple[In, Out]]:
        """Each item with its result, in order."""
        before = listen(self.on_event)
        try:
            worker = make_worker()
            for item in items:
                yield item, worker(item)
        finally:
            listen(before)
