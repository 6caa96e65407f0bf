"""Which labelled texts an LLM is shown with the one that it is to label: fixed, random, similar, or of every label."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vermeil.data import GOLD, Dataset, Example
from vermeil.errors import DataError, SettingsError, UnknownName

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to rows of length 1, whose products say how alike the texts are, as `embedder()` makes them."""

Way = Callable[[str, int | None], Sequence[int]]
"""From a text, and the number of the example that has the same text, the numbers of the examples to show."""

_REMEMBERED = 512  # texts; each is asked about several times within a short while: by voters, again after a failure


@dataclass(frozen=True)
class Chooser:
    """Chooses examples for a text; always the same ones for the same text. `chooser` makes one.

    Args:
        examples: those that may be shown; the one whose text is to be labelled never is.
        settings: which way, how many, from what: plain values for the run record.
    """

    examples: tuple[Example, ...]
    settings: Mapping[str, Any] = field(hash=False)
    choose: Way = field(repr=False, compare=False)

    def __call__(self, text: str) -> tuple[Example, ...]:
        """The examples to show with this text, the one that tells most about it last."""
        return tuple(self.examples[number] for number in self.choose(text, self._numbers.get(_folded(text))))

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {_folded(example.text): number for number, example in enumerate(self.examples)}


def chooser(way: str, gold: Dataset, count: int, *, seed: int = 0, embed: Embed | None = None) -> Chooser:
    """Choose at most `count` examples for each text from those that people labelled.

    Of `gold`, silver, failed and unlabelled examples, those that lost labels and those without words are left out,
    and a text that occurs again is; `settings["skipped"]` counts them.

    Args:
        way: "fixed", the first ones for every text; "random", others for each text; "similarity", those whose texts
            are most like it; "coverage", few that show every label between them, and a text without any.
        embed: for "similarity".

    Raises:
        UnknownName: there is no such way.
        SettingsError: it needs `embed`, or the count is below 1.
        DataError: there is no example that can be shown.
    """
    if way not in WAYS:
        raise UnknownName("way to choose examples", way, WAYS)
    if count < 1:
        raise SettingsError(f"at least 1 example is chosen, got {count}; to show none, choose none")
    examples, skipped = _shown(gold)
    settings = {
        "way": way,
        "count": count,
        "seed": seed,
        "gold": gold.name,
        "gold_sha256": gold.sha256,
        "usable": len(examples),
        "skipped": skipped,
        "encoder": _encoder(embed) if way == "similarity" else None,
    }
    return Chooser(examples, settings, WAYS[way](examples, count, seed, embed))


def _shown(gold: Dataset) -> tuple[tuple[Example, ...], dict[str, int]]:
    """What can be shown, and of the rest how many there are for each reason."""
    shown: dict[str, Example] = {}
    skipped: Counter[str] = Counter()
    for example in gold:
        text = _folded(example.text)
        reason = _unfit(example) or ("repeated" if text in shown else "")
        if reason:
            skipped[reason] += 1
        else:
            shown[text] = example
    if not shown:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items()) or "it is empty"
        raise DataError(
            f"{gold.name or 'the gold'} has no example to show ({counts}); give a file that people labelled"
        )
    return tuple(shown.values()), dict(skipped)


def _unfit(example: Example) -> str:
    if example.state in ("failed", "unlabelled"):
        return example.state
    if example.source != GOLD:
        return "silver"
    if example.lost:
        return "with lost labels"
    return "" if example.text.strip() else "blank"


def _folded(text: str) -> str:
    """Texts that differ by case or white space alone would give each other's labels away."""
    return " ".join(text.split()).casefold()


def _encoder(embed: Embed | None) -> Any:  # noqa: ANN401 - plain values
    settings = getattr(embed, "settings", None)
    return dict(settings) if isinstance(settings, Mapping) else getattr(embed, "__qualname__", repr(embed))


def _fixed(examples: Collection[Example], count: int, seed: int, embed: Embed | None) -> Way:
    numbers = range(min(len(examples), count + 1))
    return lambda text, hidden: [number for number in numbers if number != hidden][:count]


def _random(examples: Collection[Example], count: int, seed: int, embed: Embed | None) -> Way:
    def choose(text: str, hidden: int | None) -> list[int]:
        key = f"{seed}\0{text}".encode("utf-8", "surrogatepass")
        draw = random.Random(int.from_bytes(hashlib.sha256(key).digest()))
        wanted = min(count, len(examples) - (hidden is not None))
        chosen: dict[int, None] = {}
        while len(chosen) < wanted:
            # Of Random's methods, only random() is promised to stay the same in later versions of Python.
            number = int(draw.random() * len(examples))
            if number != hidden:
                chosen[number] = None
        return list(chosen)

    return choose


def _similar(examples: Collection[Example], count: int, seed: int, embed: Embed | None) -> Way:
    if embed is None:
        raise SettingsError("choosing examples by similarity needs an encoder; pass embed=embedder()")

    @lru_cache(maxsize=1)
    def vectors() -> NDArray[np.float32]:
        return embed([example.text for example in examples])

    @lru_cache(maxsize=_REMEMBERED)
    def choose(text: str, hidden: int | None) -> Sequence[int]:
        # The last digits differ between machines, and must not decide between texts that are equally like this one.
        likeness = np.round(vectors() @ embed([text])[0], 5)
        nearest = [int(number) for number in np.argsort(-likeness, kind="stable")[: count + 1]]
        return [number for number in nearest if number != hidden][:count][::-1]

    return choose


def _covering(examples: Sequence[Example], count: int, seed: int, embed: Embed | None) -> Way:
    # An example without labels shows that there may be none, as if that were a label.
    shows = [frozenset(span.label for span in example.labels) or frozenset({""}) for example in examples]

    @lru_cache(maxsize=count + 1)
    def covering(hidden: int | None) -> list[int]:
        wanted = missing = frozenset().union(*shows)
        left = [number for number in range(len(shows)) if number != hidden]
        chosen: list[int] = []
        while left and len(chosen) < count:
            best = max(left, key=lambda number: (len(shows[number] & missing), -number))
            if not shows[best] & missing:  # nothing that is left shows more: begin anew, for a second one of each
                missing = wanted
                continue
            chosen.append(best)
            left.remove(best)
            missing = missing - shows[best] or wanted
        return chosen[::-1]

    def choose(text: str, hidden: int | None) -> list[int]:
        usual = covering(None)
        return covering(hidden) if hidden in usual else usual

    return choose


WAYS: Mapping[str, Callable[[Sequence[Example], int, int, Embed | None], Way]] = {
    "fixed": _fixed,
    "random": _random,
    "similarity": _similar,
    "coverage": _covering,
}
"""The ways to choose examples."""
