"""Ctrl-C that waits until it does no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType


class PostponedInterrupt:
    """The first Ctrl-C sets `came` and wakes; otherwise it would strike anywhere, say in the middle of a write.

    A second one strikes at once.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self.came = threading.Event()
        self._wake = wake
        self._ours = False

    def __enter__(self) -> PostponedInterrupt:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def begin(self) -> None:
        """From here on."""
        # Signals reach the main thread only; and a program that has its own way with Ctrl-C keeps it.
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._ours:
            signal.signal(signal.SIGINT, self._note)

    def end(self) -> None:
        """Up to here."""
        here = threading.current_thread() is threading.main_thread()
        if self._ours and here and signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._wake()
