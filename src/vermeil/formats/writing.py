"""Examples as the lines of a text format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import vermeil.formats.conll as conll  # by their full names: the folder itself imports this file
import vermeil.formats.jsonl as jsonl
import vermeil.formats.plain as plain
import vermeil.formats.table as table
from vermeil.data import Example
from vermeil.formats.sniff import Format, check_holds
from vermeil.formats.tags import Scheme
from vermeil.formats.unwritten import Unwritten


def pieces_of(examples: Iterable[Example], format: Format, scheme: Scheme) -> tuple[Iterator[str], Unwritten]:
    """What is to be written, piece by piece, and what it cannot say, whole once the pieces are used up.

    Raises:
        DataError: while the pieces are drawn: the format doesn't hold labels of such a kind.
    """
    examples = _held(examples, format)
    match format:
        case "conll":
            return conll.write(examples, scheme)
        case "token-jsonl":
            return jsonl.write_tokens(examples, scheme)
        case "csv" | "tsv":
            return table.write(examples, format)
        case "text":
            return plain.write(examples)
        case "json":
            return jsonl.write_array(examples), Unwritten()
        case _:
            return jsonl.write(examples), Unwritten()


def _held(examples: Iterable[Example], format: Format) -> Iterator[Example]:
    for example in examples:
        check_holds(format, example.kind)
        yield example
