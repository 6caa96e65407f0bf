"""The classes of a row: `label`, where a text has one, or `labels`, where it has any number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vermeil.data import Example, Kind, Span, whole
from vermeil.errors import DataError
from vermeil.formats.fields import OWN, Row, check_label, score_of


def kind_of_classes(row: Row) -> Kind | None:
    """One class or any number, by the looks of the row; None where neither shows."""
    own = "state" in row  # vermeil writes `label` and `labels` even where there are none
    label, labels = row.get("label"), row.get("labels")
    if _are_names(labels) or (own and labels == []) or _are_names(label):
        return "classes"
    is_one = isinstance(label, str) or type(label) is int
    return "class" if is_one or (own and "label" in row and label is None and labels is None) else None


def classes_in(row: Row, text: str, where: str, labels: Collection[str] | None, kind: Kind) -> list[Span]:
    """The classes of the row, with their scores.

    Raises:
        DataError: a class is none of the task's, or there are two where a text has one, or none.
    """
    names, scores = _names(row, where), _scores(row, where)
    if scores and len(scores) != len(names):
        raise DataError(f"{where}: {len(names)} labels but {len(scores)} scores; give one for each")
    if kind == "class" and len(names) != 1 and not (not names and _is_unlabelled(row)):
        came = f"the {len(names)} classes {', '.join(map(str, names))}" if names else "no class"
        raise DataError(
            f"{where}: {came}, where a text has one; keep one of them, or let texts have several (several = true)"
        )
    given = zip(names, scores or [None] * len(names), strict=True)
    return [class_of({"label": name, "score": score}, text, where, labels) for name, score in given]


def class_of(entry: Row, text: str, where: str, labels: Collection[str] | None) -> Span:
    """The class of an object with `label` and perhaps `score`."""
    label, score = entry.get("label"), score_of(entry, where, "a class")
    if type(label) is int and str(label) in (labels or ()):
        label = str(label)
    if type(label) is int:
        raise DataError(f"{where}: the class is the number {label}, and nothing says what it means; write its name")
    if not isinstance(label, str) or not label:
        raise DataError(f"{where}: a class is a string that is not empty, got {label!r:.60}")
    check_label(label, labels, where)
    if score is not None and not 0 <= score <= 1:
        raise DataError(f"{where}: the score of a class lies in [0, 1], got {score}; {OWN}")
    try:
        return whole(text, label, score)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def fields_of_classes(example: Example) -> dict[str, Any]:
    """The classes as vermeil writes them: in `label`, null where there is none yet, or in `labels`."""
    scores = [None if span.score is None else float(span.score) for span in example.labels]
    has_scores = any(score is not None for score in scores)
    if example.kind == "class":
        return {"label": next(iter(example.classes), None)} | ({"score": scores[0]} if has_scores else {})
    return {"labels": [*example.classes]} | ({"scores": scores} if has_scores else {})


def _names(row: Row, where: str) -> list[Any]:
    keys = [key for key in ("label", "labels") if row.get(key) is not None]
    if not keys and not _is_unlabelled(row):
        there = ", ".join(sorted(key for key in row if row[key] is not None))
        raise DataError(
            f"{where}: the row has no class ('label' or 'labels'), only {there}; give it one, leave it out, or name "
            "the one that holds the classes (label_column, or --label-column)"
        )
    if len(keys) > 1:
        raise DataError(f"{where}: both 'label' and 'labels' are there; keep one of them")
    value = row[keys[0]] if keys else []
    return value if isinstance(value, list) else [value]


def _scores(row: Row, where: str) -> list[Any]:
    if (scores := row.get("scores")) is None:
        return [row["score"]] if row.get("score") is not None else []
    if not isinstance(scores, list):
        raise DataError(f"{where}: 'scores' is a list, one for each of 'labels', got {scores!r:.60}; {OWN}")
    return scores


def _is_unlabelled(row: Row) -> bool:
    """Whether it says itself that it has no classes yet."""
    return bool(row.get("failed")) or row.get("source") == ""


def _are_names(value: Any) -> bool:  # noqa: ANN401 (whatever the file holds)
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
