"""Examples to rows of piece numbers, always in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vermeil.data import Example, Span
from vermeil.errors import DataError, SettingsError
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.rows import Frame, Row, special_pieces
from vermeil.students.transformer.words import Pieces, cut, cut_encoded, encodable

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Reader:
    """Cuts examples into rows, always in the same way.

    Args:
        head: says what the units of a text are, and which tags they have.
        window: pieces in a row at most, special ones included.
        overlap: pieces that two windows of one text share.
        data_words: the data's tokens carry the tags, where it has tokens.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        labels: Sequence[str],
        head: Head,
        *,
        window: int,
        overlap: int,
        data_words: bool,
    ) -> None:
        self._tokenizer, self._head = tokenizer, head
        self._labels, self._data_words = tuple(labels), data_words
        before, after = special_pieces(tokenizer)
        self._frame = Frame(before, after, window - len(before) - len(after), overlap)
        if self._frame.room < 1:
            raise SettingsError(f"a window of {window} pieces leaves no room for words; set a larger one")

    def pieces(self, example: Example) -> Pieces:
        """The pieces and words of an example."""
        return cut(example.text, self._tokenizer, example.tokens if self._data_words else None)

    def pieces_of(self, examples: Sequence[Example]) -> list[Pieces]:
        """Those of many examples: the same, but tokenised on all cores at once, without the interpreter's lock."""
        texts = [encodable(example.text) for example in examples]
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [
            cut_encoded(example.text, encoding, example.tokens if self._data_words else None)
            for example, encoding in zip(examples, encoded, strict=True)
        ]

    def rows(self, number: int, pieces: Pieces, tags: Sequence[int] = ()) -> list[Row]:
        """The rows of the example that stands at `number`: one, if it fits the window; tags are for learning."""
        return self._head.rows(number, pieces, tags, self._frame)

    def learnt(self, number: int, example: Example) -> list[Row]:
        """The rows of a labelled example, with tags where there is something to learn.

        Raises:
            DataError: it has a label that the student doesn't know, or one of another kind.
        """
        pieces = self.pieces(example)
        return [row for row in self.rows(number, pieces, self._targets(example, pieces)[0]) if row.targets]

    def places(self, example: Example) -> list[tuple[int, int]]:
        """Where the units of an example begin and end in its text."""
        return self._head.places(example, self.pieces(example))

    def unreachable(self, example: Example) -> tuple[Span, ...]:
        """The labels of an example that the student cannot give, such as spans that begin or end inside a word."""
        return self._targets(example, self.pieces(example))[1]

    def _targets(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        unknown = {span.label for span in example.labels} - set(self._labels)
        if unknown:
            known = ", ".join(self._labels)
            raise DataError(f"{example.where} has the label {min(unknown)!r}; the student knows only {known}")
        if example.labels and example.kind != self._head.kind:
            raise DataError(
                f"{example.where} has labels of the kind {example.kind!r}, and the student learns {self._head.kind!r}"
            )
        return self._head.targets(example, pieces)
