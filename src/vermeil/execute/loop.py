"""One event loop in a thread of its own, for all that waits: it goes on while the caller's thread computes."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner = 0


def background_loop() -> asyncio.AbstractEventLoop:
    """The loop, started at first use; a forked child starts its own."""
    global _loop, _owner
    with _lock:
        if _loop is None or _owner != os.getpid():
            _loop, _owner = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="vermeil-loop", daemon=True).start()
        return _loop


def wait_for(coroutine: Coroutine[Any, Any, T], deadline: float | None = None) -> T:
    """Its result, from a thread other than the loop's.

    Raises:
        TimeoutError: it isn't there after `deadline` seconds; the coroutine is cancelled.
    """
    future = asyncio.run_coroutine_threadsafe(_timed(coroutine, deadline), background_loop())
    try:
        # The half second is for a loop that is itself held up.
        return future.result(None if deadline is None else deadline + 0.5)
    except BaseException:
        future.cancel()
        raise
    finally:
        del future  # else an error, its frame and the future hold each other, and all that the coroutine used


async def _timed(coroutine: Coroutine[Any, Any, T], deadline: float | None) -> T:
    async with asyncio.timeout(deadline):
        return await coroutine
