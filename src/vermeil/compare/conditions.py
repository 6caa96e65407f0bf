"""The axes of a grid: which strategy learns from how much gold, whose silver and how much of it, with which student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field

from vermeil.train.strategies import Strategy

Size = Annotated[int, Field(ge=1)] | Literal["all"]
"""How many examples: a number, or all that there are."""


@dataclass(frozen=True)
class Condition:
    """All that tells one row of a comparison from another: everything about a cell but its seed.

    An axis that a grid doesn't vary, or from which the strategy draws nothing, is left empty: gold alone is one and
    the same row beside each teacher.

    Args:
        gold: how many gold sentences; "all" where other rows have fewer, None where no sizes were asked for.
        silver: the same of silver sentences.
    """

    strategy: str
    teacher: str = ""
    gold: Size | None = None
    silver: Size | None = None
    student: str = ""

    @property
    def name(self) -> str:
        """How tables, files and progress lines call it: `sigmoid, 200 gold, all silver, strong`."""
        sizes = [f"{_amount(size)} {kind}" for size, kind in ((self.gold, "gold"), (self.silver, "silver")) if size]
        return ", ".join(part for part in (self.strategy, *sizes, self.teacher, self.student) if part)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; `Condition(**values)` reads them back."""
        return asdict(self)


@dataclass(frozen=True)
class Axes:
    """What a grid varies besides strategies and seeds; () leaves an axis out."""

    teachers: Sequence[str] = ()
    gold: Sequence[Size] = ()
    silver: Sequence[Size] = ()
    students: Sequence[str] = ()

    def conditions(self, strategies: Mapping[str, Strategy]) -> dict[Condition, Strategy]:
        """Every condition once, with its strategy; strategies that draw no silver have neither teacher nor size."""
        found: dict[Condition, Strategy] = {}
        for student, gold, silver, teacher in self._product():
            for name, strategy in strategies.items():
                uses_gold, uses_silver = strategy.uses()
                condition = Condition(
                    name,
                    teacher if uses_silver else "",
                    gold if uses_gold else None,
                    silver if uses_silver else None,
                    student,
                )
                found.setdefault(condition, strategy)
        return found

    def _product(self) -> Iterator[tuple[str, Size | None, Size | None, str]]:
        sizes: tuple[Sequence[Size | None], Sequence[Size | None]] = (self.gold or (None,), self.silver or (None,))
        return product(self.students or ("",), *sizes, self.teachers or ("",))


def _amount(size: Size) -> str:
    return size if isinstance(size, str) else f"{size:,}"
