"""Which format a file has, by its name and its first lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal, cast, get_args

from vermeil.data import Kind
from vermeil.errors import DataError, UnknownName
from vermeil.files import name_of
from vermeil.formats.conll import DOCSTART, FIRST_AND_LAST, Columns
from vermeil.formats.tags import is_tag

Format = Literal["conll", "jsonl", "json", "token-jsonl", "parquet", "csv", "tsv", "folders", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
"""The names of the formats, as `format=` takes them."""

ABOUT: Mapping[str, str] = {
    "conll": "columns of tokens and tags (.conll, .iob, .bio, ...): spans",
    "jsonl": "a JSON object on each line (.jsonl): spans or classes, and all else that is known of a text",
    "json": "the same objects in one array (.json)",
    "token-jsonl": "JSON objects with tokens and tags: spans",
    "parquet": "the columns of our own rows (.parquet): spans or classes",
    "csv": "a table with a header (.csv): text, and label or labels",
    "tsv": "the same, parted by tabs (.tsv)",
    "folders": "a folder for each class, a .txt file for each text; read only",
    "text": "one text a line (.txt), without labels",
}
"""What each of them is."""

_BY_SUFFIX: dict[str, Format] = {
    ".conll": "conll", ".iob": "conll", ".iob2": "conll", ".bio": "conll", ".bioes": "conll", ".bilou": "conll",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet", ".pq": "parquet",
    ".csv": "csv", ".tsv": "tsv",
}  # fmt: skip
_LOOKED_AT, _READ_AHEAD = 20, 500  # lines that show something, and lines of any kind
_OTHERS = (".xlsx", ".xls", ".arrow", ".xml", ".yaml", ".yml", ".spacy", ".docx", ".pdf")


def format_of(path: str | Path, named: str | None, head: Sequence[str] | None = None) -> Format:
    """The format that was named, or that the path and the first lines (None for a file to be written) show.

    Raises:
        UnknownName: there is no format of that name.
        DataError: nothing shows the format, or it cannot be written.
    """
    if named == "folders":
        raise DataError(f"{written_name(path)}: folders of classes are only read; write jsonl, csv or tsv")
    if named is not None:
        for known in FORMATS:
            if named == known:
                return known
        raise UnknownName("format", named, FORMATS)
    suffix = _suffix(path)
    if suffix in _OTHERS:
        raise DataError(f"{name_of(path)}: {suffix} is none of the formats ({', '.join(FORMATS)}); convert it to one")
    if suffix == ".json" and head and _opens(head[0], "{"):
        return "jsonl"  # rows in a file that only calls itself .json
    if suffix == ".tsv" and head and _by_content(head) == "conll":
        return "conll"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if head is not None:
        return _by_content(head)
    if str(path) != "-" and suffix != ".txt":
        raise DataError(
            f"{name_of(path)}: the name does not say which format to write; end it in .jsonl, .json, .csv, .tsv, "
            f".conll or .parquet, or name one ({', '.join(known for known in FORMATS if known != 'folders')})"
        )
    return "text" if suffix else "jsonl"


def written_name(path: str | Path) -> str:
    """How messages call a file that is to be written: as `files.name_of`, but `-` is standard output."""
    return "standard output" if str(path) == "-" else name_of(path)


def labelled_format_of(path: str | Path, named: str | None) -> Format:
    """The format of a file that is to hold labels.

    Raises:
        DataError: plain text holds none; or as `format_of`.
    """
    found = format_of(path, named)
    if found == "text":
        raise DataError(
            f"{written_name(path)}: plain text holds no labels; end the name in .jsonl, or name another format"
        )
    return found


def check_holds(format: Format, kind: Kind, where: str = "") -> None:
    """Refuse a format that cannot say labels of this kind.

    Args:
        where: begins the message.

    Raises:
        DataError: tables hold no spans, and tags over tokens no classes.
    """
    holds = "classes" if format in ("csv", "tsv") else "spans" if format in ("conll", "token-jsonl") else ""
    if holds and (holds == "spans") != (kind == "spans"):
        labels, others = ("spans", "conll") if kind == "spans" else ("classes", "csv")
        said = f"{format} holds {holds}, and these labels are {labels}; write jsonl, json, parquet or {others}"
        raise DataError(f"{where}: {said}" if where else said)


def recognised(
    path: str | Path,
    lines: Iterator[tuple[int, str]],
    named: str | None,
    columns: Columns = FIRST_AND_LAST,
    *,
    texts: bool = False,
) -> tuple[Format, Iterator[tuple[int, str]]]:
    """The format, as `format_of`, and all the lines, the first of which it was seen from; columns are CoNLL's.

    Args:
        texts: nothing but texts is wanted, so that a file called .txt is likely to be just that.
    """
    if named is None and columns != FIRST_AND_LAST:
        named = "conll"
    if named is not None:
        return format_of(path, named), lines
    read_ahead, head = head_of(lines)
    found = _of_text_file(head) if texts and _suffix(path) == ".txt" else format_of(path, None, head)
    return found, chain(read_ahead, lines)


def head_of(lines: Iterator[tuple[int, str]]) -> tuple[list[tuple[int, str]], list[str]]:
    """The lines read to see the format, and those of them that show it: neither blank nor comments."""
    read_ahead: list[tuple[int, str]] = []
    head: list[str] = []
    for number, line in lines:
        read_ahead.append((number, line))
        if line.strip() and not line.startswith("#"):
            head.append(line)
        if len(head) == _LOOKED_AT or len(read_ahead) == _READ_AHEAD:
            break
    return read_ahead, head


def says_format(path: str | Path) -> bool:
    """Whether the end of its name says what the file holds."""
    return _suffix(path) in (".txt", *_BY_SUFFIX)


def _suffix(path: str | Path) -> str:
    """The last one that says anything: `.gz` is none."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")


