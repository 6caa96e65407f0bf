"""Opens the SQLite file of an answer store: private, ours, of a version that we know, and held by nobody else."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vermeil.errors import StoreError

_OURS = 0x7665726D  # "verm", SQLite's application_id

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """create table answers (
            id integer primary key,
            key text not null,
            llm text not null,
            settings text not null,
            prompt text not null,
            text text not null,
            body text not null,
            form text not null check (form in ('body', 'text')),
            attempt integer not null,
            created text not null
        )""",
        "create unique index answers_by_key on answers (key, attempt)",
        f"pragma application_id = {_OURS}",
    ),
)
"""What takes a store from each version to the next; a step that was released is never changed."""

_REMEDIES = {
    "SQLITE_BUSY": "is in use by another run; wait until it is done, or use another --store",
    "SQLITE_LOCKED": "is in use by another run; wait until it is done, or use another --store",
    "SQLITE_FULL": "cannot grow: the disk is full; free some space and run the same command again",
    "SQLITE_NOTADB": "is not an answer store; name another file with --store",
    "SQLITE_CORRUPT": "is damaged; keep a copy, and get back what can be read with: sqlite3 FILE .recover",
    "SQLITE_READONLY": "cannot be written; check its permissions, or use another --store",
    "SQLITE_CANTOPEN": "cannot be opened; check that its folder exists and can be written, or use another --store",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error; check it, and its free space",
}


def open_database(path: str) -> sqlite3.Connection:
    """The one connection to the file, which no other process can open until it is closed.

    Raises:
        StoreError: it is in use, not a store, of a newer version, or cannot be written.
    """
    if path != ":memory:":
        _create_private(path)
    with explained(path):
        database = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns what SQLite raises into a `StoreError` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        for known, remedy in _REMEDIES.items():
            if code.startswith(known):
                raise StoreError(f"{path} {remedy}") from error
        raise StoreError(f"{path} cannot be used as an answer store: {error}") from error


def _create_private(path: str) -> None:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o600))
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
    database.execute("begin exclusive")
    database.execute("commit")
    (version,) = database.execute("pragma user_version").fetchone()
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        database.execute("begin exclusive")
        for statement in statements:
            database.execute(statement)
        database.execute(f"pragma user_version = {number}")
        database.execute("commit")


def _check_ours(database: sqlite3.Connection, path: str) -> None:
    (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
    (program,) = database.execute("pragma application_id").fetchone()
    (version,) = database.execute("pragma user_version").fetchone()
    if program != _OURS and (tables or version):
        raise StoreError(f"{path} is the database of another program; name another file with --store")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer vermeil (store version {version}, this one knows {len(MIGRATIONS)}); "
            "update vermeil"
        )
