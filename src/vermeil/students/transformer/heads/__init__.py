"""One head for each kind of labels; none of them needs torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vermeil.data import Kind
from vermeil.students.transformer.heads.base import Head
from vermeil.students.transformer.heads.text import Classes, OneClass
from vermeil.students.transformer.heads.words import Words

__all__ = ["HEADS", "Head", "head_for"]

HEADS: Mapping[Kind, Callable[[Sequence[str], bool], Head]] = {
    "spans": lambda labels, legal: Words(labels, legal=legal),
    "class": lambda labels, legal: OneClass(labels),
    "classes": lambda labels, legal: Classes(labels),
}


def head_for(kind: Kind, labels: Sequence[str], *, legal: bool = True) -> Head:
    """The head for labels of that kind.

    Args:
        legal: spans are those of the likeliest legal sequence of tags.
    """
    return HEADS[kind](labels, legal)
