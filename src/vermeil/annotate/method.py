"""How labels are made: every choice that changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vermeil.annotate.examples import Chooser
from vermeil.annotate.pieces import Piece, check_overlap, cut
from vermeil.data import Kind
from vermeil.errors import SettingsError

LONGEST_WITH_SPANS = 6000
"""Characters that an LLM can be trusted to search for every mention at once."""


@dataclass(frozen=True)
class Method:
    """The choices of phase 1 beside the task and the LLM.

    Args:
        samples: answers that each LLM gives to each text; they vote. Above 1 the LLM needs a temperature above 0.
        keep: of several voters, the share that must name a span for it to be kept.
        verify: ask once more about spans whose score is below this, and only about them; None never asks.
        longest: characters; a longer text is cut into overlapping pieces at ends of sentences. None cuts at 6,000
            where labels are spans, and never where they are classes: these are of a whole text, and what is said of
            its pieces is only a vote on it, by length.
        overlap: characters that neighbouring pieces share.
        texts_per_request: how many texts one request may hold; a text whose answer is missing is asked for alone.
        repair: show the LLM an answer of its own that cannot be read, once, and ask for it again.
        examples: how examples are chosen for each text; None shows those of the task.
    """

    samples: int = 1
    keep: float = 0.5
    verify: float | None = None
    longest: int | None = None
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
        check_overlap(LONGEST_WITH_SPANS if self.longest is None else self.longest, self.overlap)

    def pieces(self, text: str, kind: Kind) -> tuple[Piece, ...]:
        """The pieces of a text that are asked about; none of a blank text that is to have a class."""
        if kind != "spans" and not text.strip():
            return ()
        longest = self.longest_for(kind)
        return ((0, len(text)),) if longest is None else cut(text, longest, self.overlap)

    def longest_for(self, kind: Kind) -> int | None:
        """The characters of the longest piece, None where texts of such labels are not cut."""
        return LONGEST_WITH_SPANS if self.longest is None and kind == "spans" else self.longest

    @property
    def settings(self) -> Mapping[str, Any]:
        """Plain values, for the run record."""
        examples = dict(self.examples.settings) if self.examples else None
        return {**self.__dict__, "examples": examples}
