"""CSV and TSV: a header, then a text with its class in each row, quoted where a cell holds what parts cells.

    id,text,label                       one class of each text; `labels` with `|` between for any number of them
    1,"Goals, and more goals",sport

Written are `id`, `text`, `label` and `score` (or `labels` and `scores`), `document`, `source`, `state` and `failed`;
tokens, votes and lost labels need rows of JSON.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from vermeil.data import Example, Kind, Lost
from vermeil.errors import DataError
from vermeil.files import LONGEST_LINE
from vermeil.formats.columns import BESIDE, Named
from vermeil.formats.fields import OWN
from vermeil.formats.rows import row_of
from vermeil.formats.unwritten import Unwritten

BETWEEN = "|"
"""Parts the classes of a text."""

Table = Literal["csv", "tsv"]

_TOLD = re.compile("sep=([,;|])")  # a first line for Excel, that says what parts the cells
_DELIMITERS: dict[Table, str] = {"csv": ",", "tsv": "\t"}
_COLUMNS = {"class": ("label", "score"), "classes": ("labels", "scores")}
_LISTS = {"labels", "scores"}
_BESIDE = ("id", "document", "source", "state", "failed")

Lines = Iterable[tuple[int, str]]
"""Numbers and lines, with their ends: a cell may hold a line break."""


def rows_of(
    lines: Lines, name: str, table: Table, kind: Kind | None, named: Named
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows as those of JSON are, each with the line that it begins at.

    Args:
        kind: what the labels have to be; with "classes", those of a column `label` are parted too.
        named: the columns of text and labels.

    Raises:
        DataError: a column is missing, a row has too many cells or too few, or the quotes are wrong.
    """
    header, records = _opened(lines, name, table)
    named.check(header, f"{name}:1")
    label = named.label or _label_column(header, name)
    several = label == "labels" or kind == "classes"
    for line, cells in records:
        if not any(cells):  # spreadsheets write such rows after the last one
            continue
        row = dict(zip(header, cells, strict=True))
        if named.label is not None:  # columns like ours are not ours
            row = {key: row[key] for key in (label, named.text, *BESIDE) if key in row}
        row["text"] = row[named.text]
        yield line, _row(row, label, f"{name}:{line}", several)


