"""A user's names in a report: seen as they are, and nothing but seen."""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u202a-\u202e\u2066-\u2069]"  # they turn the order of letters around, beyond their own text, too
)


def visible(text: str) -> str:
    """The text with � for each control character: XML forbids most of them, and a terminal would obey them."""
    return _INVISIBLE.sub("\ufffd", text)
