"""Reading and writing files: one clear line for every bad one, and nothing half-written."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import shutil
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, TextIO

from vermeil.errors import DataError, OutputError, nearest
from vermeil.partial import sibling

LONGEST_LINE = 64 * 2**20
"""Bytes; a longer line is a mistake in the file, and reading it would only fill the memory."""

_MARK = ".vermeil"  # lists what `new_folder` wrote: a folder that holds anything else is never replaced
_WHY_UNREADABLE = {
    errno.EISDIR: "this is a folder; name a file in it",
    errno.EACCES: "no permission to read it; change its mode or owner",
    errno.ENOTDIR: "part of its path is a file, not a folder",
}
_WHY_UNWRITABLE = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EACCES: "no permission to write there; choose another place",
    errno.EPERM: "no permission to write there; choose another place",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EISDIR: "this is a folder; name a file in it",
    errno.ENOTDIR: "part of its path is a file, not a folder",
    errno.EEXIST: "part of its path is a file, not a folder",
}


def name_of(path: str | Path) -> str:
    """How messages call the file: its path as it was given, or "standard input" for `-`."""
    return "standard input" if str(path) == "-" else str(path)


def lines(path: str | Path, source: BinaryIO | None = None, *, keep_ends: bool = False) -> Iterator[tuple[int, str]]:
    r"""Number (from 1) and text of each line, read as it is asked for; `-` is standard input, `.gz` is unpacked.

    Only `\n` and `\r\n` end a line: U+2028, form feeds and their like are text. With a source, the bytes of the
    file come from there. Ends of lines are left out, unless they are to be kept.

    Raises:
        DataError: the file is missing, a folder, unreadable, empty, binary, broken gzip, not UTF-8, or has a line
            longer than `LONGEST_LINE`.
    """
    name, number = name_of(path), 0
    try:
        with opened(path) if source is None else nullcontext(source) as packed, _unpacked(packed, path) as stream:
            while raw := stream.readline(LONGEST_LINE + 1):
                number += 1
                yield number, _decoded(raw, name, number, keep_ends)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{name}:{number + 1}: not gzip, or broken from here on ({error}); make the file again"
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    if not number:
        raise DataError(f"{name}: the file is empty; check the path, or the program that wrote it")


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """The bytes of the file as they lie on the disk, or of standard input (`-`); a DataError if there are none."""
    if str(path) == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise DataError("standard input is closed; name a file, or pipe one in")
        yield sys.stdin.buffer
        return
    if "\0" in str(path):
        raise DataError(f"{str(path)!r} cannot be the name of a file")
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 (errors of whoever reads it are not errors of opening)
    except OSError as error:
        raise _unreadable(path, error) from None
    with stream:
        yield stream


def same_file(one: Path | str, other: Path | str) -> bool:
    """Whether two paths lead to one file, by links too; neither needs to be there yet."""
    one, other = Path(one), Path(other)
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def read_text(path: str | Path) -> str:
    """The whole of a small text file, such as one of settings; lines are parted as in `lines`.

    Raises:
        DataError: as `lines`.
    """
    return "\n".join(text for _, text in lines(path))


def sha256_of(path: str | Path) -> str:
    """The fingerprint of the file's bytes, as they lie on the disk."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from None


def write_text(path: str | Path, text: str) -> None:
    """Write the whole file or leave the earlier one as it was; see `replacing`."""
    with replacing(path) as stream:
        stream.write(text)


