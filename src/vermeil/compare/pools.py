"""Who learns from what: nested subsets by seed, and never gold and silver labels of one text in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from vermeil.compare.conditions import Size
from vermeil.data import Dataset, Kind, check_dataset
from vermeil.errors import DataError
from vermeil.train.trainer import NOTHING

GivesWay = Literal["silver", "gold"]


@dataclass(frozen=True)
class Data:
    """What every cell of a comparison learns from and is scored on; an empty `dev` means there is none.

    Args:
        silver: by teacher; one that needs no name is called "".
        other_tests: other labels of the test set, or other test sets, by name.

    Raises:
        DataError: labels are of different kinds.
    """

    gold: Dataset
    silver: Mapping[str, Dataset]
    dev: Dataset
    test: Dataset
    other_tests: Mapping[str, Dataset] = field(default_factory=dict)

    def __post_init__(self) -> None:
        silver = {f"silver {teacher}".strip(): each for teacher, each in self.silver.items()}
        for name, each in {"gold": self.gold, **silver, "dev": self.dev, "test": self.test, **self.other_tests}.items():
            check_dataset(each, name)
        for name, each in self.named.items():
            if each.labels and each.kind != self.kind:
                raise DataError(
                    f"the {name} labels are of the kind {each.kind!r}, those of the test set of the kind "
                    f"{self.kind!r}; read all of them for the same task"
                )

    @property
    def kind(self) -> Kind:
        """What its labels are: those of the test set."""
        return self.test.kind

    @property
    def named(self) -> dict[str, Dataset]:
        """Every set that isn't empty, as records and messages call it."""
        silver = {f"silver {teacher}".strip(): labels for teacher, labels in self.silver.items()}
        others = {f"test {name}": test for name, test in self.other_tests.items()}
        every = {"gold": self.gold, **silver, "dev": self.dev, "test": self.test, **others}
        return {kind: examples for kind, examples in every.items() if len(examples)}


class Pools:
    """Draws the examples of a cell.

    Of one seed, the smaller subset is part of the larger one, and all strategies get the same: only the seed and
    the sizes decide. A text that has gold and silver labels is taken from the side that gives way: silver leaves
    out the texts of the seed's largest gold subset, or gold those of all the silver.
    """

    def __init__(self, data: Data, sizes: Iterable[Size] = (), gives_way: GivesWay = "silver") -> None:
        self._gold, self._silver = data.gold.trainable, {name: s.trainable for name, s in data.silver.items()}
        self.gives_way, sizes = gives_way, tuple(sizes)
        self._largest: Size = "all" if not sizes or "all" in sizes else max(s for s in sizes if s != "all")
        if gives_way == "gold":
            labelled = {text for silver in self._silver.values() for text in silver.texts}
            self._gold = _without(self._gold, labelled)
        self._drawn: dict[tuple[str, Size, int], Dataset] = {}

    def gold(self, size: Size | None, seed: int) -> Dataset:
        """So many gold examples; None is all.

        Raises:
            DataError: there are fewer.
        """
        return self._draw("gold", self._gold, size, seed)

    def silver(self, teacher: str, size: Size | None, seed: int) -> Dataset:
        """So many examples of that teacher; None is all.

        Raises:
            DataError: there are fewer.
        """
        return self._draw(f"silver {teacher}".strip(), self._outside(teacher, seed), size, seed)

    def overlap(self, teacher: str, gold: Dataset) -> Dataset:
        """That teacher's labels of these gold texts: nothing to learn from, but the teacher can be judged by them."""
        labelled, texts = self._silver[teacher], set(gold.texts)
        return replace(labelled, examples=tuple(example for example in labelled if example.text in texts))

    def dropped(self, teacher: str, seed: int) -> int:
        """How many silver examples gave way to gold."""
        return len(self._silver[teacher]) - len(self._outside(teacher, seed))

    def _outside(self, teacher: str, seed: int) -> Dataset:
        """The silver that shares no text with the seed's largest gold subset: the same for all sizes of gold."""
        if self.gives_way == "gold" or not len(self._gold):
            return self._silver[teacher]
        key = (f"outside {teacher}", self._largest, 0 if self._largest == "all" else seed)
        if key not in self._drawn:
            largest = set(self.gold(self._largest, seed).texts)
            self._drawn[key] = _without(self._silver[teacher], largest)
        return self._drawn[key]

    def _draw(self, kind: str, pool: Dataset, size: Size | None, seed: int) -> Dataset:
        if size is None or size == "all":
            return pool
        if size > len(pool):
            raise DataError(
                f"{size:,} {kind} texts were asked for, but there are {len(pool):,} to learn from"
                f"{f' in {pool.name}' if pool.name else ''}; ask for fewer, or for all"
            )
        key = (kind, size, seed)
        if key not in self._drawn:
            self._drawn[key] = pool.sample(size, seed)
        return self._drawn[key]


def shared_texts(data: Data) -> dict[str, int]:
    """How many texts two of the sets have in common, by `gold and test` and its like; pairs without one are left out.

    Test sets are compared with what is learnt from and chosen by, not with each other.
    """
    learnt = {kind: set(e.trainable.texts) for kind, e in data.named.items() if not kind.startswith(("dev", "test"))}
    held = {kind: set(e.texts) for kind, e in data.named.items() if kind.startswith(("dev", "test"))}
    silver = [kind for kind in learnt if kind != "gold"]
    pairs = {f"gold and {kind}": learnt["gold"] & learnt[kind] for kind in silver if "gold" in learnt}
    pairs |= {f"{kind} and {other}": learnt[kind] & held[other] for kind in learnt for other in held}
    if "dev" in held:
        # a pick without a test set is tested on dev itself
        tests = [kind for kind, each in data.named.items() if kind.startswith("test") and each is not data.dev]
        pairs |= {f"dev and {kind}": held["dev"] & held[kind] for kind in tests}
    return {pair: len(texts) for pair, texts in pairs.items() if texts}


def relabelled(data: Data) -> tuple[str, ...]:
    """Which of the other test sets are other labels of the test set's texts: of nine in ten of them, at least.

    Corrections may part a sentence in another way, or leave one out.
    """
    texts = set(data.test.texts)
    shared = {name: len(texts.intersection(other.texts)) for name, other in data.other_tests.items()}
    return tuple(name for name, count in shared.items() if 10 * count >= 9 * len(texts))


def given(silver: Dataset | Mapping[str, Dataset]) -> dict[str, Dataset]:
    """Silver by teacher, whether one dataset or several were given.

    Raises:
        DataError: it is neither.
    """
    if isinstance(silver, Mapping):
        return dict(silver) or {"": NOTHING}
    check_dataset(silver, "silver (of several teachers: a table of them by name)")
    return {"": silver}


def _without(dataset: Dataset, texts: set[str]) -> Dataset:
    if texts.isdisjoint(dataset.texts):
        return dataset  # the very same, with the fingerprint that it has already
    return replace(dataset, examples=tuple(e for e in dataset if e.text not in texts))
