"""Find in a text what an LLM quoted from it, and say what was not found and why."""

from __future__ import annotations

from vermeil.align._quotes import Alignment, Quote, align

__all__ = ["Alignment", "Quote", "align"]
