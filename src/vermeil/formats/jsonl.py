"""JSON rows, one a line or all in one array: spans over characters, or tags over tokens; see `rows` for the shapes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vermeil.data import GOLD, Example, Kind, Lost, Span
from vermeil.errors import DataError
from vermeil.formats.columns import BESIDE
from vermeil.formats.fields import Row, check_label, first_of, foreign_keys, identity, made, source_of, text_and_tokens
from vermeil.formats.kinds import KindOfFile
from vermeil.formats.rows import TAG_KEYS, example_of, is_tagged, row_of
from vermeil.formats.tags import Scheme, detect_scheme, spans_of, tags_of
from vermeil.formats.tokens import tokenised
from vermeil.formats.unwritten import Unwritten

TagNames = Sequence[str] | Mapping[str, str]
"""What numbers in `ner_tags` mean: names in order, or by number."""

BESIDE_TEXT = (*BESIDE, "tokens")
"""The keys that `read_texts` looks at, besides the one of the text."""


def read(
    rows: Iterable[tuple[int, Any]],
    name: str,
    labels: Collection[str] | None = None,
    tag_names: TagNames | None = None,
    source: str = GOLD,
    kind: Kind | None = None,
) -> tuple[list[tuple[int, Example]], Scheme | None]:
    """The examples with their lines, and the scheme of their tags (None where no row has tags).

    Args:
        kind: what the labels are; None for what the rows show.

    Raises:
        DataError: a row is unsound, a label unknown, its labels are not of the kind, or the tags fit no scheme.
    """
    kinds = KindOfFile(kind)
    examples: list[tuple[int, Example]] = []
    tagged: list[tuple[int, list[str]]] = []  # the place in `examples`, and the tags of that row
    for line, row in rows:
        where = f"{name}:{line}"
        _check_row(row, where)
        shown = kinds.of(row, line, where)
        if is_tagged(row):
            example, tags = _tagged(row, where, tag_names, source)
            tagged.append((len(examples), tags))
            examples.append((line, example))
        else:
            examples.append((line, example_of(row, where, labels, source, shown)))
    examples = kinds.settled(examples, name)
    return examples, _place(tagged, examples, name, labels) if tagged else None


def read_texts(
    rows: Iterable[tuple[int, Any]], name: str, column: str, left_out: dict[str, str]
) -> Iterator[tuple[int, Example]]:
    """The rows as unlabelled examples, whatever labels they have; a string is a row too.

    Args:
        left_out: is told of columns that are only called like vermeil's, with the first such value.
    """
    for line, row in rows:
        where = f"{name}:{line}"
        row = {column: row} if isinstance(row, str) else row
        _check_row(row, where)
        try:
            example = _unlabelled(row, where, column)
        except DataError:
            foreign = foreign_keys(row, column)
            if not foreign:
                raise
            for key in foreign:
                left_out.setdefault(f"{key!r} where it is not vermeil's", f"{row[key]!r:.60} in line {line}")
            example = _unlabelled(row | dict.fromkeys(foreign), where, column)
        yield line, example


def rows_of(lines: Iterable[tuple[int, str]], name: str) -> Iterator[tuple[int, Any]]:
    """The value of each line that is not blank, with its number."""
    decoder = _decoder()
    for number, line in lines:
        if line.strip():
            try:
                yield number, decoder.decode(line)
            except (ValueError, RecursionError) as error:
                raise _not_json(f"{name}:{number}", error, "one JSON object on each line") from None


def rows_of_array(lines: Iterable[tuple[int, str]], name: str) -> Iterator[tuple[int, Any]]:
    """The values of the one array that the file holds, each with the line that it starts at."""
    text = "\n".join(line for _, line in lines)
    decoder, line, counted = _decoder(), 1, 0
    at = _past_space(text, 0)
    separator = "["
    while text[at : at + 1] == separator:
        at = _past_space(text, at + 1)
        if text[at : at + 1] == "]":
            break
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _not_json(f"{name}:{line}", error, "one array of objects") from None
        yield line, value
        at, separator = _past_space(text, at), ","
    if text[at : at + 1] != "]" or text[at + 1 :].strip():
        line += text.count("\n", counted, at)
        raise DataError(f"{name}:{line}: not one whole JSON array; expected [ object, object, ... ]")


def write(examples: Iterable[Example]) -> Iterator[str]:
    """Vermeil's own rows, a line each: the one format that keeps everything."""
    for example in examples:
        yield json.dumps(row_of(example), ensure_ascii=False) + "\n"


def write_array(examples: Iterable[Example]) -> Iterator[str]:
    """The same rows as one array, a row on each line."""
    opening = "[\n"
    for example in examples:
        yield opening + json.dumps(row_of(example), ensure_ascii=False)
        opening = ",\n"
    yield "\n]\n" if opening != "[\n" else "[]\n"


