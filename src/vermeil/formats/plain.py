"""Plain text: one text a line; blank lines are skipped, everything else is kept as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vermeil.data import Example, Lost
from vermeil.formats.unwritten import Unwritten


def read_texts(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Example]]:
    """An unlabelled example for each line that is not blank, with the line's number."""
    return ((number, Example(line, source="")) for number, line in lines if line.strip())


def write(examples: Iterable[Example]) -> tuple[Iterator[str], Unwritten]:
    """The texts, one a line, and what plain text cannot say, whole once the lines are used up."""
    lost = Unwritten()
    return _written(examples, lost), lost


def _written(examples: Iterable[Example], lost: Unwritten) -> Iterator[str]:
    for example in examples:
        text = example.text
        lost.add(example.lost)
        reason = f"{example.where}: plain text holds no labels"
        lost.add(Lost(text[span.start : span.end], span.label, reason) for span in example.labels)
        if not text.strip() or "\n" in text or "\0" in text or text.endswith("\r"):
            reason = "it is blank or holds a line break or a NUL character"
            lost.add([Lost(text, "", f"{example.where} was not written: {reason}")])
        else:
            yield f"{text}\n"
