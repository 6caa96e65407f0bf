"""Parquet: a row for each example, read and written in parts, so that neither side needs the memory for all.

The columns are those of vermeil's own JSON rows (see `rows`). To be read, a file needs one column of texts, of whatever
name; lists of spans are read too, where labels are wanted.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from vermeil.data import Example, Kind, kind_of
from vermeil.errors import DataError, MissingExtra
from vermeil.formats.rereading import Progress, Rereadable
from vermeil.formats.rows import row_of

if TYPE_CHECKING:
    import pyarrow

SUFFIXES = (".parquet", ".pq")
_MAGIC = b"PAR1"  # the first and the last bytes of every such file

ROWS, CHARACTERS = 8192, 2**23
"""How much is written at once."""

_ROWS_READ, _BUFFER = 512, 2**20  # rows, bytes


def is_parquet(file: Rereadable, named: str | None) -> bool:
    """Whether the file is of this format: it was named, or the file's name or its bytes say so."""
    if named is not None:
        return named == "parquet"
    return Path(file.name.removesuffix(".gz")).suffix.lower() in SUFFIXES or file.framed_by(_MAGIC)


def rows_of(
    file: Rereadable, columns: Collection[str] | None = None, on_progress: Progress | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows with their numbers, from 1; what is null in a list or an object is left out of it.

    Args:
        columns: those that are wanted, whichever of them there are; None for all. The first has to be there.

    Raises:
        DataError: it is not Parquet, or damaged, or the first of the columns is missing.
        MissingExtra: pyarrow is not installed.
    """
    arrow = _arrow()
    with file.seekable() as stream:
        size = stream.seek(0, io.SEEK_END)
        try:
            opened = arrow.parquet.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False)
            wanted = _wanted(opened.schema_arrow.names, columns, file.name)
            done = 0
            for batch in opened.iter_batches(_ROWS_READ, columns=wanted, use_threads=False):
                for number, row in enumerate(batch.to_pylist(), done + 1):
                    yield number, _without_nulls(row)
                done += batch.num_rows
                if on_progress is not None:
                    on_progress(size * done // opened.metadata.num_rows, size)
        except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
            reason = str(error).strip().split("\n", 1)[0][:120]
            raise DataError(f"{file.name}: not Parquet, or damaged ({reason}); make the file again") from None


def write(examples: Iterable[Example], stream: BinaryIO) -> None:
    """Vermeil's own rows, all of each example.

    Raises:
        MissingExtra: pyarrow is not installed; nothing is drawn then.
    """
    arrow = _arrow()
    parts = _parts(examples)
    first = next(parts, [])
    kind, parts = kind_of(first), chain(iter([first]), parts)
    del first  # one part is held at a time
    schema = _schema(arrow, kind)
    with arrow.parquet.ParquetWriter(_Counted(stream), schema, compression="zstd") as writer:
        for part in parts:
            if other := [example for example in part if example.labels and example.kind != kind]:
                raise DataError(f"{other[0].where} has labels of the kind {other[0].kind}, others {kind}; part them")
            writer.write_table(arrow.Table.from_pylist(list(map(row_of, part)), schema))


class _Counted(io.RawIOBase):
    """A stream that knows how much went into it, as Parquet asks; pipes don't."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._count = stream, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, content: Any) -> int:  # noqa: ANN401 (any buffer)
        self._stream.write(content)
        self._count += len(content)
        return len(content)


def _arrow() -> Any:  # noqa: ANN401 (a module without types)
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise MissingExtra("Parquet", "parquet") from None
    return pyarrow


def _wanted(there: list[str], columns: Collection[str] | None, name: str) -> list[str] | None:
    """The columns to be read."""
    if columns is None:
        return None
    first, *others = columns
    if first not in there and not (first == "text" and "tokens" in there):
        raise DataError(
            f"{name}: no column {first!r}; name the one that holds the text (column, or --column); "
            f"there are: {', '.join(there)}"
        )
    return [column for column in (first, *others) if column in there]


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """The row as JSON would have it: objects have the keys that say something."""
    return {key: _filled(value) for key, value in row.items()}


def _filled(value: Any) -> Any:  # noqa: ANN401 (whatever the file holds)
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items() if inner is not None}
    return [_filled(inner) for inner in value] if isinstance(value, list) else value


def _schema(arrow: Any, kind: Kind) -> pyarrow.Schema:  # noqa: ANN401
    text, place, score = arrow.string(), arrow.int32(), arrow.float64()
    span = [("start", place), ("end", place), ("label", text), ("found", text), ("score", score)]
    vote = [("label", text), ("score", score), ("voters", arrow.list_(text))]
    labels = {
        "spans": [("spans", arrow.list_(arrow.struct(span)))],
        "class": [("label", text), ("score", score)],
        "classes": [("labels", arrow.list_(text)), ("scores", arrow.list_(score))],
    }
    lost = [("text", text), ("label", text), ("reason", text)]
    return arrow.schema(
        [
            ("id", text),
            ("text", arrow.large_string()),  # a part may hold more than 2 GiB of them
            *labels[kind],
            ("tokens", arrow.list_(arrow.list_(place))),
            ("document", text),
            ("source", text),
            ("state", text),
            ("failed", text),
            ("lost", arrow.list_(arrow.struct(lost))),
            ("votes", arrow.list_(arrow.struct([*(span[:2] if kind == "spans" else ()), *vote]))),
        ]
    )


def _parts(examples: Iterable[Example]) -> Iterator[list[Example]]:
    """As many examples as are written at once."""
    rest = iter(examples)
    for first in rest:
        part, characters = [], 0
        for example in chain((first,), rest):
            part.append(example)
            characters += len(example.text)
            if len(part) == ROWS or characters >= CHARACTERS:
                break
        yield part
