"""Texts to annotate, streamed from files that need not fit in memory."""

from __future__ import annotations

import hashlib
import logging
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import vermeil.formats.conll as conll  # by their full names: the folder itself imports this file
import vermeil.formats.folders as folders
import vermeil.formats.jsonl as jsonl
import vermeil.formats.parquet as parquet
import vermeil.formats.plain as plain
import vermeil.formats.table as table
from vermeil.data import Example
from vermeil.errors import DataError, SettingsError
from vermeil.formats.conll import FIRST_AND_LAST, Columns
from vermeil.formats.known_ids import KnownIds
from vermeil.formats.rereading import Progress, Rereadable
from vermeil.formats.sniff import recognised

_log = logging.getLogger(__name__)


def open_texts(
    path: str | Path,
    *,
    column: str = "text",
    format: str | None = None,
    columns: Columns = FIRST_AND_LAST,
    limit: int | None = None,
    on_progress: Progress | None = None,
    known: KnownIds | None = None,
    earlier: Sequence[Texts] = (),
) -> Texts:
    """Examples that nobody has labelled yet, from a file or from standard input (`-`), read twice instead of kept.

    The whole file is checked before this returns, so that its last line cannot spoil work on all others. Labels in
    it are ignored; ids, documents and tokens are kept where it has them, and left out where a column is only called
    so. Only a JSON array (`json`) has to fit in memory; write a row on each line (`jsonl`) if it does not.

    Args:
        format: one of `FORMATS`; by default it is seen from the name and the content.
        column: of rows of JSON, Parquet or tables, the one that holds the text.
        limit: read and check no more than so many texts.
        on_progress: told how many bytes of how many are checked.
        known: the ids of the files that are read together with this one, whose own are added.
        earlier: these files.

    Raises:
        DataError: the file is not what it should be; the message names file and line.
        SettingsError: the limit is below 1.
        UnknownName: there is no such format.
    """
    if limit is not None and limit < 1:
        raise SettingsError(f"limit is how many texts to read, at least 1, got {limit}")
    return Texts(path, column, format, columns, limit, on_progress, known, earlier)


class Texts:
    """The unlabelled examples of one file, in order, read anew by each loop; made by `open_texts`.

    Args:
        name: the file's, as for a `Dataset`.
        sha256: that of a `Dataset` of the same examples.
        repeats: rows that repeat an earlier one (of an earlier file, too) with its id, and are left out.
    """

    def __init__(
        self,
        path: str | Path,
        column: str = "text",
        format: str | None = None,
        columns: Columns = FIRST_AND_LAST,
        limit: int | None = None,
        on_progress: Progress | None = None,
        known: KnownIds | None = None,
        earlier: Sequence[Texts] = (),
    ) -> None:
        self.name = Path(path).name if str(path) != "-" else "standard input"
        self._path, self._column, self._format, self._columns = path, column, format, columns
        self._limit, self._earlier = limit, earlier
        self._file = Rereadable(path)
        self._repeated = array("Q")  # which rows
        self._left_out: dict[str, str] = {}  # and what stands there
        self._count = 0
        self.sha256 = self._check(on_progress, KnownIds() if known is None else known)

    @property
    def repeats(self) -> int:
        """How many rows are left out, since they repeat an earlier one."""
        return len(self._repeated)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Example]:
        """The examples.

        Raises:
            DataError: the file is not what it was when it was opened.
        """
        repeated = iter(self._repeated)
        left_out, count = next(repeated, None), 0
        try:
            for row, (_, example) in enumerate(self._rows()):
                if row == left_out:
                    left_out = next(repeated, None)
                    continue
                count += 1
                if count > self._count:
                    break
                yield example
                if count == self._limit:
                    return
        except DataError as error:  # it was sound before
            raise self._file.changed(str(error)) from None
        if count != self._count:
            raise self._file.changed(f"it had {self._count:,} texts")

    def _rows(self, on_progress: Progress | None = None) -> Iterator[tuple[int, Example]]:
        """All examples with the lines they start at, as they are now."""
        name = self._file.name
        if folders.is_folder(self._path, self._format):
            self._format = "folders"
            return folders.read_texts(self._path, self._left_out)
        if parquet.is_parquet(self._file, self._format):
            self._format = "parquet"
            wanted = dict.fromkeys((self._column, *jsonl.BESIDE_TEXT))
            rows: Iterable[tuple[int, Any]] = parquet.rows_of(self._file, wanted, on_progress)
            return jsonl.read_texts(rows, name, self._column, self._left_out)
        lines = self._file.lines(on_progress)
        kind, lines = recognised(self._path, lines, self._format, self._columns, texts=True)
        self._format = kind
        if kind == "text":
            return plain.read_texts(lines)
        if kind == "conll":
            return conll.read_texts(lines, name, self._columns)
        if kind == "csv" or kind == "tsv":
            rows = table.texts_of(self._file.lines(on_progress, keep_ends=True), name, kind, self._column)
        else:
            rows = jsonl.rows_of_array(lines, name) if kind == "json" else jsonl.rows_of(lines, name)
        return jsonl.read_texts(rows, name, self._column, self._left_out)

    def _check(self, on_progress: Progress | None, known: KnownIds) -> str:
        """Read everything once, note what repeats, and return the fingerprint."""
        digest = hashlib.sha256()
        for row, (line, example) in enumerate(self._rows(on_progress)):
            seen = known.add(example) if example.id else "new"
            if seen == "repeated":
                self._repeated.append(row)
                continue
            if seen == "differs":
                self._refuse_if_known(example.id, line)
            digest.update(example.fingerprint)
            self._count += 1
            if self._count == self._limit:
                break
        if not self._count and not self.repeats:
            raise DataError(f"{self._file.name}: the file has no texts, only blank lines or comments")
        if self.repeats:
            repeats = f"{self.repeats:,}"
            _log.warning("%s: %s rows repeat an earlier one with its id; each is read once", self._file.name, repeats)
        if self._left_out:
            named = ", ".join(f"{what} ({why})" for what, why in [*self._left_out.items()][:4])
            _log.warning("%s: left out: %s", self._file.name, named)
        return digest.hexdigest()

    def _refuse_if_known(self, id: str, line: int) -> None:
        """Look the id up in the files themselves: only its hash is known to be there."""
        name = self._file.name
        first = next(at for at, example in self._rows() if example.id == id)
        if first != line:
            raise DataError(f"{name}:{line}: the id {id!r} stands for another text in line {first}; make ids unique")
        for texts in self._earlier:
            if first := next((at for at, example in texts._rows() if example.id == id), 0):
                raise DataError(
                    f"{name}:{line}: the id {id!r} stands for another text in {texts._file.name}:{first}; "
                    "make ids unique, or give each file a run of its own"
                )
