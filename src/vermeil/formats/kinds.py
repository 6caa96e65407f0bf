"""What the labels of a file are: the same in all its rows, and what was asked for."""

from __future__ import annotations

from dataclasses import replace

from vermeil.data import Example, Kind
from vermeil.errors import DataError
from vermeil.formats.fields import Row
from vermeil.formats.rows import kind_shown

NAMES: dict[Kind, str] = {"spans": "spans", "class": "one class of each text", "classes": "any classes of each text"}
"""How messages call them."""


class KindOfFile:
    """Row by row; an empty list of labels fits what the other rows show, whatever it is.

    Where all rows have an empty list of `labels`, all of them are texts in no class.

    Args:
        asked: what the labels have to be; None for what the first row shows that shows anything.
    """

    def __init__(self, asked: Kind | None) -> None:
        self._asked = asked
        self._shown: tuple[int, Kind] | None = None
        self._listed = True  # whether every row so far had `labels`, our name for all classes of a text

    def of(self, row: Row, line: int, where: str) -> Kind | None:
        """The kind of a row, None where it isn't known yet.

        Raises:
            DataError: the row has labels of another kind.
        """
        shown = kind_shown(row)
        if self._asked is not None:
            check_kind(shown, self._asked, where)
            return self._asked
        self._listed = self._listed and row.get("labels") is not None
        if shown is None:
            return self._shown and self._shown[1]
        first, kind = self._shown = self._shown or (line, shown)
        if kind != shown:
            raise DataError(f"{where}: {NAMES[shown]}, where line {first} has {NAMES[kind]}; part them into two files")
        return kind

    def settled(self, examples: list[tuple[int, Example]], name: str) -> list[tuple[int, Example]]:
        """The examples, those of rows that showed nothing with the kind of the others.

        Raises:
            DataError: such a row has no class, where the others have one.
        """
        kind: Kind = self._shown[1] if self._shown else "classes" if self._listed else "spans"
        if self._asked is not None or kind == "spans":
            return examples
        for line, example in examples:
            if kind == "class" and example.state == "empty":
                raise DataError(f"{name}:{line}: no class, where a text has one; give it one, or leave it out")
        return [(line, each if each.kind == kind else replace(each, kind=kind)) for line, each in examples]


def check_kind(shown: Kind | None, asked: Kind, where: str) -> None:
    """Refuse spans where classes are asked for, and the reverse; whether a text has one class is seen later."""
    if shown is not None and (shown == "spans") != (asked == "spans"):
        raise DataError(
            f"{where}: {NAMES[shown]}, where {NAMES[asked]} are wanted (by task or model); give a file of those"
        )
