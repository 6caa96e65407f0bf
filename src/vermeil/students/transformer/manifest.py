"""`manifest.json`: which files an exported folder holds, how large they are, and their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from vermeil.errors import DataError, ModelError
from vermeil.files import sha256_of
from vermeil.students._card import read_json

MANIFEST = "manifest.json"

# the mark of `files.new_folder`, what model hubs add, and the card: it is for people, who choose the licence in it
_BESIDE = {MANIFEST, ".vermeil", ".gitattributes", "README.md"}


def write_manifest(folder: Path) -> None:
    """List every file that lies in a folder which is being written."""
    files = {
        path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name not in _BESIDE
    }
    (folder / MANIFEST).write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")


def check_manifest(folder: Path, unread: Collection[str] = ()) -> None:
    """Refuse a folder in which a file is not the one that was exported, is missing, or was added.

    Args:
        unread: names of large files that the caller does not read; of those only the size is looked at.

    Raises:
        ModelError: names the file.
    """
    listed = read_json(folder / MANIFEST).get("files")
    if not isinstance(listed, dict):
        raise ModelError(f"{folder / MANIFEST}: needs 'files'; the file is damaged, export the model again")
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise ModelError(f"{path}: a link may lead anywhere, and is refused; copy the file itself")
        if path.name not in {*_BESIDE, *listed}:
            raise ModelError(f"{path}: {MANIFEST} does not list it; remove it if you trust the rest")
    for name, expected in listed.items():
        _check(folder, str(name), expected, read=name not in unread)


def _check(folder: Path, name: str, expected: object, *, read: bool) -> None:
    path = folder / name
    if path.parent != folder or name in {"", ".", ".."}:
        raise ModelError(f"{folder / MANIFEST}: names {name!r}, which is not a file of this folder")
    if not isinstance(expected, dict):
        raise ModelError(f"{folder / MANIFEST}: needs the sha256 and bytes of {name}; the file is damaged")
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; the model is not whole, copy it again")
    if path.stat().st_size != expected.get("bytes"):
        raise ModelError(f"{path}: is not as large as {MANIFEST} says; copy it again, or export the model again")
    try:
        differs = read and sha256_of(path) != expected.get("sha256")
    except DataError as error:
        raise ModelError(str(error)) from None
    if differs:
        raise ModelError(f"{path}: its sha256 is not that of {MANIFEST}; copy it again, or export the model again")
