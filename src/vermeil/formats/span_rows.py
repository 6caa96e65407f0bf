"""The spans of a row: with their places, or as quotes without."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args

from vermeil.data import Found, Lost, Span, Vote
from vermeil.errors import DataError
from vermeil.formats.fields import Row, check_label, first_of, score_of, string_of
from vermeil.formats.quotes import placed

SPAN_KEYS = ("spans", "entities", "labels", "label")
_LABEL_KEYS = ("label", "type", "entity_group")
_START_KEYS = ("start", "start_offset")
_END_KEYS = ("end", "end_offset")


def spans_in(row: Row, text: str, where: str, labels: Collection[str] | None) -> tuple[list[Span], list[Lost]]:
    """The spans, and the quotes that could not be placed."""
    entries = _entries(row, where)
    spans = [span_of(entry, text, where, labels) for entry in entries if not _is_quote(entry)]
    quotes = [(string_of(e, ("text",), where), label_of(e, where, labels)) for e in entries if _is_quote(e)]
    found, lost = placed(text, spans, quotes)
    return [*spans, *found], lost


def span_row(span: Span | Vote) -> dict[str, Any]:
    """A span as vermeil writes it."""
    row: dict[str, Any] = {"start": int(span.start), "end": int(span.end), "label": span.label}
    if isinstance(span, Span) and span.found != "given":
        row["found"] = span.found
    if span.score is not None:
        row["score"] = float(span.score)  # numpy's numbers are not JSON
    return row


def label_of(entry: Row, where: str, labels: Collection[str] | None) -> str:
    """The label of an entry, one of the task's."""
    label = string_of(entry, _LABEL_KEYS, where)
    check_label(label, labels, where)
    return label


def are_entries(value: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    """Whether this is a list of spans or quotes."""
    return isinstance(value, list) and all(isinstance(entry, list | dict) for entry in value)


def _entries(row: Row, where: str) -> list[Any]:
    keys = [key for key in SPAN_KEYS if row.get(key) is not None]
    if not keys:
        raise DataError(
            f"{where}: the row has no labels ('spans', 'label', 'labels', or 'tokens' with 'tags'), "
            f"only {', '.join(sorted(row))}; name the one that holds them (label_column, or --label-column); "
            "text without labels is for annotating or predicting"
        )
    filled = [key for key in keys if row[key] and are_entries(row[key])]
    if len(filled) > 1:
        raise DataError(f"{where}: both {filled[0]!r} and {filled[1]!r} hold labels; keep one of them")
    key = (filled or keys)[0]
    entries: list[Any] = row[key]
    if not are_entries(entries):
        raise DataError(f"{where}: {key!r} is a list of objects with start, end and label, got {entries!r:.60}")
    return entries


def _is_quote(entry: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    return isinstance(entry, dict) and "text" in entry and first_of(entry, (*_START_KEYS, *_END_KEYS)) is None


def span_of(entry: Any, text: str, where: str, labels: Collection[str] | None) -> Span:  # noqa: ANN401
    """The span that an entry describes."""
    if isinstance(entry, list):
        if len(entry) != 3:
            raise DataError(f"{where}: a span is [start, end, label], got {entry!r:.60}")
        entry = dict(zip(("start", "end", "label"), entry, strict=True))
    start, end = first_of(entry, _START_KEYS), first_of(entry, _END_KEYS)
    if type(start) is not int or type(end) is not int:
        raise DataError(f"{where}: a span needs whole numbers as start and end, got {entry!r:.80}")
    label, found = label_of(entry, where, labels), entry.get("found", "given")
    if found not in get_args(Found):
        raise DataError(f"{where}: 'found' is one of {', '.join(get_args(Found))}, got {found!r}")
    score = score_of(entry, where, "a span")
    quote = entry.get("text")
    if quote is not None and text[max(start, 0) : max(end, 0)] != quote:
        raise DataError(
            f"{where}: the span [{start}, {end}) is {text[max(start, 0) : max(end, 0)]!r:.60}, but the row calls it "
            f"{quote!r:.60}; count in characters from 0, and let end be the first one after the span"
        )
    try:
        return Span(start, end, label, found, score)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
