"""Numbers of things, in words."""

from __future__ import annotations


def many(count: int, word: str, words: str = "") -> str:
    """1 seed, 3 seeds, 2 strategies."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {words or word + 's'}"
