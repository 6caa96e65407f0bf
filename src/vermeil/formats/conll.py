r"""CoNLL columns: one token a line with its tag, a blank line between sentences.

Columns are parted by tabs if the first token line has one, otherwise by runs of blanks and tabs (never by U+00A0
and its like, which tokens may hold); all lines have as many as the first. The token is the first column and
the tag the last, unless other ones are chosen. `-DOCSTART-` as the first token of a sentence starts a document.

A line that starts with `#` and a blank is a comment only where it cannot be a token: before the first token of
a sentence, and with another number of columns than the file's, or without a tag in the tag column.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from vermeil.data import GOLD, Example, Lost, Span
from vermeil.errors import DataError
from vermeil.formats.fields import check_label, made
from vermeil.formats.tags import Scheme, detect_scheme, is_tag, spans_of, tags_of
from vermeil.formats.tokens import Places, joined, tokenised
from vermeil.formats.unwritten import Unwritten

Columns = tuple[int, int]
"""Which column (from 0; -1 is the last) holds the token, and which the tag."""
FIRST_AND_LAST: Columns = (0, -1)

DOCSTART = "-DOCSTART-"
_BLANKS = re.compile(r"[ \t]+")
_LOOK_AHEAD = 200  # lines searched for the first one that is no comment


@dataclass(frozen=True, slots=True)
class Sentence:
    """Consecutive token lines of a file, the first of which is `line`."""

    line: int
    tokens: list[str]
    tags: list[str]
    document: str


def read(
    lines: Iterable[tuple[int, str]],
    name: str,
    labels: Collection[str] | None = None,
    columns: Columns = FIRST_AND_LAST,
    source: str = GOLD,
) -> tuple[list[tuple[int, Example]], Scheme]:
    """The examples with the lines that they start at, and the scheme of their tags.

    Raises:
        DataError: a line has the wrong number of columns, a tag is illegal, a label unknown.
    """
    found = list(sentences(lines, name, columns))

    def where(sentence: int, token: int) -> str:
        return f"{name}:{found[sentence].line + token}"

    scheme = detect_scheme((sentence.tags for sentence in found), where)
    return [(s.line, _example(s, name, labels, source)) for s in found], scheme


def read_texts(
    lines: Iterable[tuple[int, str]], name: str, columns: Columns = FIRST_AND_LAST
) -> Iterator[tuple[int, Example]]:
    """The sentences without their tags, each with the line that it starts at; one column is enough."""
    for sentence in sentences(lines, name, columns, tagged=False):
        text, tokens = joined(sentence.tokens)
        yield sentence.line, Example(text, tokens=tokens, document=sentence.document, source="")


def write(examples: Iterable[Example], scheme: Scheme = "IOB2") -> tuple[Iterator[str], Unwritten]:
    """Lines of two columns parted by a tab, and what they cannot say, whole once the lines are used up.

    Examples that failed or that nobody labelled are left out: read again, they would say "no entities".
    """
    lost = Unwritten()
    return _written(examples, scheme, lost), lost


def sentences(
    lines: Iterable[tuple[int, str]], name: str, columns: Columns = FIRST_AND_LAST, *, tagged: bool = True
) -> Iterator[Sentence]:
    """The file cut into sentences, each with its document ("doc-1", "doc-2", ...) where the file names any.

    Raises:
        DataError: a line has the wrong number of columns, or an empty token.
    """
    splitter = _Splitter(name, columns, tagged)
    start, tokens, tags, documents = 0, list[str](), list[str](), 0
    for number, line in chain(splitter.looking_ahead(lines), [(0, "")]):
        if not line.strip(" \t"):
            if tokens:
                yield Sentence(start, tokens, tags, f"doc-{documents}" if documents else "")
                tokens, tags = [], []
        elif not tokens and splitter.is_document_start(line):
            documents += 1
        elif tokens or not splitter.is_comment(line):
            start = start if tokens else number
            token, tag = splitter.token_and_tag(number, line)
            tokens.append(token)
            tags.append(tag)


class _Splitter:
    """Cuts the lines of one file into columns, once its first lines have shown how many there are."""

    def __init__(self, name: str, columns: Columns, tagged: bool) -> None:
        self.name, self.columns, self.tagged = name, columns, tagged
        self.tabs, self.count = False, 0

    def looking_ahead(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """The same lines, after the first of them have been searched for one that is no comment."""
        rest = iter(lines)
        head: list[tuple[int, str]] = []
        for pair in rest:
            head.append(pair)
            if self._shows_columns(pair[1]) or len(head) == _LOOK_AHEAD:
                break
        number, line = next((p for p in reversed(head) if p[1].strip(" \t")), (1, ""))
        self.tabs = "\t" in line.rstrip(" \t")
        self.count = len(self._split(line))
        self._check_choice(number)
        return chain(head, rest)

    def is_document_start(self, line: str) -> bool:
        """Whether this is a `-DOCSTART-` line, however many columns it has."""
        fields = self._split(line)
        return DOCSTART in (fields[0], fields[self.columns[0]] if len(fields) == self.count else "")

    def is_comment(self, line: str) -> bool:
        """Whether a line at the start of a sentence cannot be its first token."""
        if not line.startswith(("# ", "#\t")):
            return False
        fields = self._split(line)
        return len(fields) != self.count or (self.tagged and not is_tag(fields[self.columns[1]]))

    def token_and_tag(self, number: int, line: str) -> tuple[str, str]:
        """What stands in the chosen columns."""
        fields = self._split(line)
        if len(fields) != self.count:
            parted = "tabs" if self.tabs else "blanks"
            raise DataError(
                f"{self.name}:{number}: {len(fields)} columns where the file's first line has {self.count} (parted by "
                f"{parted}); put the line right, or a blank line between sentences"
            )
        if not fields[self.columns[0]]:
            raise DataError(f"{self.name}:{number}: the token is empty; write one, or leave the line out")
        return fields[self.columns[0]], fields[self.columns[1]]

    def _shows_columns(self, line: str) -> bool:
        return bool(line.strip(" \t")) and not line.startswith(("#", DOCSTART))

    def _split(self, line: str) -> list[str]:
        if self.tabs:
            return line.split("\t")
        fields = line.split(" ")  # three times as fast as the expression, and nearly always enough
        return _BLANKS.split(line.strip(" \t")) if "" in fields or "\t" in line else fields

    def _check_choice(self, number: int) -> None:
        if self.tagged and self.count < 2:
            raise DataError(f"{self.name}:{number}: one column, at least two were expected: a token and its tag")
        if any(not -self.count <= column < self.count for column in self.columns):
            raise DataError(
                f"{self.name}:{number}: {self.count} columns, so there are no columns {self.columns}; "
                "count from 0, or from -1 for the last"
            )


def _example(sentence: Sentence, name: str, labels: Collection[str] | None, source: str) -> Example:
    text, places = joined(sentence.tokens)
    spans = []
    for first, after, label in spans_of(sentence.tags):
        if labels is not None and label not in labels:
            check_label(label, labels, f"{name}:{sentence.line + first}")
        spans.append(Span(places[first][0], places[after - 1][1], label))
    where = f"{name}:{sentence.line}"
    return made(where, text, labels=tuple(spans), tokens=places, document=sentence.document, source=source)


def _written(examples: Iterable[Example], scheme: Scheme, lost: Unwritten) -> Iterator[str]:
    document = ""
    for example in examples:
        lost.add(example.lost)
        places, spans, cut = tokenised(example)
        if reason := _obstacle(example, places):
            lost.add([Lost(example.text, "", f"{example.where} was not written: {reason}")])
            continue
        lost.add(cut)
        if example.document != document:
            document = example.document
            yield f"{DOCSTART}\tO\n\n"
        tokens = [example.text[start:end] for start, end in places]
        lost.as_tokens(example.text, tokens)
        tags = tags_of(len(places), spans, scheme)
        yield "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n"


def _obstacle(example: Example, places: Places) -> str:
    """Why CoNLL cannot hold this example, or nothing."""
    tokens: Sequence[str] = [example.text[start:end] for start, end in places]
    if example.failed or not example.source:
        return f"it is {example.state}, which CoNLL cannot say"
    if not tokens:
        return "it has no tokens"
    if tokens[0] == DOCSTART:
        return f"{DOCSTART} is its first token"
    if any(set(part) & set("\t\n\0") for part in tokens):
        return "a token holds a tab, a line break or a NUL character"
    if any(set(span.label) & set("\t\r\n\0") for span in example.labels):
        return "a label holds a tab, a line break or a NUL character"
    return ""