def _of_text_file(head: Sequence[str]) -> Format:
    """One text a line, unless each of them is unmistakably something else: a wrong guess would lose texts."""
    if head and all(map(_is_row, head)):
        return "jsonl"
    cells = [line.split("\t") if "\t" in line else line.split() for line in head]
    alike = len(cells) > 1 and len(set(map(len, cells))) == 1
    if alike and "\t" in head[0] and _is_header(cells[0]):
        return "tsv"
    tags = [fields[-1] for fields in cells]
    tagged = alike and len(cells[0]) > 1 and all(map(is_tag, tags)) and "O" in tags
    return "conll" if tagged or (head and head[0].startswith(DOCSTART)) else "text"


def _is_row(line: str) -> bool:
    """Whether it is a JSON object that may hold a text, in whatever column."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and ("tokens" in row or any(isinstance(value, str) for value in row.values()))


def _by_content(head: Sequence[str]) -> Format:
    if head and _opens(head[0], "{"):
        return "jsonl"
    if head and _opens(head[0], "["):
        return "json"
    if head and head[0].startswith(DOCSTART):
        return "conll"
    for table, delimiter in (("csv", ","), ("tsv", "\t")):
        if head and _is_header(head[0].split(delimiter)):
            return cast(Format, table)
    rows = [line.split("\t") if "\t" in line else line.split() for line in head]
    tagged = sum(len(fields) > 1 and is_tag(fields[-1]) for fields in rows)
    # most lines, so that a wrong one is named as such; two of them, as a text may end in "vitamin B-12"
    return "conll" if tagged > 1 and tagged * 2 > len(rows) else "text"


def _is_header(cells: Sequence[str]) -> bool:
    names = {cell.strip().strip('"') for cell in cells}
    return "text" in names and bool(names & {"id", "label", "labels"})


def _opens(line: str, bracket: str) -> bool:
    """Whether the line starts a JSON value; a token or a text may start with a bracket too."""
    line = line.strip()
    return line.startswith(bracket) and line[1:].lstrip()[:1] in ("", '"', "{", "}", "]")
