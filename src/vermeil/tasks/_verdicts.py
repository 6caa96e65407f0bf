"""A second look at doubtful labels: how they are shown to the LLM, and how its verdicts are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vermeil.data import Span
from vermeil.errors import UnreadableAnswer
from vermeil.tasks._forms import NO, NONE, YES, written
from vermeil.tasks._json import by_plain_key
from vermeil.tasks._labels import LabelNames
from vermeil.tasks._many import by_id
from vermeil.tasks._said import shown

CONTEXT = 40
"""Characters shown before and after a span, which tell its place from others of the same words."""

_TYPE_KEYS = ("type", "label", "verdict", "entitytype", "category", "class", "decision")
_FITS_KEYS = ("fits", "verdict", "applies", "answer", "decision", "value", "result")
_MEANS = {YES: True, "y": True, "true": True, NO: False, "n": False, "false": False}
_NOTHING = {NONE, "", "o", "null", "no entity", "not an entity", "no mention", "n/a"}


def stretches(text: str, spans: Iterable[Span]) -> list[str]:
    """Each span on a line of JSON with its id, so that nothing in its words can end the line."""
    return [
        written(
            {
                "id": number,
                "before": text[max(0, span.start - CONTEXT) : span.start],
                "words": text[span.start : span.end],
                "after": text[span.end : span.end + CONTEXT],
            }
        )
        for number, span in enumerate(spans, start=1)
    ]


def read_verdicts(answer: str, spans: Sequence[Span], labels: Iterable[str]) -> dict[int, str | None]:
    """By the number of the span, from 0: its label, or None for no entity. A span without a usable verdict is left out.

    Raises:
        UnreadableAnswer: there is no verdict in it.
    """
    names = LabelNames(labels)
    usable = ((number, _label(verdict, names)) for number, verdict in _verdicts(answer, len(spans)))
    return {number: label or None for number, label in usable if label is not None}


def read_fits(answer: str, spans: Sequence[Span]) -> dict[int, str | None]:
    """By the number of the class, from 0: the class where the text is in it, None where it isn't.

    Raises:
        UnreadableAnswer: there is no verdict in it.
    """
    usable = ((number, _fits(verdict)) for number, verdict in _verdicts(answer, len(spans)))
    return {number: spans[number].label if fits else None for number, fits in usable if fits is not None}


def _verdicts(answer: str, count: int) -> list[tuple[int, Any]]:
    verdicts = by_id(answer, count)
    if count and not verdicts:
        raise UnreadableAnswer(f"expected JSON with a list of verdicts, got {shown(answer.strip()) or 'nothing'!r}")
    return [(number - 1, verdict) for number, verdict in verdicts]


def _fits(verdict: Any) -> bool | None:  # noqa: ANN401 - JSON is of any type
    if isinstance(verdict, dict):
        keys = by_plain_key(verdict)
        verdict = next((keys[key] for key in _FITS_KEYS if key in keys), None)
    return _MEANS.get(str(verdict).strip().strip(".").casefold())


def _label(verdict: Any, names: LabelNames) -> str | None:  # noqa: ANN401 - JSON is of any type
    """The label, "" for no entity, None where the verdict says neither."""
    if isinstance(verdict, dict):
        keys = by_plain_key(verdict)
        verdict = next((keys[key] for key in _TYPE_KEYS if key in keys), 0)
    if verdict is None:
        return ""
    if not isinstance(verdict, str):
        return None
    known = names.named(verdict)
    return "" if known is None and verdict.strip().casefold() in _NOTHING else known
