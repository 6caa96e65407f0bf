"""Files ⇄ datasets: CoNLL columns, rows of JSON, Parquet or tables, plain text, from a path or standard input.

    conll         columns; IOB1, IOB2, BIOES and BILOU are told apart
    jsonl         a JSON object on each line; written as vermeil's own rows, which keep everything
    json          the same objects in one array
    token-jsonl   JSON objects with `tokens` and `tags`
    parquet       the columns of vermeil's own rows, in row groups (needs the extra `parquet`)
    csv, tsv      tables with a header: `text`, and `label` or `labels` (classes of whole texts, no spans)
    folders       read only: a folder for each class, a `.txt` file for each text
    text          one text a line, without labels

`.gz` behind any name packs and unpacks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vermeil.data import GOLD, Dataset, Example, Kind
from vermeil.errors import DataError, UnknownName
from vermeil.files import name_of, replacing
from vermeil.formats import conll, folders, jsonl, parquet, table
from vermeil.formats.columns import Named
from vermeil.formats.conll import FIRST_AND_LAST, Columns
from vermeil.formats.gathering import Placed, gathered
from vermeil.formats.jsonl import TagNames
from vermeil.formats.kinds import check_kind
from vermeil.formats.rereading import Rereadable
from vermeil.formats.sniff import FORMATS, Format, format_of, recognised
from vermeil.formats.tags import SCHEMES, Scheme
from vermeil.formats.texts import Texts, open_texts
from vermeil.formats.unwritten import Unwritten
from vermeil.formats.writing import pieces_of

__all__ = [
    "FORMATS",
    "SCHEMES",
    "Reading",
    "Texts",
    "Unwritten",
    "describe",
    "open_texts",
    "read",
    "read_texts",
    "reading",
    "write",
]


@dataclass(frozen=True)
class Reading:
    """A file as it was read: its examples, and what was found out on the way.

    Args:
        scheme: that of its tags, None where it has none.
        repeats: rows that repeat an earlier one with its id, and were read once.
    """

    dataset: Dataset
    format: Format
    scheme: Scheme | None = None
    repeats: int = 0

    def __str__(self) -> str:
        scheme = f", {self.scheme}" if self.scheme else ""
        repeats = f"; {self.repeats:,} repeated rows read once" if self.repeats else ""
        return f"{describe(self.dataset)}{scheme}{repeats}"


def read(
    path: str | Path,
    *,
    format: str | None = None,
    labels: Collection[str] | None = None,
    columns: Columns = FIRST_AND_LAST,
    tag_names: TagNames | None = None,
    source: str = GOLD,
    kind: Kind | None = None,
    column: str = "text",
    label_column: str | None = None,
) -> Dataset:
    """Labelled examples from a file, or from standard input (`-`).

    Args:
        format: one of `FORMATS`; by default it is seen from the name and the content.
        labels: those that the task knows; any other one is an error.
        columns: of CoNLL, the one of the token and the one of the tag.
        tag_names: what numbers in `ner_tags` stand for.
        source: who gave the labels, where the rows don't say.
        kind: what the labels have to be, as a task says it; None for what the file shows.
        column: of rows of JSON, Parquet or tables, the one that holds the text.
        label_column: of these, the one that holds the labels, where it is none of vermeil's own (`label`, `labels`,
            `spans`, ...); nothing else is then read of a row but its text, `id`, `document` and `tokens`.

    Raises:
        DataError: the file is not what it should be; the message names file and line.
        UnknownName: there is no such format.
    """
    return reading(
        path,
        format=format,
        labels=labels,
        columns=columns,
        tag_names=tag_names,
        source=source,
        kind=kind,
        column=column,
        label_column=label_column,
    ).dataset


def reading(
    path: str | Path,
    *,
    format: str | None = None,
    labels: Collection[str] | None = None,
    columns: Columns = FIRST_AND_LAST,
    tag_names: TagNames | None = None,
    source: str = GOLD,
    kind: Kind | None = None,
    column: str = "text",
    label_column: str | None = None,
) -> Reading:
    """The same as `read`, with what was found out about the file."""
    scheme: Scheme | None = None
    named = Named(column, label_column)
    if folders.is_folder(path, format):
        named.refuse("a folder", str(path))
        check_kind("class", kind or "class", str(path))
        placed: Iterable[Placed] = folders.read(path, labels, source)
        found: Format = "folders"
        if kind == "classes":
            placed = ((number, replace(example, kind=kind)) for number, example in placed)
    else:
        found, rows = _rows(path, format, columns, kind, named)
        if found == "conll":
            named.refuse(found, name_of(path))
            check_kind("spans", kind or "spans", name_of(path))
            placed, scheme = conll.read(rows, name_of(path), labels, columns, source)
        else:
            placed, scheme = jsonl.read(rows, name_of(path), labels, tag_names, source, kind)
    dataset, repeats = gathered(path, placed)
    return Reading(dataset, found, scheme, repeats)


def _rows(
    path: str | Path, format: str | None, columns: Columns, kind: Kind | None, named: Named
) -> tuple[Format, Iterable[tuple[int, Any]]]:
    """The format, and the rows with their lines: lines of text in CoNLL, else what rows of JSON hold."""
    name, file = name_of(path), Rereadable(path)
    if parquet.is_parquet(file, format):
        return "parquet", named.ours(parquet.rows_of(file), name, kind)
    found, numbered = recognised(path, file.lines(), format, columns)
    match found:
        case "text":
            raise DataError(
                f"{name}: this looks like plain text, labelled examples were expected "
                f"({', '.join(known for known in FORMATS if known != 'text')}); if it is one, let its name end so "
                "(.conll, .jsonl, .csv)"
            )
        case "conll":
            return found, numbered
        case "csv" | "tsv":
            return found, table.rows_of(file.lines(keep_ends=True), name, found, kind, named)
        case "json":
            return found, named.ours(jsonl.rows_of_array(numbered, name), name, kind)
        case _:
            return found, named.ours(jsonl.rows_of(numbered, name), name, kind)


def read_texts(
    path: str | Path, *, column: str = "text", format: str | None = None, columns: Columns = FIRST_AND_LAST
) -> Dataset:
    """Examples that nobody has labelled yet, all of them in memory; `open_texts` streams them.

    Labels in the file are ignored; ids, documents and tokens are kept where it has them.

    Args:
        column: of rows of JSON, Parquet or tables, the one that holds the text.

    Raises:
        DataError: the file is not what it should be; the message names file and line.
        UnknownName: there is no such format.
    """
    texts = open_texts(path, column=column, format=format, columns=columns)
    return Dataset(tuple(texts), texts.name)


def write(
    examples: Iterable[Example], path: str | Path, *, format: str | None = None, scheme: str = "IOB2"
) -> Unwritten:
    """Write all examples or nothing, and return what the format cannot say (nothing for rows of JSON and Parquet).

    Examples are drawn one by one, so that they need not fit in memory.

    Without a format, the end of the name decides: `.jsonl`, `.json`, `.csv`, `.tsv`, `.conll`, `.parquet`, `.txt`; `-`
    gets `jsonl`. Tables hold classes, CoNLL and tokens hold spans. Tables leave out tokens and votes; CoNLL and tokens
    hold labels and documents, but neither ids of examples (CoNLL) nor sources, scores and texts
    as they were spaced; failed and unlabelled examples are left out of them, and returned.

    Raises:
        DataError: the labels are of a kind that the format doesn't hold, or of two kinds.
        OutputError: the file cannot be written; an earlier one is left as it was.
        UnknownName: there is no such format or scheme.
    """
    kind = format_of(path, format)
    known = next((s for s in SCHEMES if s == scheme), None)
    if known is None:
        raise UnknownName("tag scheme", scheme, SCHEMES)
    if kind == "parquet":
        with replacing(path) as stream:
            parquet.write(examples, stream.buffer)
        return Unwritten()
    pieces, lost = pieces_of(examples, kind, known)
    with replacing(path) as stream:
        for number, piece in enumerate(pieces):
            # a reader takes one U+FEFF from the start of a file for a byte order mark
            stream.write("\ufeff" + piece if not number and piece.startswith("\ufeff") else piece)
    return lost


def describe(dataset: Dataset) -> str:
    """One line of counts, such as "14,041 texts, 203,621 tokens, 23,499 labels"."""
    tokens = sum(len(example.tokens or ()) for example in dataset)
    counts = {
        "texts": len(dataset),
        "tokens": tokens,
        "labels": sum(len(example.labels) for example in dataset),
        "documents": len({example.document for example in dataset if example.document}),
        "lost": sum(len(example.lost) for example in dataset),
        "failed": sum(example.state == "failed" for example in dataset),
    }
    shown = {what: count for what, count in counts.items() if count or what in ("texts", "labels")}
    return ", ".join(f"{count:,} {what.removesuffix('s') if count == 1 else what}" for what, count in shown.items())
