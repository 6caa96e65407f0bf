"""Numbers of things, in words."""

from __future__ import annotations


def many(count: int, what: str) -> str:
    """`1 text`, `2,000 texts`."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")
