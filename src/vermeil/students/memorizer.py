"""Remembers labelled phrases, or the words of each class, and finds them again: for tests, needs no torch."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.data import Example, Kind, Span
from vermeil.errors import ModelError, SettingsError
from vermeil.files import new_folder
from vermeil.students._card import Card, read_json, write_card
from vermeil.students._counting import Counting
from vermeil.students._words import WordCounter
from vermeil.students.base import State

_WORD = re.compile(r"\w+|[^\w\s]")
_VOTES = "votes.json"


class Memorizer(Counting):
    """Labels a phrase as it was labelled most often; of phrases that overlap, the first and longest wins."""

    def __init__(self, labels: Sequence[str], *, seed: int = 0) -> None:
        super().__init__(labels, "spans", seed=seed)
        self.votes: dict[str, Counter[str]] = defaultdict(Counter)

    def learn(self, batch: Sequence[Example]) -> float:
        """Count the votes; the loss is the share of spans that it would have labelled otherwise."""
        phrases = [
            (example.text[span.start : span.end], span.label) for example in batch for span in self._believed(example)
        ]
        wrong = sum(self._winner(phrase)[0] != label for phrase, label in phrases)
        for phrase, label in phrases:
            self.votes[phrase][label] += 1
        return wrong / max(1, len(phrases))

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[Span, ...]]:
        """Known phrases in each text, where they begin and end with a word; a score is the share of the votes."""
        longest = max((len(phrase) for phrase in self.votes), default=0)
        found = []
        for example in examples:
            found.append(tuple(self._found(example.text, longest)))
            on_done(1)
        return found

    def save(self, folder: Path, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write the votes as JSON into a folder, whole or not at all, with more files `beside` them (name to text)."""
        votes = {phrase: dict(counts) for phrase, counts in sorted(self.votes.items())}
        with new_folder(folder) as inside:
            (inside / _VOTES).write_text(json.dumps(votes, indent=1), encoding="utf-8")
            write_card(inside, Card("memorizer", self._labels, self.settings), beside)

    def state(self) -> State:
        """The votes so far."""
        votes = {phrase: dict(counts) for phrase, counts in self.votes.items()}
        return State(values={"votes": votes, "left_out": dict(self._left_out)})

    def restore(self, state: State) -> None:
        """Go on from these votes."""
        self.votes.clear()
        for phrase, counts in state.values["votes"].items():
            self.votes[phrase] = Counter(counts)
        self._left_out = Counter(state.values.get("left_out", {}))

    def _winner(self, phrase: str) -> tuple[str, float]:
        """The label with most votes (of equals the first in order of the labels), and its share."""
        counts = self.votes.get(phrase)
        if not counts:
            return "", 0.0
        label = max(self._labels, key=lambda label: counts[label])
        return label, counts[label] / counts.total()

    def _found(self, text: str, longest: int) -> Iterator[Span]:
        words = [word.span() for word in _WORD.finditer(text)]
        free = 0
        for number, (start, _) in enumerate(words):
            if start < free:
                continue
            ends = [end for _, end in words[number : number + longest] if end - start <= longest]
            end = next((end for end in reversed(ends) if text[start:end] in self.votes), None)
            if end is not None:
                label, share = self._winner(text[start:end])
                yield Span(start, end, label, score=share)
                free = end


def make(
    argument: str,
    labels: Sequence[str],
    *,
    seed: int = 0,
    kind: Kind = "spans",
    **settings: Any,  # noqa: ANN401
) -> Memorizer | WordCounter:
    """A memorizer of phrases, or of the words of each class, that has seen nothing yet; there is nothing to set."""
    if argument or settings:
        raise SettingsError(f"the memorizer has no settings, got {argument or ', '.join(settings)}; leave them out")
    return Memorizer(labels, seed=seed) if kind == "spans" else WordCounter(labels, kind, seed=seed)


def load(folder: Path, card: Card) -> Memorizer | WordCounter:
    """The memorizer that was saved into a folder."""
    seed, kind = int(card.settings.get("seed", 0)), card.settings.get("kind", "spans")
    if kind != "spans":
        return WordCounter.load(folder, card, kind, seed)
    memorizer = Memorizer(card.labels, seed=seed)
    for phrase, counts in read_json(folder / _VOTES).items():
        if not isinstance(counts, dict) or not set(counts) <= set(card.labels):
            raise ModelError(f"{folder / _VOTES}: the votes for {phrase!r} are for other labels; the file is damaged")
        memorizer.votes[phrase] = Counter({label: int(count) for label, count in counts.items()})
    return memorizer
