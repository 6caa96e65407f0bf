"""Examples in order, under a name; and texts that nobody has labelled yet, as examples."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from os import PathLike
from typing import overload

from vermeil.data.example import GOLD, Example, Kind, kind_of
from vermeil.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Examples in order, under a name that reports and error messages use (the file's, as a rule)."""

    examples: tuple[Example, ...]
    name: str = ""

    def __post_init__(self) -> None:
        repeated = [name for name, count in Counter(e.id for e in self.examples if e.id).items() if count > 1]
        if repeated:
            where = self.name or "the dataset"
            raise DataError(f"{where}: the id {repeated[0]!r} occurs more than once; make ids unique")
        kinds = {example.kind for example in self.examples if example.labels}
        if len(kinds) > 1:
            raise DataError(f"{self.name or 'the dataset'} mixes labels of {' and '.join(sorted(kinds))}; part them")

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self.examples)

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> Dataset: ...

    def __getitem__(self, index: int | slice) -> Example | Dataset:
        if isinstance(index, slice):
            return replace(self, examples=self.examples[index])
        return self.examples[index]

    def __repr__(self) -> str:  # at the end of a notebook's cell, too, where all texts would be shown
        return f"<Dataset {self.name!r}: {len(self):,} examples>"

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that occur, sorted."""
        return tuple(sorted({span.label for example in self for span in example.labels}))

    @property
    def kind(self) -> Kind:
        """What the labels of its examples are; where none has a label, what they would be."""
        return kind_of(self.examples)

    @property
    def teacher(self) -> str:
        """Who gave labels that people did not give, the first of them; empty where people gave all."""
        return next((e.source for e in self if e.labels and e.source != GOLD), "")

    @property
    def texts(self) -> tuple[str, ...]:
        """Just the texts."""
        return tuple(example.text for example in self)

    @property
    def trainable(self) -> Dataset:
        """What a student may learn from: labelled or truly empty examples, none that failed or that nobody labelled."""
        return replace(self, examples=tuple(e for e in self if e.state in ("labels", "empty")))

    @cached_property
    def sha256(self) -> str:
        """A fingerprint of texts, tokens, labels and states; names, ids and votes don't count."""
        digest = hashlib.sha256()
        for example in self:
            digest.update(example.fingerprint)
        return digest.hexdigest()

    def split(self, *shares: float, seed: int) -> tuple[Dataset, ...]:
        """Shuffle once, then cut into parts of the given shares of the examples.

        Raises:
            DataError: a share is not positive, or they sum to more than 1.
        """
        if not (all(share > 0 for share in shares) and sum(shares) <= 1 + 1e-9):  # so that NaN is refused too
            raise DataError(f"shares of a split are positive and sum to at most 1, got {', '.join(map(str, shares))}")
        order = list(self.examples)
        random.Random(seed).shuffle(order)
        cuts = [round(sum(shares[:i]) * len(order)) for i in range(len(shares) + 1)]
        return tuple(
            Dataset(tuple(order[a:b]), f"{self.name} part {i + 1}".strip()) for i, (a, b) in enumerate(pairwise(cuts))
        )

    def sample(self, size: int, seed: int) -> Dataset:
        """`size` examples at random; of one seed, the smaller sample is always part of the larger one.

        Raises:
            DataError: there are fewer than `size` examples.
        """
        if not 0 <= size <= len(self):
            raise DataError(f"{self.name or 'the dataset'} has {len(self)} examples, {size} were asked for")
        order = list(self.examples)
        random.Random(seed).shuffle(order)
        return replace(self, examples=tuple(order[:size]))


def check_dataset(given: object, what: str) -> None:
    """Refuse what is no dataset: a path, a list of examples.

    Raises:
        DataError: it is none.
    """
    if not isinstance(given, Dataset):
        raise DataError(
            f"{what}: a Dataset was expected, got {given!r:.60}; give vermeil.read(FILE), or "
            "vermeil.Dataset(tuple(EXAMPLES))"
        )


def unlabelled(texts: Sequence[str], name: str = "") -> Dataset:
    """Texts that nobody has labelled yet, as a dataset.

    Raises:
        DataError: it is one string, and no list of texts.
    """
    return Dataset(tuple(as_examples(texts)), name)


def as_examples(texts: Iterable[str | Example]) -> Iterator[Example]:
    """Each text as an example that nobody has labelled yet; examples as they are.

    Raises:
        DataError: it is one string, whose characters would each be a text.
    """
    if isinstance(texts, str | PathLike):
        raise DataError(
            f"texts were expected, got the one string {str(texts)[:40]!r}; give a list, or vermeil.read_texts(FILE)"
        )
    return (Example(text, source="") if isinstance(text, str) else text for text in texts)
