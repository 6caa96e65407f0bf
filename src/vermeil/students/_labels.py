"""The label names that a student is made for."""

from __future__ import annotations

from collections.abc import Sequence

from vermeil.errors import SettingsError


def checked(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels as a tuple.

    Raises:
        SettingsError: there are none, or one occurs twice, or is empty.
    """
    if isinstance(labels, str) or not labels or not all(isinstance(label, str) and label for label in labels):
        raise SettingsError(f"a student needs label names such as ['PER', 'LOC'], got {labels!r}")
    twice = sorted({label for label in labels if list(labels).count(label) > 1})
    if twice:
        raise SettingsError(f"the label {twice[0]!r} is given twice; make labels unique")
    return tuple(labels)
