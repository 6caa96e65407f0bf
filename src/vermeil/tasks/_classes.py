"""The classes that an answer gives to a text, whatever its shape; where it isn't clear which, none is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vermeil.data import Lost
from vermeil.errors import UnreadableAnswer, nearest
from vermeil.tasks._json import Value, by_plain_key, opens_json, read_values, without_thoughts
from vermeil.tasks._labels import LabelNames
from vermeil.tasks._said import CONFIDENCE_KEYS, confidence, confidence_in, plain, refuses, shown
from vermeil.tasks._sentences import in_prose, parts
from vermeil.tasks.base import OUTSIDE_JSON

_ASKED_KEYS = ("label", "labels")
_OTHER_KEYS = (
    *("class", "classes", "classname", "category", "categories", "classification", "sentiment", "topic", "topics"),
    *("intent", "tag", "tags", "type", "genre", "name", "value", "prediction", "predictions", "predictedlabel"),
    *("predictedclass", "finallabel", "finalanswer", "answer", "result", "output", "response", "choice", "verdict"),
    *("polarity", "rating", "answers", "results", "outputs", "responses"),
)
_YES, _NO = {"true", "yes", "y", "1", "1.0"}, {"false", "no", "n", "0", "0.0", "null", "none", ""}
_NOTHING = {"none", "n/a", "no label", "no class", "none of them", "none of these", "none of the above"}


@dataclass(frozen=True)
class Given:
    """A class as the answer gives it, which need not be one of the task's."""

    name: str
    confidence: float | None = None


@dataclass(frozen=True)
class Reading:
    """What an answer says.

    Args:
        classes: names as the task spells them, each once, and how sure the LLM is of each.
        repaired: how a malformed answer was read all the same, "" if it was clean.
    """

    classes: Mapping[str, float | None]
    lost: tuple[Lost, ...] = ()
    repaired: str = ""


def read_classes(answer: str, labels: Iterable[str], *, several: bool) -> Reading:
    """The classes that an answer gives: one, or with `several` any number, of which none is one too.

    Raises:
        UnreadableAnswer: it gives none, two where one is asked for, one that the task doesn't know, or contradicts
            itself. Where several are asked for, unknown ones are lost beside known ones.
    """
    reader = _Reader(labels, several)
    values = list(read_values(answer))
    readable = [(value, given) for value in values if (given := reader.given(value.value)) is not None]
    if readable:
        return reader.reading(*_agreed(readable, answer, several))
    if values or opens_json(answer):
        raise _unreadable(answer, several)
    said = in_prose(without_thoughts(answer), reader.names, reader.labels, several=several)
    if said is None:
        raise _unreadable(answer, several)
    return reader.reading([Given(name) for name in said], OUTSIDE_JSON, answer)


def _agreed(readable: list[tuple[Value, list[Given]]], answer: str, several: bool) -> tuple[list[Given], str, str]:
    """What all values of an answer say: the same, or of several classes one each."""
    first = readable[0][1]
    how = ", ".join(dict.fromkeys(value.how for value, _ in readable if value.how))
    if any(given != first for _, given in readable[1:]):
        if not (several and all(_is_one(value.value) for value, _ in readable)):
            raise UnreadableAnswer(f"the answer contradicts itself: {shown(answer.strip())!r}")
        return [each for _, given in readable for each in given], how, answer
    value = readable[0][0]
    closed = not several and value.is_cut and value.depth == 1 and isinstance(value.value, dict)
    return first, how.replace("cut", "not closed") if closed else how, answer


def _is_one(value: Any) -> bool:  # noqa: ANN401 - JSON is of any type
    """Whether a value is one class of several, not a list of them."""
    return isinstance(value, dict) and isinstance(value.get("label"), str)


