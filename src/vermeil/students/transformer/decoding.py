"""One tag for each word, out of the scores of all tags: whole batches of texts at once.

Word by word, the likeliest tags are often no legal IOB2 sequence (an I- that continues nothing), above all after
short training: choosing the likeliest legal sequence as a whole gained 2.8 to 5 strict F1 over repairing them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Float = TypeVar("_Float", np.float32, np.float64)

_CELLS = 2**20
"""Words x tags that Viterbi works on at once, with those it adds to make texts equally long."""


def log_probabilities(logits: NDArray[_Float]) -> NDArray[_Float]:
    """The logarithm of each tag's probability, words x tags."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def likeliest(logs: NDArray[np.float32]) -> NDArray[np.intp]:
    """The number of each word's likeliest tag, whatever its neighbours' are.

    Args:
        logs: log-probabilities, words x tags, in the order of `tag_names`.
    """
    return np.asarray(logs.argmax(axis=1))


def likeliest_legal(logs: NDArray[np.float32], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same for each text's likeliest sequence in which each I- follows the B- or I- of its label (Viterbi).

    Args:
        logs: those of the words of all texts, one text after the other.
        lengths: the number of words of each text.
    """
    tags = likeliest(logs)
    starts = np.cumsum(lengths) - lengths
    # where each word's likeliest tags are legal together, no legal sequence is likelier
    illegal = _texts_with_illegal(tags, starts, lengths)
    for chosen in _alike(illegal[np.argsort(-lengths[illegal], kind="stable")], lengths, logs.shape[1]):
        inside = np.arange(lengths[chosen[0]]) < lengths[chosen][:, None]
        words = (starts[chosen][:, None] + np.arange(inside.shape[1]))[inside]
        padded = np.zeros((*inside.shape, logs.shape[1]), np.float32)
        padded[inside] = logs[words]
        tags[words] = _viterbi(padded, lengths[chosen])[inside]
    return tags


def scores_of(logs: NDArray[np.float32], tags: NDArray[np.intp]) -> NDArray[np.float64]:
    """The probability of each word's tag."""
    return np.asarray(np.exp(logs[np.arange(len(tags)), tags].astype(np.float64)))


def continues(tags: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether a word's tag is an I- behind a B- or I- of its own label, in the same text.

    Args:
        starts: the number of each text's first word; texts without words may share theirs with the next.
    """
    before = np.concatenate([tags[:1] * 0, tags[:-1]])
    before[starts[starts < len(tags)]] = 0
    return np.asarray((tags > 0) & (tags % 2 == 0) & ((before == tags) | (before == tags - 1)))


def _texts_with_illegal(
    tags: NDArray[np.intp], starts: NDArray[np.intp], lengths: NDArray[np.intp]
) -> NDArray[np.intp]:
    stray = (tags > 0) & (tags % 2 == 0) & ~continues(tags, starts)
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    return np.unique(text_of[stray])


def _alike(texts: NDArray[np.intp], lengths: NDArray[np.intp], tags: int) -> Iterator[NDArray[np.intp]]:
    """The texts, longest first, in parts that fit into `_CELLS` (or of one text)."""
    at = 0
    while at < len(texts):
        count = max(1, _CELLS // int(lengths[texts[at]] * tags))
        yield texts[at : at + count]
        at += count


def _viterbi(logs: NDArray[np.float32], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Texts x words: tags of texts in order of their length, the longest first; what lies behind a text is noise."""
    texts, words, count = logs.shape
    inside = np.arange(2, count, 2)
    before = np.broadcast_to(np.arange(count), logs.shape).astype(np.int16)  # behind a text's end, tags stay
    best: NDArray[Any] = logs[:, 0].astype(np.float64)
    best[:, inside] = -np.inf  # no text begins inside a name
    for word in range(1, words):
        going = int(np.searchsorted(-lengths, -word))  # texts of more words than this
        known = best[:going]
        before[:going, word] = known.argmax(axis=1)[:, None]
        before[:going, word, inside] = np.where(known[:, inside] > known[:, inside - 1], inside, inside - 1)
        best[:going] = np.take_along_axis(known, before[:going, word].astype(np.intp), axis=1) + logs[:going, word]
    tags = np.empty((texts, words), np.intp)
    tag = best.argmax(axis=1)
    for word in range(words - 1, -1, -1):
        tags[:, word] = tag
        tag = before[np.arange(texts), word, tag].astype(np.intp)
    return tags
