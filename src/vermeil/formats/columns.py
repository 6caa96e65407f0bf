"""Which columns of somebody else's rows hold the text and its labels, and what is read of such rows besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vermeil.data import Kind
from vermeil.errors import DataError, nearest
from vermeil.formats.span_rows import are_entries

BESIDE = ("id", "document", "doc")
"""What rows may hold besides text and labels, whoever wrote them."""


@dataclass(frozen=True)
class Named:
    """The names of two columns.

    Args:
        text: the one of the text.
        label: the one of the labels; None for rows with vermeil's own names, of which all columns are read. Where one
            is named, nothing else is read but text, `id`, `document` and, beside a `text`, `tokens`.
    """

    text: str = "text"
    label: str | None = None

    @property
    def beside(self) -> tuple[str, ...]:
        """What is read of somebody else's rows besides text and labels."""
        return (*BESIDE, "tokens") if self.text == "text" else BESIDE

    def check(self, columns: Iterable[str], where: str) -> None:
        """Refuse rows without them.

        Raises:
            DataError: one of the columns is not there.
        """
        there = list(columns)
        wanted = ((self.text, "text (column, or --column)"), (self.label, "labels (label_column, or --label-column)"))
        for column, holds in wanted:
            if column is not None and column not in there:
                raise DataError(
                    f"{where}: no column {column!r}{nearest(column, there)}; name the one that holds the {holds}; "
                    f"there are: {', '.join(there) or 'none'}"
                )

    def refuse(self, format: str, where: str) -> None:
        """Refuse names of columns for a format that has none.

        Raises:
            DataError: there are such names.
        """
        if self != Named():
            given = self.text if self.label is None else self.label
            raise DataError(f"{where}: {format} has no columns with names, such as {given!r}; leave the name out")

    def ours(self, rows: Iterable[tuple[int, Any]], name: str, kind: Kind | None) -> Iterator[tuple[int, Any]]:
        """The rows under vermeil's own names; what is no row is refused by whoever reads them.

        Raises:
            DataError: a row lacks one of the columns.
        """
        if self == Named():
            yield from rows
            return
        for line, row in rows:
            if not isinstance(row, Mapping):
                yield line, row
                continue
            where = f"{name}:{line}"
            self.check([*row, "text"] if self.text == "text" and "tokens" in row else row, where)
            yield line, self._ours(row, where, kind)

    def _ours(self, row: Mapping[str, Any], where: str, kind: Kind | None) -> dict[str, Any]:
        text = {"text": row[self.text]} if self.text in row else {}
        if self.label is None:
            return {key: value for key, value in row.items() if key not in ("tokens", self.text)} | text
        if (given := row[self.label]) is None or given == "":
            raise DataError(f"{where}: nothing stands in {self.label!r}; give the row a label, or leave it out")
        beside = {key: row[key] for key in self.beside if key in row}
        return beside | text | {_key(given, kind, has_tokens="tokens" in beside): given}


def _key(given: Any, kind: Kind | None, *, has_tokens: bool) -> str:  # noqa: ANN401 (whatever the file holds)
    """What vermeil calls labels of this shape."""
    if not isinstance(given, list):
        return "label"
    if given and are_entries(given):
        return "spans"
    if kind == "spans":
        return "tags" if has_tokens else "spans"
    return "labels"
