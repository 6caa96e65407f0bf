"""One JSON object ⇄ one example: vermeil's own rows, and the common shapes of other tools.

    {"text": ..., "spans": [{"start": 0, "end": 5, "label": "PER"}]}      also `entities`, `labels`, `label`;
                                                                         `type` or `entity_group` for `label`;
                                                                         [0, 5, "PER"] for {"start": 0, ...}
    {"text": ..., "entities": [{"text": "Alice", "type": "PER"}]}         quotes without places
    {"tokens": [...], "tags": [...]}                                      also `ner_tags`, as numbers with `names`
    {"text": ..., "label": "sport"}                                       the one class of the text; also `score`
    {"text": ..., "labels": ["sport", "money"]}                           all its classes, if any; also `scores`

Vermeil's own rows hold all of an example, and are read as they were written: `id`, `text`, `spans` (with `found`
and `score` where there are any) or `label` or `labels`, `tokens`, `document`, `source`, `state`, `failed`, `lost`,
`votes`. Where nobody has given a class yet, `label` is null.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from vermeil.data import GOLD, Example, Kind, Lost, Vote
from vermeil.errors import DataError
from vermeil.formats.class_rows import class_of, classes_in, fields_of_classes, kind_of_classes
from vermeil.formats.fields import OWN, Row, first_of, identity, made, source_of, text_and_tokens
from vermeil.formats.span_rows import SPAN_KEYS, are_entries, span_of, span_row, spans_in

TAG_KEYS = ("tags", "ner_tags")


def is_tagged(row: Row) -> bool:
    """Whether the labels of the row are tags over its tokens; spans go first where it has both."""
    return first_of(row, TAG_KEYS) is not None and first_of(row, ("spans", "entities")) is None


def kind_shown(row: Row) -> Kind | None:
    """What the labels of a row are, by its looks; None where these say nothing, as an empty list does."""
    if first_of(row, (*TAG_KEYS, "spans", "entities")) is not None or any(
        row.get(k) and are_entries(row[k]) for k in SPAN_KEYS
    ):
        return "spans"
    return kind_of_classes(row)


def example_of(
    row: Row, where: str, labels: Collection[str] | None = None, source: str = GOLD, kind: Kind | None = None
) -> Example:
    """The example of a row with spans or classes.

    Args:
        kind: what the labels are; None for what the row shows.

    Raises:
        DataError: a field is missing or of the wrong kind, or the labels are unsound.
    """
    text, tokens = text_and_tokens(row, where)
    kind = kind or kind_shown(row) or "spans"
    lost: list[Lost] = []
    if kind == "spans":
        given, lost = spans_in(row, text, where, labels)
    else:
        given = classes_in(row, text, where, labels, kind)
    failed = row.get("failed") or ""
    if not isinstance(failed, str):
        raise DataError(f"{where}: 'failed' is the reason as a string, got {failed!r:.60}; {OWN}")
    if failed and given:
        raise DataError(f"{where}: it has labels, and 'failed' says why it has none ({failed!r:.60}); {OWN}")
    example = made(
        where,
        text,
        labels=tuple(given),
        tokens=tokens,
        source=source_of(row, where, source),
        failed=failed,
        lost=(*_lost(row, where), *lost),
        votes=_votes(row, text, where, labels, kind),
        kind=kind,
        **identity(row, where),
    )
    _check_state(row, example, where)
    return example


def row_of(example: Example) -> dict[str, Any]:
    """Vermeil's own row: all of the example, without the fields that say nothing."""
    spans = example.kind == "spans"
    row: dict[str, Any] = {"id": example.id} if example.id else {}
    row["text"] = example.text
    row |= {"spans": [span_row(span) for span in example.labels]} if spans else fields_of_classes(example)
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
        row["votes"] = [_vote_row(vote, spans) for vote in example.votes]
    return row


def _vote_row(vote: Vote, placed: bool) -> dict[str, Any]:
    """A vote for a class has no place: it is that of the text."""
    row = {**span_row(vote), "voters": vote.voters}
    return row if placed else {key: value for key, value in row.items() if key not in ("start", "end")}


def _lost(row: Row, where: str) -> tuple[Lost, ...]:
    try:
        return tuple(Lost(str(lost["text"]), str(lost["label"]), str(lost["reason"])) for lost in row.get("lost") or ())
    except (TypeError, KeyError):
        raise DataError(f"{where}: 'lost' is a list of objects with text, label and reason; {OWN}") from None


def _votes(row: Row, text: str, where: str, labels: Collection[str] | None, kind: Kind) -> tuple[Vote, ...]:
    """The row's own votes; a column of that name with other things in it (numbers, say) is somebody else's."""
    entries = row.get("votes")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return ()
    votes = []
    for entry in entries:
        voters = entry.get("voters")
        if not isinstance(voters, list) or not all(isinstance(voter, str) for voter in voters):
            place = "start, end, " if kind == "spans" else ""
            raise DataError(f"{where}: a vote has {place}label and a list of voters, got {entry!r:.80}")
        span = span_of(entry, text, where, labels) if kind == "spans" else class_of(entry, text, where, labels)
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
            f"{where}: the state is {state!r}, but by 'source', 'failed' and its labels it is {example.state!r}; "
            f"put them right, or leave 'state' out; {OWN}"
        )
