"""What workers say while they work: `tell` reaches the caller's listener, wherever the worker runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_listener: Callable[[Any], None] | None = None


def tell(event: Any) -> None:  # noqa: ANN401 - whatever the caller and its workers agree on
    """From a worker: give an event to the caller's listener, if there is one."""
    if _listener is not None:
        _listener(event)


def listen(listener: Callable[[Any], None] | None) -> Callable[[Any], None] | None:
    """Set the listener of this process; returns the one before, to be put back."""
    global _listener
    before, _listener = _listener, listener
    return before
