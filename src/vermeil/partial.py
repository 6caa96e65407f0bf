"""What is being written lies in a hidden sibling of what it will replace, which is gone with whoever wrote it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"\.(?P<target>.+)\.[0-9a-f]{8}\.partial", re.DOTALL)


@contextmanager
def sibling(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """An empty file or folder beside the target, to be filled and renamed; what is left of it is removed at the end.

    Those that a killed process left beside the same target are removed first: the system let go of their locks.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        temporary.mkdir() if folder else temporary.touch(exist_ok=False)
        with _held(temporary):
            yield temporary
    finally:
        _remove(temporary)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether it is ours alone for as long as the block lasts."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody else's; or a file system without locks
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    for path in target.parent.glob(f".{_escaped(target.name)}.*.partial"):
        found = _NAME.fullmatch(path.name)
        if found and found["target"] == target.name:
            with suppress(OSError), _held(path) as ours:  # it may be gone by now
                if ours:
                    _remove(path)


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
