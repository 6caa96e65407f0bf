"""The axes of a grid: which strategy learns from how much gold, whose silver and how much of it, with which student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field

from vermeil.silver.settings import AS_IT_IS, SilverSettings
from vermeil.train.strategies import Strategy

Size = Annotated[int, Field(ge=1)] | Literal["all"]
"""How many examples: a number, or all that there are."""


@dataclass(frozen=True)
class Condition:
    """All that tells one row of a comparison from another: everything about a cell but its seed.

    An axis that a grid doesn't vary, or from which the strategy draws nothing, is left empty: gold alone is one and
    the same row beside each teacher.

    Args:
        gold: how many gold texts; "all" where other rows have fewer, None where no sizes were asked for.
        silver: the same of silver texts.
        treatment: how silver is treated.
    """

    strategy: str
    teacher: str = ""
    gold: Size | None = None
    silver: Size | None = None
    student: str = ""
    treatment: str = ""

    @property
    def name(self) -> str:
        """How tables, files and progress lines call it: `sigmoid, 200 gold, all silver, strong, trusted`."""
        sizes = [f"{_amount(size)} {kind}" for size, kind in ((self.gold, "gold"), (self.silver, "silver")) if size]
        return ", ".join(part for part in (self.strategy, *sizes, self.teacher, self.student, self.treatment) if part)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; `Condition(**values)` reads them back."""
        return asdict(self)


def uses(strategy: Strategy, treatment: SilverSettings) -> tuple[bool, bool]:
    """Whether gold is looked at, and whether silver: gold that only silver is judged by counts as used, too."""
    uses_gold, uses_silver = strategy.uses()
    return uses_gold or (uses_silver and treatment.judges), uses_silver


@dataclass(frozen=True)
class Axes:
    """What a grid varies besides strategies and seeds; () leaves an axis out.

    Args:
        treatments: of silver, by name; "" is the only one where a grid doesn't vary them.
    """

    teachers: Sequence[str] = ()
    gold: Sequence[Size] = ()
    silver: Sequence[Size] = ()
    students: Sequence[str] = ()
    treatments: Mapping[str, SilverSettings] = field(default_factory=lambda: {"": AS_IT_IS})

    def conditions(self, strategies: Mapping[str, Strategy]) -> dict[Condition, Strategy]:
        """Every condition once, with its strategy; those that draw no silver have no teacher, size or treatment."""
        found: dict[Condition, Strategy] = {}
        for student, gold, silver, teacher, treatment in self._product():
            for name, strategy in strategies.items():
                uses_gold, uses_silver = uses(strategy, self.treatments[treatment])
                condition = Condition(
                    name,
                    teacher if uses_silver else "",
                    gold if uses_gold else None,
                    silver if uses_silver else None,
                    student,
                    treatment if uses_silver else "",
                )
                found.setdefault(condition, strategy)
        return found

    def _product(self) -> Iterator[tuple[str, Size | None, Size | None, str, str]]:
        sizes: tuple[Sequence[Size | None], Sequence[Size | None]] = (self.gold or (None,), self.silver or (None,))
        return product(self.students or ("",), *sizes, self.teachers or ("",), self.treatments)


def _amount(size: Size) -> str:
    return size if isinstance(size, str) else f"{size:,}"
