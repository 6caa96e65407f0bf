"""Remembers labelled phrases and finds them again: for tests and examples, needs no torch."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.data import GOLD, Example, Kind, Span
from vermeil.errors import DataError, ModelError, SettingsError
from vermeil.files import new_folder
from vermeil.silver.treatment import Treatment
from vermeil.silver.trust import Trust
from vermeil.students._card import Card, read_json, write_card
from vermeil.students._labels import checked
from vermeil.students.base import State

_WORD = re.compile(r"\w+|[^\w\s]")
_VOTES = "votes.json"


class Memorizer:
    """Labels a phrase as it was labelled most often; of phrases that overlap, the first and longest wins.

    Args:
        seed: recorded; nothing about it is random.
    """

    def __init__(self, labels: Sequence[str], *, seed: int = 0) -> None:
        self._labels, self._seed = checked(labels), seed
        self.votes: dict[str, Counter[str]] = defaultdict(Counter)
        self._trust: Trust | None = None
        self._left_out = Counter[str]()

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that it can give."""
        return self._labels

    @property
    def kind(self) -> Kind:
        """Spans."""
        return "spans"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Only its seed."""
        return {"seed": self._seed}

    def treat_silver(self, treatment: Treatment | None) -> None:
        """Leave out silver labels that are rather wrong than right; it has no weights, losses or doubts of its own."""
        self._trust = treatment.trust if treatment else None
        self._left_out = Counter()

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many silver labels it did not learn from."""
        return dict(self._left_out)

    def start_stage(self, steps: int, learning_rate: float | None = None) -> None:
        """Nothing to prepare: what was learnt before stays."""

    def learn(self, batch: Sequence[Example]) -> float:
        """Count the votes; the loss is the share of spans that it would have labelled otherwise."""
        spans = [(example, span) for example in batch for span in example.labels]
        for example, span in spans:
            if span.label not in self._labels:
                known = ", ".join(self._labels)
                raise DataError(f"{example.where} has the label {span.label!r}; the student knows only {known}")
        spans = [each for each in spans if self._believes(*each)]
        phrases = [(example.text[span.start : span.end], span.label) for example, span in spans]
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

    def _believes(self, example: Example, span: Span) -> bool:
        if self._trust is None or example.source == GOLD or self._trust.believes(example, span):
            return True
        self._left_out["rather wrong than right"] += 1
        return False

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
) -> Memorizer:
    """A memorizer that has seen nothing yet; it takes no argument and has no settings."""
    if kind != "spans":
        raise SettingsError(f"the memorizer learns spans, and the task's labels are of the kind {kind!r}; use minilm")
    if argument or settings:
        raise SettingsError(f"the memorizer has no settings, got {argument or ', '.join(settings)}; leave them out")
    return Memorizer(labels, seed=seed)


def load(folder: Path, card: Card) -> Memorizer:
    """The memorizer that was saved into a folder."""
    memorizer = Memorizer(card.labels, seed=int(card.settings.get("seed", 0)))
    for phrase, counts in read_json(folder / _VOTES).items():
        if not isinstance(counts, dict) or not set(counts) <= set(card.labels):
            raise ModelError(f"{folder / _VOTES}: the votes for {phrase!r} are for other labels; the file is damaged")
        memorizer.votes[phrase] = Counter({label: int(count) for label, count in counts.items()})
    return memorizer
