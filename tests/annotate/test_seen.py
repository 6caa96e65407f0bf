"""What was seen before is known, on the disk, until it is closed."""

from __future__ import annotations

from vermeil.annotate._seen import Seen


def test_a_text_is_new_once_and_each_set_begins_empty() -> None:
    texts = [*(f"Text {number}" for number in range(1000)), "", "naïve", "nai\u0308ve", "half \ud800", "half \ud801"]
    for _ in range(2):
        seen = Seen()
        assert [seen.first_time(text) for text in texts] == [True] * len(texts)
        assert [seen.first_time(text) for text in texts] == [False] * len(texts)
        seen.close()
