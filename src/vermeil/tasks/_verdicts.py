"""A second look at doubtful spans: how they are shown to the LLM, and how its verdicts are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vermeil.data import Span
from vermeil.errors import UnreadableAnswer
from vermeil.tasks._forms import NONE, written
from vermeil.tasks._json import by_plain_key
from vermeil.tasks._labels import LabelNames
from vermeil.tasks._many import by_id

CONTEXT = 40
"""Characters shown before and after a span, which tell its place from others of the same words."""

_TYPE_KEYS = ("type", "label", "verdict", "entitytype", "category", "class", "decision")
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
    verdicts = by_id(answer, len(spans))
    if spans and not verdicts:
        shown = answer.strip().encode("utf-8", "replace").decode()[:80]
        raise UnreadableAnswer(f"expected JSON with a list of verdicts, got {shown or 'nothing'!r}")
    names = LabelNames(labels)
    usable = ((number - 1, _label(verdict, names)) for number, verdict in verdicts)
    return {number: label or None for number, label in usable if label is not None}


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
