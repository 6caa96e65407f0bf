"""Names and their labels, read from an answer of any shape that models really give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vermeil.align import Quote
from vermeil.data import Lost
from vermeil.errors import UnreadableAnswer
from vermeil.tasks._json import Value, by_plain_key, listed, read_values
from vermeil.tasks._labels import LabelNames
from vermeil.tasks._said import confidence, confidence_in, plain, refuses, shown

_LIST_KEYS = (
    *("entities", "namedentities", "ner", "spans", "mentions", "annotations", "extractions", "labels"),
    *("predictions", "items", "results", "result", "output", "answer", "response", "data"),
)
_TEXT_KEYS = (
    *("text", "mention", "quote", "span", "word", "surface", "phrase", "entitytext", "entityname", "name"),
    *("entity", "value", "token", "mentions", "texts", "entities", "values", "names"),
)
_LABEL_KEYS = ("type", "label", "entitytype", "category", "entitygroup", "class", "tag", "kind", "entity", "name")
_ASKED_KEYS = ({"text", "type"}, {"text", "type", "confidence"})


@dataclass(frozen=True)
class Reading:
    """What an answer says.

    Args:
        ordered: the names come in one list, and so, as a rule, in the order of the text.
        repaired: how a malformed answer was read all the same, "" if it was clean.
    """

    quotes: tuple[Quote, ...]
    lost: tuple[Lost, ...]
    ordered: bool
    repaired: str


def read_entities(answer: str, labels: Iterable[str]) -> Reading:
    """The names that an answer lists, with their labels as the task spells them.

    Where an answer holds several lists, the last one that is complete counts: models think first and
    answer last. Single objects, one after another, count as one list.

    Raises:
        UnreadableAnswer: there is no list of names in it; an answer is never taken for "no names" unless
            it holds an empty list.
    """
    reader = _Reader(labels)
    whole: list[tuple[Value, list[_Entry]]] = []
    single: list[tuple[Value, list[_Entry]]] = []
    for value in read_values(answer):
        entries = reader.entries(value.value)
        if entries is not None:
            is_single = isinstance(value.value, dict) and reader.is_entity(value.value)
            (single if is_single else whole).append((value, entries))
    complete = [pair for pair in whole if not pair[0].is_cut] or whole
    chosen = complete[-1:] or single
    entries = [entry for _, found in chosen for entry in found]
    is_cut = any(value.is_cut for value, _ in chosen)
    if not chosen or (not entries and is_cut) or (entries and not any(entry.label for entry in entries)):
        raise UnreadableAnswer(f"expected JSON with a list of entities, got {shown(answer.strip()) or 'nothing'!r}")
    return reader.reading(entries, [value for value, _ in chosen])


def is_whole(answer: str, labels: Iterable[str]) -> bool:
    """Whether an answer is a list of entities that can be read, and not one entity out of a list."""
    try:
        read_entities(answer, labels)
    except UnreadableAnswer:
        return False
    reader = _Reader(labels)
    return not any(isinstance(each.value, dict) and reader.is_entity(each.value) for each in read_values(answer))


@dataclass(frozen=True)
class _Entry:
    """One name as the answer gives it; label "" where it gives none."""

    text: str
    label: str
    confidence: float | None = None
    by_label: bool = False


class _Reader:
    def __init__(self, labels: Iterable[str]) -> None:
        self.label = LabelNames(labels).named

    def entries(self, value: Any) -> list[_Entry] | None:  # noqa: ANN401 - JSON is of any type
        """All names in a JSON value, None where it isn't an answer."""
        if isinstance(value, list):
            return self._from_list(value)
        if not isinstance(value, dict):
            return None
        return _as_asked(value) or self._from_object(value)

    def is_entity(self, value: Mapping[str, Any]) -> bool:
        """Whether an object is one name with its label."""
        keys = by_plain_key(value)
        text = next((key for key in _TEXT_KEYS if key in keys), None)
        return text is not None and any(key in keys and key != text for key in _LABEL_KEYS)

    def _from_list(self, values: list[Any]) -> list[_Entry] | None:
        if self._is_pair(values) and any(self.label(part) is not None for part in values[:2]):
            return [self._from_pair(values)]
        found: list[_Entry] = []
        for value in values:
            entries = [self._from_pair(value)] if self._is_pair(value) else None
            if entries is None and isinstance(value, dict):
                entries = self._from_object(value)
            found += entries if entries is not None else [_Entry(shown(value), "")]
        return found

    def _is_pair(self, value: Any) -> bool:  # noqa: ANN401 - JSON is of any type
        if not isinstance(value, list) or len(value) not in (2, 3):
            return False
        return isinstance(value[0], str) and isinstance(value[1], str)

    def _from_pair(self, pair: list[Any]) -> _Entry:
        text, label = pair[:2]
        if self.label(label) is None and self.label(text) is not None:
            text, label = label, text
        return _Entry(text, label, confidence(pair[2] if len(pair) == 3 else None))

    def _from_object(self, value: Mapping[str, Any]) -> list[_Entry] | None:
        keys = by_plain_key(value)
        for key in _LIST_KEYS:
            if key in keys and isinstance(keys[key], list | dict) and not self.is_entity(value):
                inner = [] if not keys[key] else self.entries(keys[key])
                if inner is None or (not inner and refuses(value)):
                    return None
                return inner
        if self.is_entity(value):
            return list(self._from_entity(keys))
        return self._from_table(value)

    def _from_entity(self, keys: Mapping[str, Any]) -> Iterator[_Entry]:
        text_key = next(key for key in _TEXT_KEYS if key in keys)
        label = next(keys[key] for key in _LABEL_KEYS if key in keys and key != text_key)
        sure = confidence_in(keys)
        for text in listed(keys[text_key]):
            yield _Entry(plain(text), plain(listed(label)[0] if len(listed(label)) == 1 else label), sure)

    def _from_table(self, value: Mapping[str, Any]) -> list[_Entry] | None:
        """Names by label, or labels by name."""
        if any(self.label(key) is not None for key in value):
            return [entry for key, names in value.items() for entry in self._of_label(key, names)]
        if any(isinstance(label, str) and self.label(label) is not None for label in _flat(value.values())):
            pairs = [(name, label) for name, found in value.items() for label in listed(found)]
            return [_Entry(name, plain(label)) for name, label in pairs]
        return None

    def _of_label(self, label: str, names: Any) -> Iterator[_Entry]:  # noqa: ANN401 - JSON is of any type
        for name in listed(names):
            if isinstance(name, dict):
                keys = by_plain_key(name)
                text = next((keys[key] for key in _TEXT_KEYS if key in keys), None)
                yield _Entry(plain(text), label, confidence_in(keys), by_label=True)
            elif name is not None:
                yield _Entry(plain(name), label, by_label=True)

    def reading(self, entries: list[_Entry], values: list[Value]) -> Reading:
        """Known labels as quotes, the rest as lost."""
        quotes: list[Quote] = []
        lost: list[Lost] = []
        for entry in entries:
            known, text = self.label(entry.label), plain(entry.text)
            if known is not None:
                quotes.append(Quote(text, known, entry.confidence))
            else:
                reason = f"unknown label {shown(entry.label)!r}" if entry.label else "no label"
                lost.append(Lost(text, plain(entry.label), reason))
        lost += [Lost(shown(value.rest), "", "answer cut off") for value in values if value.is_cut]
        how = dict.fromkeys(value.how for value in values if value.how)
        if not how and len(values) > 1:
            how = {"several objects": None}
        return Reading(tuple(quotes), tuple(lost), not any(entry.by_label for entry in entries), ", ".join(how))


def _as_asked(value: Mapping[str, Any]) -> list[_Entry] | None:
    """The names of an object that keeps to the schema that was sent, as most do; this only saves time."""
    listed = value.get("entities")
    if len(value) > 1 or not isinstance(listed, list):
        return None
    for each in listed:
        if not (isinstance(each, dict) and each.keys() in _ASKED_KEYS):
            return None
        if not (isinstance(each["text"], str) and isinstance(each["type"], str)):
            return None
    return [_Entry(plain(e["text"]), plain(e["type"]), confidence(e.get("confidence"))) for e in listed]


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from listed(value)