def write_tokens(examples: Iterable[Example], scheme: Scheme = "IOB2") -> tuple[Iterator[str], Unwritten]:
    """Rows of `tokens` and `tags`, and what they cannot say, whole once the lines are used up."""
    lost = Unwritten()
    return _tokens_written(examples, scheme, lost), lost


def _tokens_written(examples: Iterable[Example], scheme: Scheme, lost: Unwritten) -> Iterator[str]:
    for example in examples:
        lost.add(example.lost)
        places, spans, cut = tokenised(example)
        if example.failed or not example.source or not places:
            reason = "it has no tokens" if not places else f"it is {example.state}, which tags cannot say"
            lost.add([Lost(example.text, "", f"{example.where} was not written: {reason}")])
            continue
        lost.add(cut)
        row = {"id": example.id, "document": example.document}
        row = {key: value for key, value in row.items() if value}
        tokens = [example.text[start:end] for start, end in places]
        lost.as_tokens(example.text, tokens)
        yield (
            json.dumps(row | {"tokens": tokens, "tags": tags_of(len(places), spans, scheme)}, ensure_ascii=False) + "\n"
        )


def _unlabelled(row: Row, where: str, column: str) -> Example:
    text, tokens = text_and_tokens(row, where, column)
    return made(where, text, tokens=tokens, source="", **identity(row, where))


def _place(
    tagged: Sequence[tuple[int, list[str]]],
    examples: list[tuple[int, Example]],
    name: str,
    labels: Collection[str] | None,
) -> Scheme:
    """Put the spans of tags into the examples at these places, and say which scheme the tags are of."""

    def at(sentence: int, token: int) -> str:
        return f"{name}:{examples[tagged[sentence][0]][0]}: tag {token + 1}"

    scheme = detect_scheme((tags for _, tags in tagged), at)
    for place, tags in tagged:
        line, example = examples[place]
        examples[place] = line, _with_spans(example, tags, f"{name}:{line}", labels)
    return scheme


def _tagged(row: Row, where: str, tag_names: TagNames | None, source: str) -> tuple[Example, list[str]]:
    """The example of a tagged row, still without its spans, and its tags."""
    text, tokens = text_and_tokens(row, where)
    tags = first_of(row, TAG_KEYS)
    if tokens is None or not isinstance(tags, list):
        raise DataError(f"{where}: tags need 'tokens' beside them, and both are lists")
    if len(tags) != len(tokens):
        raise DataError(f"{where}: {len(tokens)} tokens but {len(tags)} tags; each token needs one tag")
    names = first_of(row, ("names",)) if tag_names is None else tag_names
    example = made(where, text, tokens=tokens, source=source_of(row, where, source), **identity(row, where))
    return example, [_named(tag, names, where) for tag in tags]


def _named(tag: Any, names: Any, where: str) -> str:  # noqa: ANN401 (whatever the file holds)
    if isinstance(tag, str):
        return tag
    if type(tag) is not int:
        raise DataError(f"{where}: a tag is a string such as B-PER, or a number with a name, got {tag!r:.60}")
    if names is None:
        raise DataError(
            f"{where}: the tags are numbers, and nothing says what {tag} means; "
            "give their names in order, in the row as 'names' or as tag_names"
        )
    try:
        found = names[str(tag)] if isinstance(names, Mapping) else names[tag] if tag >= 0 else None
    except (LookupError, TypeError):
        found = None
    if not isinstance(found, str):
        raise DataError(f"{where}: the tag {tag} has no name among the {len(names)} given")
    return found


def _with_spans(example: Example, tags: Sequence[str], where: str, labels: Collection[str] | None) -> Example:
    places = example.tokens or ()
    spans = []
    for first, after, label in spans_of(tags):
        check_label(label, labels, where)
        spans.append(Span(places[first][0], places[after - 1][1], label))
    return replace(example, labels=tuple(spans))


def _check_row(row: Any, where: str) -> None:  # noqa: ANN401 (whatever the file holds)
    if not isinstance(row, dict):
        raise DataError(f'{where}: a row is a JSON object such as {{"text": ...}}, got {row!r:.60}')


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:  # noqa: ANN401 (json's own signature)
    raise ValueError(f"{name} is not JSON")


def _not_json(where: str, error: Exception, expected: str) -> DataError:
    if isinstance(error, json.JSONDecodeError):
        return DataError(f"{where}: not JSON ({error.msg} at character {error.colno}); expected {expected}")
    why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return DataError(f"{where}: not JSON ({why}); expected {expected}")


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in " \t\r\n":
        at += 1
    return at
