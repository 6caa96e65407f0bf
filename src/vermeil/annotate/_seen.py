"""Which of a million texts were seen before, in a file of its own that vanishes with the program."""

from __future__ import annotations

import hashlib
import sqlite3

from vermeil.annotate._database import explained

_DIGEST = 16  # bytes: two of 10**9 texts share one with a chance of 10**-20
_WHERE = "the temporary file of texts that were seen (TMPDIR names its folder)"


class Seen:
    """A set of texts, by their digests, that lies on the disk. It forgets all of them when it is closed."""

    def __init__(self) -> None:
        with explained(_WHERE):
            # "" is SQLite's name for a private file, which is deleted when it is opened; nothing waits for the disk.
            self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for statement in ("pragma journal_mode = off", "pragma synchronous = off", "pragma cache_size = -8192"):
                self._database.execute(statement)
            self._database.execute("create table seen (digest blob primary key) without rowid")
            self._database.execute("begin")

    def first_time(self, text: str) -> bool:
        """Whether this text was not seen before; from now on it was."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_DIGEST]
        with explained(_WHERE):
            return self._database.execute("insert or ignore into seen values (?)", (digest,)).rowcount == 1

    def close(self) -> None:
        """Forget all."""
        self._database.close()
