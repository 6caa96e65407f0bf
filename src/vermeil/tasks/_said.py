"""Single values of an answer, whatever type an LLM gave them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vermeil.tasks._json import by_plain_key

CONFIDENCE_KEYS = ("confidence", "score", "probability", "certainty")
REFUSAL_KEYS = ("refusal", "error")
LONGEST_SHOWN = 80


def confidence(value: Any) -> float | None:  # noqa: ANN401 - JSON is of any type
    """As a share of 1; numbers from 10 to 100 are percentages, others above 1 are on an unknown scale."""
    if value is None:
        return None
    try:
        number = float(str(value).strip().removesuffix("%"))
    except ValueError:
        return None
    if isinstance(value, bool) or not math.isfinite(number) or number < 0:
        return None
    if str(value).strip().endswith("%") or number >= 10:
        number /= 100
    return number if number <= 1 else None


def confidence_in(keys: Mapping[str, Any]) -> float | None:
    """That of an object, by its plain keys."""
    return next((confidence(keys[key]) for key in CONFIDENCE_KEYS if key in keys), None)


def refuses(value: Mapping[str, Any]) -> bool:
    """Whether an object says beside its answer that there is none."""
    keys = by_plain_key(value)
    return any(keys.get(key) for key in REFUSAL_KEYS)


def plain(value: Any) -> str:  # noqa: ANN401 - JSON is of any type
    """A JSON value as text that can be written to any file; nothing for null."""
    text = value if isinstance(value, str) else "" if value is None else shown(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(value: Any) -> str:  # noqa: ANN401 - JSON is of any type
    """As an error message shows it."""
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
