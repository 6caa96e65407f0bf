"""A user's names in a report: seen as they are, and nothing but seen."""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def visible(text: str) -> str:
    """The text with � for each control character: XML forbids them, and a terminal would obey them."""
    return _INVISIBLE.sub("\ufffd", text)
