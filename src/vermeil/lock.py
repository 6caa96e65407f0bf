"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vermeil.errors import OutputError
from vermeil.files import writing_errors

LOCK = "lock"
"""The file in the folder; the system lets go of it, whatever ends the process."""


@contextmanager
def held(folder: Path, taken: str) -> Iterator[None]:
    """Keep other processes out of the folder, which is made if it isn't there.

    Args:
        taken: the message, if another one is in.

    Raises:
        OutputError: another process holds it, or it cannot be written.
    """
    with writing_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("wb")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(taken) from None
        yield