@contextmanager
def replacing(path: str | Path) -> Iterator[TextIO]:
    r"""A UTF-8 stream whose content takes the place of `path` when the block ends well; `\n` stays `\n`.

    Until then it lies in a hidden sibling, which is removed if the block fails. `.gz` is packed; `-` is standard
    output, and devices and pipes are written as they are.

    Raises:
        OutputError: the folder cannot be made, the file cannot be written, or the disk is full.
    """
    with writing_errors(path):
        target = Path(os.path.realpath(path))  # the file that a link points to, not the link
        if str(path) == "-":
            with _standard_output() as stream:
                yield stream
        elif target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", newline="") as stream:
                yield stream
        else:
            with sibling(target) as temporary:
                with temporary.open("wb") as binary, _encoding(binary, packed=target.suffix == ".gz") as stream:
                    yield stream
                _sync(temporary)
                if target.exists():
                    temporary.chmod(stat.S_IMODE(target.stat().st_mode))
                temporary.replace(target)
                _sync(target.parent)


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `path` when the block ends well and vanishes if it fails.

    An earlier folder is replaced only if `new_folder` made it and nothing was added since. It is out of sight
    for the instant between two renames.

    Raises:
        OutputError: the folder cannot be written, or `path` holds files that would be deleted with it.
    """
    with writing_errors(path):
        target = Path(os.path.realpath(path))
        _check_replaceable(target, path)
        with sibling(target, folder=True) as temporary:
            yield temporary
            names = sorted(entry.name for entry in temporary.iterdir())
            (temporary / _MARK).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
            for entry in (*temporary.rglob("*"), temporary):
                _sync(entry)
            _check_replaceable(target, path)  # again: hours may have passed
            _swap(temporary, target)


def _unpacked(stream: BinaryIO, path: str | Path) -> AbstractContextManager[BinaryIO | gzip.GzipFile]:
    return gzip.GzipFile(fileobj=stream) if str(path).endswith(".gz") else nullcontext(stream)


def _decoded(raw: bytes, name: str, number: int, keep_ends: bool) -> str:
    if len(raw) > LONGEST_LINE:
        size = f"{LONGEST_LINE / 2**20:,.0f} MiB"
        raise DataError(f"{name}:{number}: the line is longer than {size}; put one text or record on each line")
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
        _check_kind(raw, name)
    if b"\0" in raw:
        raise DataError(f"{name}:{number}: a NUL byte; this is a binary file, a text file was expected")
    if raw.endswith(b"\n") and not keep_ends:
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        # 0x80-0x9f are letters and quotes in windows-1252, and control characters in latin-1
        guess = "cp1252" if 0x80 <= byte <= 0x9F else "latin1"
        raise DataError(
            f"{name}:{number}: not UTF-8 (byte 0x{byte:02x} at position {error.start + 1} of the line); "
            f"it looks like {guess}; convert it with: iconv -f {guess} -t utf-8"
        ) from None


def _check_kind(start: bytes, name: str) -> None:
    if start.startswith(b"\x1f\x8b"):
        raise DataError(f"{name}: this is gzip; give it a name that ends in .gz, or unpack it")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{name}:1: this is UTF-16, UTF-8 was expected; convert it with: iconv -f utf-16 -t utf-8")


def _unreadable(path: str | Path, error: OSError) -> DataError:
    name = name_of(path)
    if isinstance(error, FileNotFoundError):
        folder = Path(path).parent
        there = [entry.name for entry in folder.iterdir()] if os.access(folder, os.R_OK) and folder.is_dir() else []
        return DataError(f"{name}: there is no such file{nearest(Path(path).name, there)}; check the path")
    return DataError(f"{name}: {_WHY_UNREADABLE.get(error.errno or 0, f'cannot be read ({error.strerror or error})')}")


@contextmanager
def writing_errors(path: str | Path) -> Iterator[None]:
    """What the system says about a file that cannot be written, as one line that names it.

    Raises:
        OutputError: in place of an `OSError`, but for a reader who has gone away.
    """
    name = "standard output" if str(path) == "-" else str(path)
    if "\0" in name:
        raise OutputError(f"{name!r} cannot be the name of a file or folder")
    try:
        yield
    except BrokenPipeError:
        raise  # `vermeil … | head` has read enough: no failure, and the program's own business
    except OSError as error:
        why = _WHY_UNWRITABLE.get(error.errno or 0, error.strerror or str(error))
        raise OutputError(f"{name} was not written: {why}") from error
    except UnicodeEncodeError as error:
        why = f"{error.object[error.start]!r} is half a character and has no UTF-8 form"
        if error.encoding.replace("-", "").lower() != "utf8":
            why = f"{error.encoding} has no {error.object[error.start]!r}; set PYTHONUTF8=1, or name a file"
        raise OutputError(f"{name} was not written: {why}") from error


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # somebody put a StringIO in its place
        yield sys.stdout
        return
    sys.stdout.flush()
    stream = io.TextIOWrapper(binary, encoding="utf-8", newline="")  # whatever the locale says
    try:
        yield stream
        stream.flush()
    finally:
        stream.detach()


def _encoding(binary: BinaryIO, *, packed: bool) -> io.TextIOWrapper:
    # no name and no time, so that equal content gives equal bytes
    target = gzip.GzipFile(filename="", mode="wb", fileobj=binary, mtime=0) if packed else binary
    return io.TextIOWrapper(target, encoding="utf-8", newline="")


def _sync(path: Path) -> None:
    """Don't return before the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_replaceable(target: Path, path: str | Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{path} is a file where a folder is to be written; choose another name")
    mark = target / _MARK
    ours = [_MARK, *mark.read_text(encoding="utf-8").split("\n")] if mark.is_file() else []
    foreign = sorted(entry.name for entry in target.iterdir() if entry.name not in ours)
    if foreign:
        raise OutputError(
            f"{path} holds what did not come from here and would be deleted ({', '.join(foreign[:3])}); "
            "move it away or choose another folder"
        )


def _swap(whole: Path, target: Path) -> None:
    earlier = whole.with_suffix(".earlier")
    replaces = target.exists()
    if replaces:
        target.rename(earlier)
    try:
        whole.rename(target)
    except BaseException:
        if replaces:
            earlier.rename(target)
        raise
    _sync(target.parent)
    shutil.rmtree(earlier, ignore_errors=True)
