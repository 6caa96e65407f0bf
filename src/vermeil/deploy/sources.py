"""Several files, folders and standard input as one stream of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vermeil.data import Example
from vermeil.errors import DataError, SettingsError
from vermeil.files import same_file
from vermeil.formats.folders import files_in
from vermeil.formats.known_ids import KnownIds
from vermeil.formats.sniff import says_format
from vermeil.formats.texts import Texts, open_texts


class Sources:
    """The unlabelled examples of several files, in order, read anew by each loop; made by `open_sources`."""

    def __init__(self, files: Sequence[Texts]) -> None:
        self._files = tuple(files)

    def __len__(self) -> int:
        return sum(map(len, self._files))

    def __iter__(self) -> Iterator[Example]:
        return chain.from_iterable(self._files)


def open_sources(
    paths: Sequence[Path | str],
    *,
    column: str = "text",
    format: str | None = None,
    limit: int | None = None,
    without: Path | str = "-",
) -> Sources:
    """Check all files, then stream them: those of a folder in the order of their names, hidden ones left out.

    A folder with `.txt` files is read as everywhere (see `formats.folders`): each is one text, its path the id. An id
    that stands for one text in two files is read once.

    Args:
        column: of JSON rows, the one that holds the text.
        format: of all files, those of folders too; by default it is seen from name and content.
        limit: no more than so many texts in all.
        without: a file that is left out of a folder, such as the one to be written.

    Raises:
        DataError: a file is not what it should be, a folder has none, or two files have an id for different texts; the
            message names file and line.
        SettingsError: the limit is below 1, or the file to be written is named as one to read.
    """
    files: list[Texts] = []
    left, known = limit, KnownIds()
    for path in _files(paths, format, without):
        if left == 0 and files:
            break
        files.append(open_texts(path, column=column, format=format, limit=left, known=known, earlier=files))
        left = None if left is None else left - len(files[-1])
    return Sources(files)


def _files(paths: Sequence[Path | str], format: str | None, without: Path | str) -> Iterator[Path]:
    """What is opened one by one: files, and folders of `.txt` files as a whole."""
    for path in map(Path, paths):
        if not path.is_dir():
            if str(path) != "-" and same_file(path, without):
                raise SettingsError(f"{without} is the file of the texts itself; name another one to write")
            yield path
            continue
        inside = [file for file in files_in(path) if file.is_file() and not same_file(file, without)]
        if not inside:
            raise DataError(f"{path}: the folder holds no files; name one that has texts")
        yield from [path] if _is_of_texts(path, inside, format) else inside


def _is_of_texts(folder: Path, inside: Sequence[Path], format: str | None) -> bool:
    """Whether each `.txt` file in it is a text; if others could be read too, nothing says so."""
    others = [file for file in inside if file.suffix != ".txt"]
    if format is not None or len(others) == len(inside):
        return format == "folders"
    if data := [file for file in others if says_format(file)]:
        raise DataError(
            f"{folder}: holds .txt files, each of which is a text, and {data[0].relative_to(folder)}; name the files "
            "one by one, or read the .txt files alone (input_format, or --input-format, folders)"
        )
    return True
