"""The label names that a student is made for."""

from __future__ import annotations

from collections.abc import Sequence

from vermeil.data import Kind
from vermeil.data.span import check_characters
from vermeil.errors import SettingsError


def checked(labels: Sequence[str], kind: Kind = "spans") -> tuple[str, ...]:
    """The labels as a tuple.

    Raises:
        SettingsError: there are none, or one occurs twice, or is empty; or there is but one class to choose from.
        DataError: one holds half of a character.
    """
    if isinstance(labels, str) or not labels or not all(isinstance(label, str) and label for label in labels):
        raise SettingsError(f"a student needs label names such as ['PER', 'LOC'], got {labels!r}")
    for label in labels:
        check_characters(label, "the name of a label")
    twice = sorted({label for label in labels if list(labels).count(label) > 1})
    if twice:
        raise SettingsError(f"the label {twice[0]!r} is given twice; make labels unique")
    if kind == "class" and len(labels) < 2:
        raise SettingsError(f"every text would be in the one class {labels[0]!r}; name at least two")
    return tuple(labels)
