"""From a few answers to all of them: tokens by what was measured, or a rough guess."""

from __future__ import annotations

from dataclasses import dataclass

_BYTES_PER_TOKEN = 4.0  # of UTF-8; English text and JSON have about 4, other scripts 2 to 4


@dataclass
class Size:
    """Questions, and how long they are, in bytes of UTF-8.

    Args:
        prompt_bytes: of the whole prompts.
        text_bytes: of the texts in them.
    """

    questions: int = 0
    prompt_bytes: float = 0.0
    text_bytes: float = 0.0

    def add(self, other: Size, times: int = 1) -> None:
        """Count those of the other too, or take them away with -1."""
        self.questions += times * other.questions
        self.prompt_bytes += times * other.prompt_bytes
        self.text_bytes += times * other.text_bytes


class Measured:
    """What answered questions took; its size doesn't depend on how many they were."""

    def __init__(self) -> None:
        self.questions = 0
        self._prompt_bytes = self._tokens_in = self._tokens_out = 0.0
        self._text_bytes = self._squares = self._products = 0.0

    def add(self, size: Size, tokens_in: int, tokens_out: int) -> None:
        """These questions took so many; nothing is learnt where the server didn't say."""
        if not (size.questions and tokens_in and tokens_out):
            return
        self.questions += size.questions
        self._prompt_bytes += size.prompt_bytes
        self._tokens_in += tokens_in
        self._tokens_out += tokens_out
        self._text_bytes += size.text_bytes
        self._squares += size.text_bytes**2 / size.questions
        self._products += size.text_bytes * tokens_out / size.questions

    def tokens(self, size: Size) -> tuple[int, int]:
        """Tokens in and out of these questions."""
        if not self.questions:
            return round(size.prompt_bytes / _BYTES_PER_TOKEN), round(size.text_bytes / _BYTES_PER_TOKEN)
        slope = self._slope()
        each = (self._tokens_out - slope * self._text_bytes) / self.questions
        tokens_in = size.prompt_bytes * self._tokens_in / max(1.0, self._prompt_bytes)
        return round(tokens_in), round(each * size.questions + slope * size.text_bytes)

    def _slope(self) -> float:
        """Tokens out for each byte of text, by least squares; from 0 to what leaves nothing for an empty text."""
        spread = self._squares - self._text_bytes**2 / self.questions
        if spread <= 1e-9 * self._squares:
            return 0.0
        together = self._products - self._text_bytes * self._tokens_out / self.questions
        return min(max(0.0, together / spread), self._tokens_out / self._text_bytes)
