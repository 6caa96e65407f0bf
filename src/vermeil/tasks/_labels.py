"""What a label may be called, and which one is meant by a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BeforeValidator

from vermeil.data import Kind
from vermeil.errors import SettingsError
from vermeil.formats.table import BETWEEN

_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d])[\s_/&-]+(?=\w)|(?<=\w)[\s_/&-]+(?=[^\W\d])")  # 1-2 and 12 stay two names
_AROUND = " \t\r\n\"'“”‘’„«»`*_.,:;!?()[]{}<>"


def _table(given: object) -> object:
    return dict.fromkeys(given, "") if isinstance(given, list) and all(isinstance(n, str) for n in given) else given


Defined = Annotated[dict[str, str], BeforeValidator(_table)]
"""Labels and their definitions, as a task file has them: a table, or a list of names alone."""


def check_labels(labels: Mapping[str, str], kind: Kind = "spans") -> None:
    """Refuse names that a tag scheme, a prompt, a table or a reader of answers would mistake.

    Raises:
        SettingsError: there are none, or one of them cannot be used, or there is but one class to choose from.
    """
    if not labels:
        raise SettingsError('a task needs labels; write them as NAME = "definition" under [labels]')
    for label in labels:
        _check_tag(label) if kind == "spans" else _check_class(label)
    if kind == "class" and len(labels) < 2:
        raise SettingsError(
            f"every text would be in the one class {next(iter(labels))!r}; name at least two, or set several = true"
        )
    folded = Counter(label.casefold() for label in labels)
    twins = [label for label in labels if folded[label.casefold()] > 1]
    if twins:
        raise SettingsError(
            f"the labels {' and '.join(map(repr, twins))} differ by case alone, and LLMs mix them up; rename one"
        )


class LabelNames:
    """A task's labels, found by what an LLM calls them.

    Args:
        marked: a name also counts with other marks around it and between its words.
    """

    def __init__(self, labels: Iterable[str], *, marked: bool = False) -> None:
        self._labels = tuple(labels)
        self._folded: dict[str, list[str]] = {}
        self._plain: dict[str, list[str]] = {}
        for label in self._labels:
            self._folded.setdefault(label.casefold(), []).append(label)
            if marked:
                self._plain.setdefault(_plain(label), []).append(label)

    def named(self, name: str) -> str | None:
        """The task's label of that name, whatever its case."""
        if name in self._labels:
            return name
        matches = self._folded.get(name.strip().casefold()) or self._plain.get(_plain(name), [])
        return matches[0] if len(matches) == 1 else None


def _plain(name: str) -> str:
    """`work of art`, `"Work-of-Art."` and `WORK_OF_ART` are one."""
    bare = name.strip(_AROUND)
    return _BETWEEN_WORDS.sub("", bare or name).casefold()


def _check_tag(label: str) -> None:
    if label == "O":
        raise SettingsError("the label 'O' stands for no entity in every tag scheme; choose another name")
    if not label or any(c.isspace() for c in label):
        raise SettingsError(f"the label {label!r} is empty or holds white space; write one word, such as WORK_OF_ART")
    if label.startswith(("B-", "I-")):
        raise SettingsError(f"the label {label!r} starts like a tag; give the bare name, {label[2:]!r}")


def _check_class(label: str) -> None:
    if not label or label != " ".join(label.split()):
        raise SettingsError(f"the label {label!r} is empty or holds white space other than single spaces; name it anew")
    if BETWEEN in label:
        raise SettingsError(
            f"the label {label!r} holds {BETWEEN!r}, which stands between classes in prompts and tables; name it anew"
        )
