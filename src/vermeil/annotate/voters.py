"""Who is asked about each text: LLMs, and the samples that are drawn of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vermeil.errors import SettingsError
from vermeil.llms.base import LLM


class Sample:
    """Another answer of the same LLM: the same calls, stored under keys of its own.

    Args:
        number: from 2; the first answer is the LLM's own, and stays known when more are drawn later.
    """

    def __init__(self, llm: LLM, number: int) -> None:
        self.ask = llm.ask
        self.read = llm.read
        self._llm = llm
        self._number = number

    @property
    def batches(self) -> Any:  # noqa: ANN401 - whatever the LLM has; most have none
        """The batch API of the LLM."""
        return getattr(self._llm, "batches", None)

    @property
    def name(self) -> str:
        """Such as `openai:gpt-5-mini#2`."""
        return f"{self._llm.name}#{self._number}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of the LLM, and which sample this is."""
        return {**self._llm.settings, "sample": self._number}


def voters(llms: Sequence[LLM], samples: int) -> list[tuple[int, LLM]]:
    """Every voter, with the number of its LLM: the first answers of all LLMs, then the second ones, and so on.

    Raises:
        SettingsError: there is no LLM, or one is named twice.
    """
    if not llms:
        raise SettingsError("no LLM is named; give one, such as openai:gpt-5-mini")
    names = [llm.name for llm in llms]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"{twice} is named twice; for several answers of one LLM ask for samples")
    first: list[tuple[int, LLM]] = list(enumerate(llms))
    return first + [(i, Sample(llm, n)) for n in range(2, samples + 1) for i, llm in first]
