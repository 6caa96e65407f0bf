"""A file that is read more than once: pipes are kept on disk, and a change between two readings is an error."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from vermeil.errors import DataError, OutputError
from vermeil.files import lines, name_of, opened

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""

_BETWEEN_LOOKS = 2**18  # characters read before the next look at how far we are, and whether the file changed


class Rereadable:
    """The lines or bytes of a file, of a pipe or of standard input (`-`), as often as they are asked for.

    What can be read only once is first copied to a temporary file without a name, which goes with this object.
    """

    def __init__(self, path: str | Path) -> None:
        self.name = name_of(path)
        self._path = path
        self._kept = _kept(path) if str(path) == "-" or _is_pipe(path) else None
        self._state: tuple[int, ...] | None = None
        if self._kept is not None:
            weakref.finalize(self, self._kept.close)

    def lines(self, on_progress: Progress | None = None, *, keep_ends: bool = False) -> Iterator[tuple[int, str]]:
        """Number and text of each line, as `files.lines`.

        Raises:
            DataError: as `files.lines`, or the file is not what it was at the first reading.
        """
        with self._bytes() as raw:
            yield from self._lines(raw, on_progress, keep_ends)

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """All bytes, for formats that are not read line by line; `.gz` is first unpacked to a temporary file.

        Raises:
            DataError: there is no such file, it is broken gzip, or not what it was at the first reading.
        """
        with self._bytes() as raw:
            self._look(raw, None)
            if str(self._path).endswith(".gz"):
                with _unpacked(raw, self.name) as plain:
                    yield plain
            else:
                yield io.BufferedReader(raw)
            self._look(raw, None)

    def framed_by(self, mark: bytes) -> bool:
        """Whether the file begins and ends with these bytes."""
        with self._bytes() as raw:
            first = raw.read(len(mark))
            raw.seek(-min(len(mark), os.fstat(raw.descriptor).st_size), os.SEEK_END)
            return first == mark == raw.read(len(mark))

    def changed(self, how: str) -> DataError:
        """The error for a file that was sound at the first reading, and now is not what it was."""
        return DataError(f"{self.name}: the file changed after it was checked ({how}); run again")

    @contextmanager
    def _bytes(self) -> Iterator[_FromStart]:
        with opened(self._path) if self._kept is None else nullcontext(self._kept) as stream:
            yield _FromStart(stream.fileno())

    def _lines(self, raw: _FromStart, on_progress: Progress | None, keep_ends: bool) -> Iterator[tuple[int, str]]:
        self._look(raw, on_progress)
        unseen = 0
        for number, line in lines(self._path, io.BufferedReader(raw), keep_ends=keep_ends):
            unseen += len(line) + 1
            if unseen >= _BETWEEN_LOOKS:
                self._look(raw, on_progress)
                unseen = 0
            yield number, line
        self._look(raw, on_progress)

    def _look(self, raw: _FromStart, on_progress: Progress | None) -> None:
        found = os.fstat(raw.descriptor)
        state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        self._state = self._state or state
        if state != self._state:
            raise self.changed("its size or time")
        if on_progress is not None:
            on_progress(min(raw.done, found.st_size), found.st_size)


class _FromStart(io.RawIOBase):
    """The bytes of an open file from its start, with a place of its own, so that two may read it side by side."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.done = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.done}.get(whence)
        self.done = (os.fstat(self.descriptor).st_size if start is None else start) + offset
        return self.done

    def tell(self) -> int:
        return self.done

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the protocol is private to typeshed
        count = os.preadv(self.descriptor, [buffer], self.done)
        self.done += count
        return count


def _is_pipe(path: str | Path) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 (a path with a NUL byte is no error yet)
    except (OSError, ValueError):
        return False  # opening it will say why
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _kept(path: str | Path) -> BinaryIO:
    with opened(path) as stream:
        return _copied(stream, name_of(path))


def _unpacked(packed: _FromStart, name: str) -> BinaryIO:
    try:
        with gzip.GzipFile(fileobj=io.BufferedReader(packed)) as stream:
            return _copied(stream, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{name}: not gzip, or broken ({error}); make the file again") from None


def _copied(stream: BinaryIO | gzip.GzipFile, name: str) -> BinaryIO:
    kept = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the object that holds it)
    try:
        shutil.copyfileobj(stream, kept, 2**20)
        kept.flush()
        kept.seek(0)
    except gzip.BadGzipFile:
        kept.close()
        raise
    except OSError as error:
        kept.close()
        raise OutputError(
            f"{name} could not be kept in {tempfile.gettempdir()} ({error.strerror or error}); "
            "free some space, or set TMPDIR to a folder that has it"
        ) from None
    except BaseException:
        kept.close()
        raise
    return kept
