"""What a student is told about silver before it learns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vermeil.silver.settings import SilverSettings
from vermeil.silver.trust import Trust


@dataclass(frozen=True)
class Treatment:
    """How a student treats silver from here on.

    Args:
        trust: how far each label is believed; None where labels are not judged.
        asks_from: the first step, counted from now, in which the student's disagreement counts.
    """

    settings: SilverSettings
    trust: Trust | None
    asks_from: int = 0

    def in_run_of(self, steps: int) -> Treatment:
        """The same in a run of so many steps."""
        return replace(self, asks_from=round(self.settings.after * steps))
