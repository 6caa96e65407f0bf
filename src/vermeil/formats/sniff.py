"""Which format a file has, by its name and its first lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from vermeil.errors import DataError, UnknownName
from vermeil.files import name_of
from vermeil.formats.tags import is_tag

Format = Literal["conll", "jsonl", "json", "token-jsonl", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
"""The names of the formats, as `format=` takes them."""

_BY_SUFFIX: dict[str, Format] = {
    ".conll": "conll", ".iob": "conll", ".iob2": "conll", ".bio": "conll", ".bioes": "conll", ".bilou": "conll",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
}  # fmt: skip
_OTHERS = (".csv", ".xlsx", ".xls", ".parquet", ".arrow", ".xml", ".yaml", ".yml", ".spacy", ".docx", ".pdf")


def format_of(path: str | Path, named: str | None, head: Sequence[str] | None = None) -> Format:
    """The format that was named, or that the path and the first lines (None for a file to be written) show.

    Raises:
        UnknownName: there is no format of that name.
        DataError: nothing shows the format.
    """
    if named is not None:
        for known in FORMATS:
            if named == known:
                return known
        raise UnknownName("format", named, FORMATS)
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    suffix = next((s for s in reversed(suffixes) if s != ".gz"), "")
    if suffix == ".json" and head is not None and _is_object(head):
        return "jsonl"  # rows in a file that only calls itself .json
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in _OTHERS or (head is None and suffix != ".txt" and str(path) != "-"):
        raise DataError(
            f"{name_of(path)}: the format cannot be seen from the name; name one ({', '.join(FORMATS)}), "
            "or end the name in .jsonl, .json, .conll or .txt"
        )
    if head is None:
        return "jsonl" if str(path) == "-" else "text"
    return _by_content(head)


def _by_content(head: Sequence[str]) -> Format:
    line = head[-1] if head else ""
    if _is_object(head):
        return "jsonl"
    if line.lstrip().startswith("[") and line.strip()[1:].lstrip()[:1] in ("", "{", '"'):
        return "json"
    fields = line.split()
    if line.startswith("-DOCSTART-") or (len(fields) > 1 and is_tag(fields[-1])):
        return "conll"
    return "text"


def _is_object(head: Sequence[str]) -> bool:
    return bool(head) and head[-1].lstrip().startswith("{")
