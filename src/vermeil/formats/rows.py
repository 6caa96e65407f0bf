"""One JSON object ⇄ one example: vermeil's own rows, and the common shapes of other tools.

    {"text": ..., "spans": [{"start": 0, "end": 5, "label": "PER"}]}      also `entities`, `labels`, `label`;
                                                                         `type` or `entity_group` for `label`;
                                                                         [0, 5, "PER"] for {"start": 0, ...}
    {"text": ..., "entities": [{"text": "Alice", "type": "PER"}]}         quotes without places
    {"tokens": [...], "tags": [...]}                                      also `ner_tags`, as numbers with `names`

Vermeil's own rows hold all of an example, and are read as they were written: `id`, `text`, `spans` (with `found`
and `score` where there are any), `tokens`, `document`, `source`, `state`, `failed`, `lost`, `votes`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from vermeil.data import GOLD, Example, Found, Lost, Span, Vote
from vermeil.errors import DataError, nearest
from vermeil.formats.quotes import placed
from vermeil.formats.tokens import Places, are_words, joined, places_of

Row = Mapping[str, Any]

SPAN_KEYS = ("spans", "entities", "labels", "label")
TAG_KEYS = ("tags", "ner_tags")
_LABEL_KEYS = ("label", "type", "entity_group")
_START_KEYS = ("start", "start_offset")
_END_KEYS = ("end", "end_offset")


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
    there = ", ".join(sorted(row)) or "none"
    came = f"its {column!r} is not a string" if column in row else f"it has no {column!r}"
    raise DataError(f"{where}: {came}; name the column that holds the text (there are: {there})")


def identity(row: Row, where: str) -> dict[str, str]:
    """`id` and `document` (or `doc`), numbers as text; a document below zero is unknown."""
    values = {"id": row.get("id"), "document": first_of(row, ("document", "doc"))}
    for key, value in values.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise DataError(f"{where}: {key!r} is a string or a whole number, got {value!r:.60}")
    if isinstance(values["document"], int) and values["document"] < 0:
        values["document"] = None
    return {key: "" if value is None else str(value) for key, value in values.items()}


def is_tagged(row: Row) -> bool:
    """Whether the labels of the row are tags over its tokens; spans go first where it has both."""
    return first_of(row, TAG_KEYS) is not None and first_of(row, ("spans", "entities")) is None


def source_of(row: Row, where: str, source: str) -> str:
    """Who gave the labels: what the row says, otherwise `source`."""
    value = row.get("source", source)
    if not isinstance(value, str):
        raise DataError(f"{where}: 'source' is a string (\"gold\", or who gave the labels), got {value!r:.60}")
    return value


def example_of(row: Row, where: str, labels: Collection[str] | None = None, source: str = GOLD) -> Example:
    """The example of a row with spans.

    Raises:
        DataError: a field is missing or of the wrong kind, or the spans are unsound.
    """
    text, tokens = text_and_tokens(row, where)
    entries = _entries(row, where)
    spans = [_span(entry, text, where, labels) for entry in entries if not _is_quote(entry)]
    quotes = [(_string(e, ("text",), where), _label(e, where, labels)) for e in entries if _is_quote(e)]
    found, lost = placed(text, spans, quotes)
    failed = row.get("failed") or ""
    if not isinstance(failed, str):
        raise DataError(f"{where}: 'failed' is the reason as a string, got {failed!r:.60}")
    example = made(
        where,
        text,
        labels=(*spans, *found),
        tokens=tokens,
        source=source_of(row, where, source),
        failed=failed,
        lost=(*_lost(row, where), *lost),
        votes=_votes(row, text, where, labels),
        **identity(row, where),
    )
    _check_state(row, example, where)
    return example


def row_of(example: Example) -> dict[str, Any]:
    """Vermeil's own row: all of the example, without the fields that say nothing."""
    row: dict[str, Any] = {"id": example.id} if example.id else {}
    row["text"] = example.text
    row["spans"] = [_span_row(span) for span in example.labels]
    if example.tokens is not None:
        row["tokens"] = example.tokens
    if example.document:
        row["document"] = example.document
    row |= {"source": example.source, "state": example.state}
    if example.failed:
        row["failed"] = example.failed
    if example.lost:
        row["lost"] = [asdict(lost) for lost in example.lost]
    if example.votes:
        row["votes"] = [{**_span_row(vote), "voters": vote.voters} for vote in example.votes]
    return row


