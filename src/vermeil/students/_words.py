"""The memorizer of classes: counts in how many texts of each class a word stands (naive Bayes)."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from math import exp, log
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vermeil.data import Example, Kind, Span, whole
from vermeil.errors import ModelError
from vermeil.files import new_folder
from vermeil.students._card import Card, read_json, write_card
from vermeil.students._counting import Counting
from vermeil.students.base import State

_WORD = re.compile(r"\w+")
_COUNTS = "words.json"
_ALL = ""  # no class has an empty name
_FAR = 700  # e to the power of more than this is too large for a float

SURE = 0.5
"""A class that is likelier than not is given, where a text may have several."""


class WordCounter(Counting):
    """Gives the likeliest class by the words of a text, or every class that is likelier than not."""

    def __init__(self, labels: Sequence[str], kind: Kind, *, seed: int = 0) -> None:
        super().__init__(labels, kind, seed=seed)
        self._words: dict[str, Counter[str]] = defaultdict(Counter)
        self._texts = Counter[str]()

    @classmethod
    def load(cls, folder: Path, card: Card, kind: Kind, seed: int) -> WordCounter:
        """The saved one of a folder.

        Raises:
            ModelError: its counts are not those of its labels.
        """
        counter, values = cls(card.labels, kind, seed=seed), read_json(folder / _COUNTS)
        try:
            counter.restore(State(values=values))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ModelError(f"{folder / _COUNTS}: needs 'words' and 'texts' as counts; the file is damaged") from None
        if not {*counter._words, *counter._texts} <= {_ALL, *card.labels}:
            raise ModelError(f"{folder / _COUNTS}: its counts are of other labels; the file is damaged")
        return counter

    def learn(self, batch: Sequence[Example]) -> float:
        """Count the words; the loss is the share of texts that it would have labelled otherwise."""
        given = [(example, self._believed(example)) for example in batch]
        learnt = [(example, kept) for example, kept in given if kept or not example.labels]
        wrong = sum(self._found(example.text) != tuple(kept) for example, kept in learnt)
        for example, kept in learnt:
            words = _words(example.text)
            for label in (_ALL, *(span.label for span in kept)):
                self._words[label].update(words)
                self._texts[label] += 1
        return wrong / max(1, len(learnt))

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[Span, ...]]:
        """The classes of each text, with their probabilities; a blank text has none."""
        found = []
        for example in examples:
            found.append(self._found(example.text))
            on_done(1)
        return found

    def save(self, folder: Path, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write the counts as JSON into a folder, whole or not at all, with more files `beside` them (name to text)."""
        with new_folder(folder) as inside:
            (inside / _COUNTS).write_text(json.dumps(self._counts(), indent=1), encoding="utf-8")
            write_card(inside, Card("memorizer", self._labels, self.settings), beside)

    def state(self) -> State:
        """The counts so far."""
        return State(values={**self._counts(), "left_out": dict(self._left_out)})

    def restore(self, state: State) -> None:
        """Go on from these counts."""
        self._words.clear()
        for label, counts in state.values["words"].items():
            self._words[label] = Counter({word: int(count) for word, count in counts.items()})
        self._texts = Counter({label: int(count) for label, count in state.values["texts"].items()})
        self._left_out = Counter(state.values.get("left_out", {}))

    def _counts(self) -> dict[str, Any]:
        words = {label: dict(sorted(counts.items())) for label, counts in sorted(self._words.items())}
        return {"words": words, "texts": dict(sorted(self._texts.items()))}

    def probabilities(self, examples: Sequence[Example]) -> list[dict[str, float]]:
        """How likely each class is, for each text; of a blank text, none."""
        return [self._likely(example.text) if example.text.strip() else {} for example in examples]

    def _found(self, text: str) -> tuple[Span, ...]:
        if not text.strip():
            return ()
        likely = self._likely(text)
        if self._kind == "class":
            best = max(self._labels, key=lambda label: likely[label])
            return (whole(text, best, likely[best]),)
        return tuple(sorted(whole(text, label, each) for label, each in likely.items() if each > SURE))

    def _likely(self, text: str) -> dict[str, float]:
        """A class that was never shown is out of the question: of its words nothing is known."""
        words = _words(text) & self._words[_ALL].keys()
        inside = {label: self._log(words, label) for label in self._labels if self._texts[label]}
        likely = dict.fromkeys(self._labels, 0.0)
        if self._kind == "class":
            most = max(inside.values(), default=0.0)
            weights = {label: exp(each - most) for label, each in inside.items()}
            return likely | {label: each / sum(weights.values()) for label, each in weights.items()}
        odds = {label: each - self._log(words, label, other=True) for label, each in inside.items()}
        return likely | {label: 1 / (1 + exp(-each)) for label, each in odds.items() if each > -_FAR}

    def _log(self, words: Set[str], label: str, *, other: bool = False) -> float:
        """The logarithm of how likely a text of the class (or of any other) has these words."""
        count, counts, everywhere = self._texts[label], self._words[label], self._words[_ALL]
        found = [everywhere[word] - counts[word] if other else counts[word] for word in words]
        texts = self._texts[_ALL] - count if other else count
        return log((texts + 1) / (self._texts[_ALL] + 2)) + sum(log((each + 0.5) / (texts + 1)) for each in found)


def _words(text: str) -> set[str]:
    return {*_WORD.findall(text.lower())}
