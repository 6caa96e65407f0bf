"""What labels cost: the user's own two prices, and what a row's labels cost by them."""

from __future__ import annotations

from pydantic import Field

from vermeil.settings import Settings


class Costs(Settings):
    """Prices of labels, in any currency or in minutes of somebody's time.

    Args:
        gold: of one text that a person labels.
        silver: of one answer of the teacher.
        currency: how amounts are written.
    """

    gold: float = Field(ge=0)
    silver: float = Field(ge=0)
    currency: str = ""

    def of(self, gold: float, silver: float) -> float:
        """The cost of so many gold and silver texts."""
        return self.gold * gold + self.silver * silver