class _Reader:
    def __init__(self, labels: Iterable[str], several: bool) -> None:
        self.labels = tuple(labels)
        self.names = LabelNames(self.labels, marked=True)
        self._several = several

    def given(self, value: Any) -> list[Given] | None:  # noqa: ANN401 - JSON is of any type
        """The classes that a JSON value names, None where it isn't an answer."""
        if isinstance(value, dict):
            return self._of_object(value)
        if isinstance(value, list):
            return self._of_list(value)
        return self._of_name(value)

    def _of_name(self, value: Any) -> list[Given] | None:  # noqa: ANN401 - JSON is of any type
        if value is None or (isinstance(value, bool) and self.names.named(str(value)) is None):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        name = plain(value).strip()
        if not name or (name.casefold() in _NOTHING and self.names.named(name) is None):
            return [] if name and self._several else None
        return [Given(part) for part in parts(name, self.names)]

    def _of_list(self, values: list[Any]) -> list[Given] | None:
        found: list[Given] = []
        for value in values:
            given = self.given(value)
            if given is None:
                return None
            found += given
        return found

    def _of_object(self, value: Mapping[str, Any]) -> list[Given] | None:
        keys = by_plain_key(value)
        if len(keys) < len(value) or refuses(value):  # `label` and `Label` may differ
            return None
        asked = [key for key in _ASKED_KEYS if key in keys]
        others = [key for key in _OTHER_KEYS if key in keys]
        if asked:
            return self._joined([self._at(keys, key) for key in asked])
        found = self._of_table(value)
        return self._of_others(keys, others) if found is None else found

    def _of_others(self, keys: Mapping[str, Any], others: Iterable[str]) -> list[Given] | None:
        """Of keys that nobody asked for, those that hold a class of the task; else the first."""
        found = [given for key in others if (given := self._at(keys, key)) is not None]
        known = [given for given in found if given and all(self.names.named(each.name) for each in given)]
        return self._joined(known) if known else found[0] if found else None

    def _joined(self, found: Sequence[list[Given] | None]) -> list[Given] | None:
        there = [given for given in found if given is not None]
        return [each for given in there for each in given] if there and len(there) == len(found) else None

    def _at(self, keys: Mapping[str, Any], key: str) -> list[Given] | None:
        """The classes under a key, with how sure the object is of them."""
        given = self.given(keys[key])
        stated = zip(given or (), _confidences(keys, len(given or ())), strict=True)
        return given and [
            each if each.confidence is not None else replace(each, confidence=sure) for each, sure in stated
        ]

    def _of_table(self, value: Mapping[str, Any]) -> list[Given] | None:
        """Classes by name, with yes or no, or with how likely each is; the likeliest where one is asked for."""
        table = {name: inner for name, inner in value.items() if self.names.named(name) is not None}
        if not table or len(table) < len(value):
            return None
        words = {name: str(inner).strip().casefold() for name, inner in table.items()}
        if all(word in _YES | _NO for word in words.values()):
            return [Given(name) for name, word in words.items() if word in _YES]
        sure = {name: confidence(inner) for name, inner in table.items()}
        likeliest = max((each for each in sure.values() if each is not None), default=None)
        if self._several or None in sure.values() or sure[max(table, key=lambda name: _bare(table[name]))] != likeliest:
            return None  # of 1 and 99, 1 is a percentage, too
        return [Given(name, each) for name, each in sure.items() if each == likeliest]

    def reading(self, given: list[Given], how: str, answer: str) -> Reading:
        """Known classes, the rest lost.

        Raises:
            UnreadableAnswer: there are not as many of them as are asked for.
        """
        known: dict[str, float | None] = {}
        unknown: list[str] = []
        for each in given:
            name = self.names.named(each.name)
            if name is None:
                unknown.append(each.name)
            else:
                known.setdefault(name, each.confidence)
        if unknown and not (known and self._several):
            raise UnreadableAnswer(
                f"unknown class {shown(unknown[0])!r}{nearest(shown(unknown[0]), self.labels)}; "
                f"expected one of {shown(', '.join(self.labels))!r}"
            )
        if not known and not unknown and (not self._several or "cut" in how):
            raise _unreadable(answer, self._several)
        if not self._several and len(known) > 1:
            raise UnreadableAnswer(f"two classes where one is asked for: {', '.join(map(repr, known))}")
        lost = tuple(Lost(shown(name), shown(name), f"unknown label {shown(name)!r}") for name in unknown)
        return Reading(known, lost, how)


def _bare(value: Any) -> float:  # noqa: ANN401 - JSON is of any type
    return float(str(value).strip().removesuffix("%"))


def _confidences(keys: Mapping[str, Any], count: int) -> Iterator[float | None]:
    """As many as there are classes: of a list one for each, else the same for all."""
    several = next((keys[f"{key}s"] for key in CONFIDENCE_KEYS if f"{key}s" in keys), None)
    stated = several if several is not None else next((keys[key] for key in CONFIDENCE_KEYS if key in keys), None)
    if isinstance(stated, list) and len(stated) == count:
        yield from map(confidence, stated)
    else:
        yield from [None if isinstance(stated, list) else confidence_in(keys)] * count


def _unreadable(answer: str, several: bool) -> UnreadableAnswer:
    expected = "a list of classes" if several else "one class"
    return UnreadableAnswer(f"expected JSON with {expected}, got {shown(answer.strip()) or 'nothing'!r}")
