"""What a label may be called, and which one is meant by a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from vermeil.errors import SettingsError


def check_labels(labels: Mapping[str, str]) -> None:
    """Refuse names that a tag scheme, a prompt or a reader of answers would mistake.

    Raises:
        SettingsError: there are none, or one of them cannot be used.
    """
    if not labels:
        raise SettingsError('a task needs labels; write them as NAME = "definition" under [labels]')
    for label in labels:
        if label == "O":
            raise SettingsError("the label 'O' stands for no entity in every tag scheme; choose another name")
        if not label or any(c.isspace() for c in label):
            raise SettingsError(
                f"the label {label!r} is empty or holds white space; write one word, such as WORK_OF_ART"
            )
        if label.startswith(("B-", "I-")):
            raise SettingsError(f"the label {label!r} starts like a tag; give the bare name, {label[2:]!r}")
    folded = Counter(label.casefold() for label in labels)
    twins = [label for label in labels if folded[label.casefold()] > 1]
    if twins:
        raise SettingsError(
            f"the labels {' and '.join(map(repr, twins))} differ by case alone, and LLMs mix them up; rename one"
        )


class LabelNames:
    """A task's labels, found by what an LLM calls them."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = tuple(labels)
        self._folded: dict[str, list[str]] = {}
        for label in self._labels:
            self._folded.setdefault(label.casefold(), []).append(label)

    def named(self, name: str) -> str | None:
        """The task's label of that name, whatever its case."""
        if name in self._labels:
            return name
        matches = self._folded.get(name.strip().casefold(), [])
        return matches[0] if len(matches) == 1 else None
