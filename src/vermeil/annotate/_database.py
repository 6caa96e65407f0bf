"""Opens the SQLite file of an answer store: private, ours, of a version that we know, and held by nobody else.

One connection in one process, and locking that shuts all others out. SQLite before 3.51.3 can damage a write-ahead
log that two connections write or checkpoint at once, and few machines have that version yet.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from vermeil.annotate._migrations import MIGRATIONS, OURS
from vermeil.errors import NoStore, StoreError

_IN_USE = "is in use by another run; wait until it is done (until then nobody else can read it), or use another --store"
_REMEDIES = {
    "SQLITE_BUSY": _IN_USE,
    "SQLITE_LOCKED": _IN_USE,
    "SQLITE_FULL": "cannot grow: the disk is full; free some space and run the same command again",
    "SQLITE_CORRUPT": "is damaged; keep a copy, and get back what can be read with: sqlite3 FILE .recover",
    "SQLITE_READONLY": "cannot be written; check its permissions, or use another --store",
    "SQLITE_CANTOPEN": "cannot be opened; check that its folder exists and can be written, or use another --store",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error; check it, and its free space",
}
_CACHE_KIB = 16 * 1024  # keys arrive in random order: with SQLite's own 2 MiB, each would be read from the disk again


class Database:
    """The one connection to the file, which no other process can open until it is closed.

    Raises:
        NoStore: it is another program's file, or a folder.
        StoreError: it is in use, of a newer version, or cannot be read or written; by every method.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if path != ":memory:":
            _create_private(path)
        with explained(path):
            self.connection = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
            try:
                _prepare(self.connection, path)
            except BaseException:
                self.connection.close()
                raise

    def one(self, query: str, *values: object) -> tuple[Any, ...]:
        """The first row; () if there is none."""
        with explained(self.path):
            row: tuple[Any, ...] | None = self.connection.execute(query, values).fetchone()
        return row or ()

    def all(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Every row, read as it is asked for."""
        with explained(self.path), closing(self.connection.execute(query, values)) as cursor:
            yield from cursor

    def close(self) -> None:
        """Let go of the file."""
        with explained(self.path):
            self.connection.close()


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns what SQLite raises into a `StoreError` (or `NoStore`) that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        if code == "SQLITE_NOTADB":
            raise NoStore(f"{path} is not an answer store; name another file with --store") from error
        for known, remedy in _REMEDIES.items():
            if code.startswith(known):
                raise StoreError(f"{path} {remedy}") from error
        raise StoreError(f"{path} cannot be used as an answer store: {error}") from error


def _create_private(path: str) -> None:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o600))
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        why = "this is a folder" if isinstance(error, IsADirectoryError) else "part of its path is a file"
        raise NoStore(f"{path} cannot be opened: {why}; name another file with --store") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"{path} cannot be opened ({why}); check its folder and permissions, or use another --store"
        ) from None


def _prepare(database: sqlite3.Connection, path: str) -> None:
    # Set before the first access: only so is the write-ahead log kept without shared memory and the file held for us.
    database.execute("pragma locking_mode = exclusive")
    _check_ours(database, path)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = full")
    database.execute(f"pragma cache_size = -{_CACHE_KIB}")
    database.execute(f"pragma journal_size_limit = {64 * 2**20}")
    database.execute("begin exclusive")
    database.execute("commit")
    _migrate(database, path)


def _migrate(database: sqlite3.Connection, path: str) -> None:
    (version,) = database.execute("pragma user_version").fetchone()
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        database.execute("begin exclusive")
        try:
            step(database)
            database.execute(f"pragma user_version = {number}")
            database.execute("commit")
        except ValueError as error:
            raise StoreError(
                f"{path} cannot be brought to store version {number}: {error}; it was left as it is"
            ) from error
    if 0 < version < len(MIGRATIONS):
        with suppress(sqlite3.Error):  # it needs room for a second file; without it, this one only stays as large
            database.execute("vacuum")


def _check_ours(database: sqlite3.Connection, path: str) -> None:
    (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
    (program,) = database.execute("pragma application_id").fetchone()
    (version,) = database.execute("pragma user_version").fetchone()
    if program != OURS and (tables or version):
        raise NoStore(f"{path} is the database of another program; name another file with --store")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer vermeil (store version {version}, this one knows {len(MIGRATIONS)}); "
            "update vermeil"
        )
