"""Several files, folders and standard input as one stream of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vermeil.data import Example
from vermeil.errors import DataError, SettingsError
from vermeil.files import same_file
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
    paths: Sequence[Path | str], *, column: str = "text", limit: int | None = None, without: Path | str = "-"
) -> Sources:
    """Check all files, then stream them: those of a folder in the order of their names, hidden ones left out.

    Args:
        column: of JSON rows, the one that holds the text.
        limit: no more than so many texts in all.
        without: a file that is left out of a folder, such as the one to be written.

    Raises:
        DataError: a file is not what it should be, or a folder has none; the message names file and line.
        SettingsError: the limit is below 1, or the file to be written is named as one to read.
    """
    files: list[Texts] = []
    left = limit
    for path in _files(paths, without):
        if left == 0 and files:
            break
        files.append(open_texts(path, column=column, limit=left))
        left = None if left is None else left - len(files[-1])
    return Sources(files)


def _files(paths: Sequence[Path | str], without: Path | str) -> Iterator[Path]:
    for path in map(Path, paths):
        if not path.is_dir():
            if str(path) != "-" and same_file(path, without):
                raise SettingsError(f"{without} is the file of the texts itself; name another one to write")
            yield path
            continue
        inside = [file for file in sorted(path.rglob("*")) if file.is_file() and not _is_hidden(file, path)]
        inside = [file for file in inside if not same_file(file, without)]
        if not inside:
            raise DataError(f"{path}: the folder holds no files; name one that has texts")
        yield from inside


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)
