"""How labels are made: every choice that changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vermeil.annotate.examples import Chooser
from vermeil.errors import SettingsError


@dataclass(frozen=True)
class Method:
    """The choices of phase 1 beside the task and the LLM.

    Args:
        samples: answers that each LLM gives to each text; they vote. Above 1 the LLM needs a temperature above 0.
        keep: of several voters, the share that must name a span for it to be kept.
        verify: ask once more about spans whose score is below this, and only about them; None never asks.
        longest: characters; a longer text is cut into overlapping pieces at ends of sentences.
        overlap: characters that neighbouring pieces share.
        texts_per_request: how many texts one request may hold; a text whose answer is missing is asked for alone.
        repair: show the LLM an answer of its own that cannot be read, once, and ask for it again.
        examples: how examples are chosen for each text; None shows those of the task.
    """

    samples: int = 1
    keep: float = 0.5
    verify: float | None = None
    longest: int = 6000
    overlap: int = 200
    texts_per_request: int = 1
    repair: bool = True
    examples: Chooser | None = None

    def __post_init__(self) -> None:
        if self.samples < 1 or self.texts_per_request < 1:
            raise SettingsError(
                f"samples and texts_per_request are at least 1, got {self.samples} and {self.texts_per_request}"
            )
        if self.examples and self.texts_per_request > 1:
            raise SettingsError(
                "examples that are chosen for each text need a request for each; leave texts_per_request at 1, or put "
                "fixed examples into the task file"
            )
        if not 0 < self.keep <= 1:
            raise SettingsError(f"keep is a share of the voters, above 0 and at most 1; got {self.keep}")
        if self.verify is not None and not 0 < self.verify <= 1:
            raise SettingsError(f"verify is a score, above 0 and at most 1; got {self.verify}")
        if not 0 <= self.overlap < self.longest / 2:
            raise SettingsError(
                f"pieces overlap by less than half of their length, got {self.overlap} of {self.longest} characters"
            )

    @property
    def settings(self) -> Mapping[str, Any]:
        """Plain values, for the run record."""
        examples = dict(self.examples.settings) if self.examples else None
        return {**self.__dict__, "examples": examples}
