"""Ctrl-C that waits until it does no harm, and SIGTERM that is one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import NoReturn

_terminated = threading.Event()


def sigterm_is_ctrl_c() -> threading.Event:
    """From here on SIGTERM (`docker stop`, a scheduler, the system going down) does what Ctrl-C does.

    For programs; a library leaves signals alone.

    Returns:
        Set once a SIGTERM came.
    """
    signal.signal(signal.SIGTERM, _terminate)
    return _terminated


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    _terminated.set()
    raise KeyboardInterrupt


_STRIKES = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}
"""What may be postponed. SIGINT alone won't do for both: a shell starts programs in the background without it."""


class PostponedInterrupt:
    """The first Ctrl-C sets `came` and wakes; otherwise it would strike anywhere, say in the middle of a write.

    A second one strikes at once. SIGTERM is postponed likewise, where it is one (`sigterm_is_ctrl_c`).
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self.came = threading.Event()
        self._wake = wake
        self._ours: list[signal.Signals] = []

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
        if threading.current_thread() is threading.main_thread():
            self._ours = [number for number, strike in _STRIKES.items() if signal.getsignal(number) is strike]
        for number in self._ours:
            signal.signal(number, self._note)

    def end(self) -> None:
        """Up to here."""
        if threading.current_thread() is threading.main_thread():
            self._give_back()

    def _give_back(self) -> None:
        for number in self._ours:
            if signal.getsignal(number) == self._note:
                signal.signal(number, _STRIKES[number])

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            _terminated.set()
        self.came.set()
        self._give_back()
        self._wake()
