"""Labelled rows of a run that has not ended: they lie beside the file to be written, and the next run goes on."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from vermeil.data import Example
from vermeil.errors import DataError, OutputError
from vermeil.files import writing_errors
from vermeil.formats.rows import example_of, row_of
from vermeil.parts import Parting

_BETWEEN_FLUSHES = 256  # rows


class Unfinished:
    """The rows so far, a JSON object a line, in a hidden sibling of the target; made by `unfinished`.

    Nothing else records how far a run came: a row counts if it is whole and its text is the next one of the input.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path, self._stream, self._rows = path, stream, 0

    def go_on(self, texts: Iterator[Example]) -> tuple[int, Iterator[Example]]:
        """How many of the texts are labelled already, and the other ones.

        Rows behind the last whole part are dropped: its texts are labelled together, as if nobody had stopped.
        """
        self._stream.seek(0)
        done = whole = size = 0
        part: list[Example] = []  # texts behind the last whole part, with rows of this size
        parting = Parting()
        for line in self._stream:
            given = next(texts, None)
            if given is None:
                return self._kept(done + len(part), whole + size, texts)
            part.append(given)
            labelled = _read(line)
            if labelled is None or _text_of(labelled) != _text_of(given):
                break
            size += len(line)
            if parting.ends_with(given):
                done, whole, size, part = done + len(part), whole + size, 0, []
        else:
            if (following := next(texts, None)) is None:
                return self._kept(done + len(part), whole + size, texts)
            part.append(following)
        return self._kept(done, whole, chain(part, texts))

    def _kept(self, done: int, size: int, rest: Iterator[Example]) -> tuple[int, Iterator[Example]]:
        self._stream.seek(size)
        self._stream.truncate()
        return done, rest

    def add(self, labelled: Example) -> None:
        """Keep one more; what is added survives the end of this process, however it ends, but for the last few."""
        self._stream.write(json.dumps(row_of(labelled), ensure_ascii=False).encode() + b"\n")
        self._rows += 1
        if self._rows % _BETWEEN_FLUSHES == 0:
            self._stream.flush()

    def examples(self) -> Iterator[Example]:
        """All rows, read back one by one."""
        self._stream.flush()
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                labelled = _read(line)
                if labelled is None:
                    raise DataError(f"{self._path}:{number}: the row was changed by somebody else; run again")
                yield labelled

    def remove(self) -> None:
        """It is written where it belongs; what runs with other keys left for the same target is of no use any more."""
        self._path.unlink()
        name, _, _ = self._path.name.rsplit(".", 2)
        for path in self._path.parent.iterdir():
            if re.fullmatch(rf"{re.escape(name)}\.[0-9a-f]{{16}}\.partial", path.name):
                with suppress(OSError), path.open("rb") as stream:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)  # or else its run is still at it
                    path.unlink()


@contextmanager
def unfinished(target: Path, key: str) -> Iterator[Unfinished]:
    """What an earlier run with this key left beside the target, or a new one; it stays until it is removed.

    Args:
        key: whatever must be equal for rows to be worth keeping, as 16 hexadecimal digits.

    Raises:
        OutputError: another process is at it, or it cannot be written.
    """
    path = target.with_name(f".{target.name}.{key}.partial")
    with writing_errors(target):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "r+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not os.fstat(descriptor).st_nlink:  # a run that ended has just swept it away
                    raise BlockingIOError
            except BlockingIOError:
                raise OutputError(f"another run is writing {target}; wait for it, or choose another file") from None
            try:
                yield Unfinished(path, stream)
            finally:
                stream.flush()
                if path.exists() and not path.stat().st_size:
                    path.unlink()


def _text_of(example: Example) -> Example:
    """All of an example but what was found in it."""
    return replace(example, labels=(), source="", failed="", kind="spans")


def _read(line: bytes) -> Example | None:
    """The example of a whole row, None for one that was cut off."""
    if not line.endswith(b"\n"):
        return None
    try:
        return example_of(json.loads(line), "", None, "")
    except (ValueError, TypeError, AttributeError, DataError):
        return None
