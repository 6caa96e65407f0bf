"""What rows of every kind have: a text, an id, a source; and how a wrong one is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vermeil.data import Example
from vermeil.errors import DataError, nearest
from vermeil.formats.tokens import Places, are_words, joined, places_of

Row = Mapping[str, Any]

OWN = "if that column is your own, rename it, or name that of the labels (label_column, or --label-column)"
"""What to do about a column that only happens to be called like one of vermeil's: those are not read then."""


def made(where: str, text: str, **fields: Any) -> Example:  # noqa: ANN401 (the fields of Example)
    """An example whose errors say where in the file it stands."""
    try:
        return Example(text, **fields)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def check_label(label: str, labels: Collection[str] | None, where: str) -> None:
    """Refuse a label that the task does not know."""
    if labels is not None and label not in labels:
        raise DataError(
            f"{where}: the label {label!r} is not one of the task's{nearest(label, labels)}; "
            f"there are: {', '.join(sorted(labels))}"
        )


def first_of(row: Row, keys: Sequence[str]) -> Any:  # noqa: ANN401 (whatever the file holds)
    """The value of the first of these keys that the row has, None if it has none."""
    return next((row[key] for key in keys if row.get(key) is not None), None)


def string_of(row: Row, keys: Sequence[str], where: str) -> str:
    """The value of the first of these keys, which has to be a string."""
    value = first_of(row, keys)
    if not isinstance(value, str) or not value:
        raise DataError(f"{where}: {keys[0]!r} is a string that is not empty, got {row!r:.80}")
    return value


def score_of(row: Row, where: str, what: str) -> float | None:
    """The `score` of a row, None where it has none."""
    score, own = row.get("score"), f"; {OWN}" if what == "a class" else ""
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise DataError(f"{where}: the score of {what} is a number in [0, 1], got {score!r:.60}{own}")
    return score


def text_and_tokens(row: Row, where: str, column: str = "text") -> tuple[str, Places | None]:
    """The text with the places of its tokens; tokens without a text are joined by spaces."""
    text: Any = row.get(column)
    tokens: Any = row.get("tokens")
    try:
        if text is None and column == "text" and are_words(tokens):
            return joined(tokens)
        if isinstance(text, str):
            return text, None if tokens is None or column != "text" else places_of(text, tokens)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    if column in row and text is None:
        raise DataError(f"{where}: its {column!r} is null; give it a text, or leave the row out")
    there = ", ".join(sorted(row)) or "none"
    came = f"its {column!r} is not a string" if column in row else f"it has no {column!r}"
    raise DataError(f"{where}: {came}; name the one that holds the text (column, or --column); there are: {there}")


def foreign_keys(row: Row, column: str = "text") -> list[str]:
    """Which of `id`, `document`, `doc` and `tokens` hold what cannot be vermeil's: the columns are somebody else's."""
    text, tokens = row.get(column), row.get("tokens")
    foreign = [key for key in ("id", "document", "doc") if not _is_name(row.get(key))]
    if column == "text" and isinstance(text, str) and tokens is not None:
        try:
            Example(text, tokens=places_of(text, tokens))
        except DataError:
            foreign.append("tokens")
    return foreign


def identity(row: Row, where: str) -> dict[str, str]:
    """`id` and `document` (or `doc`), numbers as text; a document below zero is unknown."""
    values = {"id": row.get("id"), "document": first_of(row, ("document", "doc"))}
    for key, value in values.items():
        if not _is_name(value):
            raise DataError(f"{where}: {key!r} is a string or a whole number, got {value!r:.60}")
    if isinstance(values["document"], int) and values["document"] < 0:
        values["document"] = None
    return {key: "" if value is None else str(value) for key, value in values.items()}


def _is_name(value: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def source_of(row: Row, where: str, source: str) -> str:
    """Who gave the labels: what the row says, otherwise `source`."""
    value = row.get("source", source)
    if not isinstance(value, str):
        raise DataError(f"{where}: 'source' is a string (\"gold\", or who gave the labels), got {value!r:.60}; {OWN}")
    return value