def texts_of(lines: Lines, name: str, table: Table, column: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The texts of a column as rows, with `id` and `document` where there are such columns."""
    header, records = _opened(lines, name, table)
    Named(column).check(header, f"{name}:1")
    for line, cells in records:
        row = dict(zip(header, cells, strict=True))
        yield line, {key: row[key] for key in (column, *BESIDE) if row.get(key) or key == column}


def write(examples: Iterable[Example], table: Table) -> tuple[Iterator[str], Unwritten]:
    """A header and the rows, and what they cannot say, whole once they are used up."""
    lost = Unwritten()
    return _written(examples, table, lost), lost


def _written(examples: Iterable[Example], table: Table, lost: Unwritten) -> Iterator[str]:
    stream = io.StringIO(newline="")
    rest = iter(examples)
    first = next(rest, None)
    kind: Kind = first.kind if first else "class"
    columns = ["id", "text", *_COLUMNS[kind], *_BESIDE[1:]]
    cells = csv.DictWriter(stream, columns, delimiter=_DELIMITERS[table], lineterminator="\r\n", restval="")
    cells.writeheader()
    for example in chain([first] if first else [], rest):
        if example.kind != kind:
            raise DataError(f"{example.where} has labels of the kind {example.kind}, those before it {kind}; part them")
        lost.add(example.lost)
        if "\0" in example.text:
            lost.add([Lost(example.text, "", f"{example.where} was not written: it holds a NUL character")])
            continue
        cells.writerow({key: value for key, value in _cells(example).items() if key in columns})
        yield _drained(stream)
    yield _drained(stream)


def _drained(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text


def _cells(example: Example) -> dict[str, Any]:
    row = row_of(example)
    if parted := [name for name in row.get("labels", ()) if BETWEEN in name]:
        raise DataError(f"{example.where}: the class {parted[0]!r} holds {BETWEEN!r}, which parts classes in a table")
    lists = {key: BETWEEN.join("" if each is None else str(each) for each in row[key]) for key in _LISTS if key in row}
    return row | lists


def _opened(lines: Lines, name: str, table: Table) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and the records after it."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))  # 128 KiB unless told
    rest = iter(lines)
    head = _first(rest, name)
    delimiter = _DELIMITERS[table]
    if told := _TOLD.fullmatch(head[1].strip()):
        delimiter, head = told[1], _first(rest, name)
    elif table == "csv" and "," not in head[1] and ";" in head[1]:
        delimiter = ";"  # as spreadsheets write it where the comma is a decimal sign
    records = _records(chain([head], rest), name, delimiter)
    header = [cell.strip() for cell in next(records)[1]]
    if twice := [column for column in header if column and header.count(column) > 1]:
        raise DataError(f"{name}:1: the column {twice[0]!r} occurs twice; rename one")
    return header, _checked(records, header, name)


def _first(lines: Lines, name: str) -> tuple[int, str]:
    """The first line that is not blank."""
    for number, line in lines:
        if line.strip():
            return number, line
    raise DataError(f"{name}: the file has no header; write one, such as text,label")


def _records(lines: Lines, name: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record that is not blank, with the line that it begins at."""
    at = _Numbered(lines)
    reader = csv.reader(at, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                yield at.first, cells
            at.first = 0
    except csv.Error as error:
        raise DataError(
            f"{name}:{at.first or at.last}: the cells cannot be told apart ({error}); put a cell with quotes or line "
            'breaks in quotes, and double those within: "so ""quoted"" text"'
        ) from None


class _Numbered:
    """Lines, with the numbers of the last one that was drawn, and of the first one of the record."""

    def __init__(self, lines: Lines) -> None:
        self._lines = iter(lines)
        self.first = self.last = 0

    def __iter__(self) -> _Numbered:
        return self

    def __next__(self) -> str:
        self.last, line = next(self._lines)
        self.first = self.first or self.last
        return line


def _checked(
    records: Iterator[tuple[int, list[str]]], header: Sequence[str], name: str
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in records:
        if len(cells) != len(header):
            raise DataError(
                f"{name}:{line}: {len(cells)} cells, where the header has {len(header)}; put a cell that holds what "
                "parts cells in quotes"
            )
        yield line, cells


def _label_column(header: Sequence[str], name: str) -> str:
    there = [column for column in ("label", "labels") if column in header]
    if len(there) != 1:
        came = "both 'label' and 'labels'" if there else "no column 'label' or 'labels'"
        raise DataError(
            f"{name}:1: {came}; name the one that holds the classes (label_column, or --label-column); "
            f"there are: {', '.join(header)}"
        )
    return there[0]


def _row(cells: dict[str, str], labels: str, where: str, several: bool) -> dict[str, Any]:
    """The row as JSON would have it."""
    row: dict[str, Any] = {key: cells[key] for key in (*_BESIDE, "doc") if cells.get(key)}
    if cells.get("state") == "unlabelled":
        row["source"] = ""
    row["text"], classes = cells["text"], cells[labels]
    parts = classes.split(BETWEEN) if classes else []
    if not several and not classes and not cells.get("state"):
        raise DataError(f"{where}: the row has no class in {labels!r}; give it one, or leave it out")
    row["labels" if several else "label"] = parts if several else classes or None
    if several and cells.get("scores"):
        row["scores"] = [_number(part, where) for part in cells["scores"].split(BETWEEN)]
    elif not several and cells.get("score"):
        row["score"] = _number(cells["score"], where)
    return row


def _number(cell: str, where: str) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        raise DataError(f"{where}: the score {cell!r} is no number; {OWN}") from None
