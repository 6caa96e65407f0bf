"""Examples to rows of piece numbers, as the model reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from vermeil.data import Example, Span
from vermeil.errors import DataError, SettingsError
from vermeil.students.transformer.tags import IGNORED, to_tags
from vermeil.students.transformer.windows import windows
from vermeil.students.transformer.words import Pieces, cut, cut_encoded, encodable

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Row(NamedTuple):
    """One window of one example: its pieces with the special ones, where its words' first pieces stand, their tags.

    Args:
        words: numbers of the example's words that are decided here.
        places: the place in `ids` of each word's first piece.
        tags: of each word; `IGNORED` where there is nothing to learn.
    """

    example: int
    ids: tuple[int, ...]
    words: tuple[int, ...]
    places: tuple[int, ...]
    tags: tuple[int, ...]

    @property
    def targets(self) -> int:
        """How many words there are to learn from."""
        return sum(tag != IGNORED for tag in self.tags)


class Reader:
    """Cuts examples into rows, always in the same way.

    Args:
        window: pieces in a row at most, special ones included.
        overlap: pieces that two windows of one text share.
        data_words: the data's tokens carry the tags, where it has tokens.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        labels: Sequence[str],
        *,
        window: int,
        overlap: int,
        data_words: bool,
    ) -> None:
        self._tokenizer = tokenizer
        self._labels, self._data_words = tuple(labels), data_words
        self._before, self._after = special_pieces(tokenizer)
        self._room, self._overlap = window - len(self._before) - len(self._after), overlap
        if self._room < 1:
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
        return [
            Row(
                number,
                (*self._before, *pieces.ids[window.start : window.end], *self._after),
                window.words,
                tuple(pieces.words[word].piece - window.start + len(self._before) for word in window.words),
                tuple(tags[word] for word in window.words) if tags else (),
            )
            for window in windows(pieces, self._room, self._overlap)
        ]

    def learnt(self, number: int, example: Example) -> list[Row]:
        """The rows of a labelled example, with tags where there is something to learn.

        Raises:
            DataError: it has a label that the student doesn't know.
        """
        pieces = self.pieces(example)
        return [row for row in self.rows(number, pieces, self._tags(example, pieces)[0]) if row.targets]

    def places(self, example: Example) -> list[tuple[int, int]]:
        """Where the words of an example begin and end in its text."""
        return [(word.start, word.end) for word in self.pieces(example).words]

    def unreachable(self, example: Example) -> tuple[Span, ...]:
        """The spans of an example that begin or end inside a word."""
        return self._tags(example, self.pieces(example))[1]

    def _tags(self, example: Example, pieces: Pieces) -> tuple[list[int], tuple[Span, ...]]:
        unknown = {span.label for span in example.labels} - set(self._labels)
        if unknown:
            known = ", ".join(self._labels)
            raise DataError(f"{example.where} has the label {min(unknown)!r}; the student knows only {known}")
        return to_tags(pieces.words, example.labels, self._labels)


def special_pieces(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the model expects before and after a text: found by trying it out on one ordinary word."""
    encoding = tokenizer.encode("a")
    special = [bool(flag) for flag in encoding.special_tokens_mask]
    if all(special):  # a tokenizer that makes nothing of "a"
        return (), ()
    first, last = special.index(False), len(special) - special[::-1].index(False)
    return tuple(encoding.ids[:first]), tuple(encoding.ids[last:])