def _span_row(span: Span | Vote) -> dict[str, Any]:
    row: dict[str, Any] = {"start": int(span.start), "end": int(span.end), "label": span.label}
    if isinstance(span, Span) and span.found != "given":
        row["found"] = span.found
    if span.score is not None:
        row["score"] = float(span.score)  # numpy's numbers are not JSON
    return row


def _entries(row: Row, where: str) -> list[Any]:
    keys = [key for key in SPAN_KEYS if row.get(key) is not None]
    if not keys:
        raise DataError(
            f"{where}: the row has no labels ('spans', or 'tokens' with 'tags'), only {', '.join(sorted(row))}; "
            "text without labels is for annotating or predicting"
        )
    filled = [key for key in keys if row[key] and _are_entries(row[key])]
    if len(filled) > 1:
        raise DataError(f"{where}: both {filled[0]!r} and {filled[1]!r} hold labels; keep one of them")
    key = (filled or keys)[0]
    entries: list[Any] = row[key]
    if not _are_entries(entries):
        raise DataError(f"{where}: {key!r} is a list of objects with start, end and label, got {entries!r:.60}")
    return entries


def _are_entries(value: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    return isinstance(value, list) and all(isinstance(entry, list | dict) for entry in value)


def _is_quote(entry: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    return isinstance(entry, dict) and "text" in entry and first_of(entry, (*_START_KEYS, *_END_KEYS)) is None


def _span(entry: Any, text: str, where: str, labels: Collection[str] | None) -> Span:  # noqa: ANN401
    if isinstance(entry, list):
        if len(entry) != 3:
            raise DataError(f"{where}: a span is [start, end, label], got {entry!r:.60}")
        entry = dict(zip(("start", "end", "label"), entry, strict=True))
    start, end = first_of(entry, _START_KEYS), first_of(entry, _END_KEYS)
    if type(start) is not int or type(end) is not int:
        raise DataError(f"{where}: a span needs whole numbers as start and end, got {entry!r:.80}")
    label, found, score = _label(entry, where, labels), entry.get("found", "given"), first_of(entry, ("score",))
    if found not in get_args(Found):
        raise DataError(f"{where}: 'found' is one of {', '.join(get_args(Found))}, got {found!r}")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise DataError(f"{where}: the score of a span is a number in [0, 1], got {score!r:.60}")
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


def _label(entry: Row, where: str, labels: Collection[str] | None) -> str:
    label = _string(entry, _LABEL_KEYS, where)
    check_label(label, labels, where)
    return label


def _string(row: Row, keys: Sequence[str], where: str) -> str:
    value = first_of(row, keys)
    if not isinstance(value, str) or not value:
        raise DataError(f"{where}: {keys[0]!r} is a string that is not empty, got {row!r:.80}")
    return value


def _lost(row: Row, where: str) -> tuple[Lost, ...]:
    try:
        return tuple(Lost(str(lost["text"]), str(lost["label"]), str(lost["reason"])) for lost in row.get("lost") or ())
    except (TypeError, KeyError):
        raise DataError(f"{where}: 'lost' is a list of objects with text, label and reason") from None


def _votes(row: Row, text: str, where: str, labels: Collection[str] | None) -> tuple[Vote, ...]:
    """The row's own votes; a column of that name with other things in it (numbers, say) is somebody else's."""
    entries = row.get("votes")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return ()
    votes = []
    for entry in entries:
        voters = entry.get("voters")
        if not isinstance(voters, list) or not all(isinstance(voter, str) for voter in voters):
            raise DataError(f"{where}: a vote has start, end, label and a list of voters, got {entry!r:.80}")
        span = _span(entry, text, where, labels)
        try:
            votes.append(Vote(span.start, span.end, span.label, tuple(voters), span.score))
        except DataError as error:
            raise DataError(f"{where}: {error}") from None
    return tuple(votes)


def _check_state(row: Row, example: Example, where: str) -> None:
    state, exclusive = row.get("state"), ("failed", "unlabelled")
    if state is None or state == example.state:
        return
    if state not in ("labels", "empty", *exclusive) or state in exclusive or example.state in exclusive:
        raise DataError(
            f"{where}: the state is {state!r}, but by 'source', 'failed' and 'spans' it is {example.state!r}; "
            "put them right, or leave 'state' out"
        )
