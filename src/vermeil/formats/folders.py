"""Folders by class: a folder of folders, one for each class, and in these a UTF-8 `.txt` file for each text.

reviews/positive/1.txt      the id of a text is its path from the outer folder, the class that of its folder
reviews/negative/2.txt
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from vermeil.data import GOLD, Example, whole
from vermeil.errors import DataError
from vermeil.files import read_text
from vermeil.formats.fields import check_label, made

_log = logging.getLogger(__name__)


def is_folder(path: str | Path, named: str | None) -> bool:
    """Whether it is to be read as one: it was named so, or is a folder."""
    return named == "folders" or (named is None and str(path) != "-" and "\0" not in str(path) and Path(path).is_dir())


def read(path: str | Path, labels: Collection[str] | None = None, source: str = GOLD) -> Iterator[tuple[int, Example]]:
    """The texts of all classes, in the order of their names, each with its number.

    Raises:
        DataError: there is no class, one that the task doesn't know, or a file that is no text.
    """
    root = _root(path)
    if left_out := [entry.name for entry in _entries(root) if entry.is_file()]:
        _log.warning("%s: %s left out: they lie in no folder of a class", path, ", ".join(left_out[:3]))
    classes = [entry for entry in _entries(root) if entry.is_dir()]
    if not classes:
        raise DataError(f"{path}: no folders in it; put the texts of each class into a folder of its name")
    number = 0
    for folder in classes:
        check_label(folder.name, labels, str(folder))
        for file in _texts_in(folder):
            number += 1
            text = _text(file)
            made_by = {"id": file.relative_to(root).as_posix(), "source": source, "kind": "class"}
            yield number, made(str(file), text, labels=(whole(text, folder.name),), **made_by)


def read_texts(path: str | Path, left_out: dict[str, str]) -> Iterator[tuple[int, Example]]:
    """The texts without classes: also those that lie in no folder of a class, or in folders within one.

    Args:
        left_out: is told of other files beside them.
    """
    root = _root(path)
    number = 0
    for file in files_in(root):
        if file.suffix == ".txt" and file.is_file():
            number += 1
            yield number, made(str(file), _text(file), id=file.relative_to(root).as_posix(), source="")
        elif file.parent == root:
            left_out[file.name] = "no .txt file"
        else:
            raise _no_text(file)
    if not number:
        raise DataError(f"{path}: this is a folder without texts; name a file, or a folder of .txt files")


def files_in(folder: Path) -> Iterator[Path]:
    """All files in a folder and in those within it, in the order of their names; hidden ones are left out."""
    for entry in _entries(folder):
        if entry.is_dir():
            yield from files_in(entry)
        else:
            yield entry


def _root(path: str | Path) -> Path:
    if not Path(path).is_dir():
        raise DataError(f"{path}: a folder with one folder for each class was expected, and this is none")
    return Path(path)


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, in the order of its names; hidden files are the system's."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _texts_in(folder: Path) -> list[Path]:
    there = _entries(folder)
    if wrong := [entry for entry in there if not (entry.is_file() and entry.suffix == ".txt")]:
        raise _no_text(wrong[0])
    return there


def _no_text(file: Path) -> DataError:
    return DataError(f"{file}: one .txt file for each text was expected in the folder of a class; move it away")


def _text(file: Path) -> str:
    text = read_text(file)
    if not text.strip():
        raise DataError(f"{file}: an empty text is in no class; leave it out")
    return text
