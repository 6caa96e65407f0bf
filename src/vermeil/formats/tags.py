"""Spans over tokens ⇄ one tag a token, in IOB1, IOB2, BIOES and BILOU.

An entity of type PER over three tokens, and one over one token:

    IOB1     I-PER I-PER I-PER    I-PER    (B- only where an entity touches an earlier one of its type)
    IOB2     B-PER I-PER I-PER    B-PER
    BIOES    B-PER I-PER E-PER    S-PER
    BILOU    B-PER I-PER L-PER    U-PER

Nothing but entities tells the schemes apart, so the scheme is found for a whole file at once: it is the only
one in which all its tags are legal. A file of O alone is legal in all of them, and called IOB2. One looseness:
a B- that IOB1 doesn't need still starts an entity, so IOB1 may have one for each 100 entities that start with
I- (CoNLL-2003 as published has two); a stray I- among entities that start with B- could mean either, and is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from vermeil.errors import DataError

Scheme = Literal["IOB1", "IOB2", "BIOES", "BILOU"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
"""The schemes that are read and written."""

TokenSpan = tuple[int, int, str]
"""First token, token after the last, label."""

Where = Callable[[int, int], str]
"""From the numbers of a sentence and of a token in it to `file:line`, for error messages."""

_TAG = re.compile(r"O|[BIESLU]-.+", re.DOTALL)
_PREFIXES: dict[Scheme, str] = {"IOB1": "OBI", "IOB2": "OBI", "BIOES": "OBIES", "BILOU": "OBILU"}

# of the first, an inner and the last token of an entity, and of a single one
_MARKS: dict[Scheme, str] = {"IOB1": "IIII", "IOB2": "BIIB", "BIOES": "BIES", "BILOU": "BILU"}


class _Seen(NamedTuple):
    """Two neighbouring tags: where they first stand (the place of the second), and how often."""

    sentence: int
    token: int
    times: int


def is_tag(text: str) -> bool:
    """Whether this is a tag of any of the schemes."""
    return _TAG.fullmatch(text) is not None


def detect_scheme(sentences: Iterable[Sequence[str]], where: Where) -> Scheme:
    """The scheme of all these tags together.

    Raises:
        DataError: no scheme allows them all; the message names the first tag that breaks the likeliest one.
    """
    seen = _neighbours(sentences)
    for (_, tag), place in seen.items():
        if not is_tag(tag):
            raise DataError(_not_a_tag(tag, where(place.sentence, place.token)))
    fitting = [scheme for scheme in SCHEMES if all(_allows(scheme, *pair) for pair in seen)]
    if not fitting and _is_loose_iob1(seen):
        return "IOB1"
    if not fitting:
        raise DataError(_misfit(seen, where))
    return "IOB2" if "IOB2" in fitting else fitting[0]


def spans_of(tags: Sequence[str]) -> list[TokenSpan]:
    """The entities that legal tags of any one scheme stand for."""
    spans: list[TokenSpan] = []
    start, label = 0, ""
    for index, tag in enumerate((*tags, "O")):
        prefix, inside = tag[0], tag[2:]
        if label and (prefix in "BSUO" or inside != label):
            spans.append((start, index, label))
            label = ""
        if not label and inside:
            start, label = index, inside
    return spans


def tags_of(count: int, spans: Iterable[TokenSpan], scheme: Scheme = "IOB2") -> list[str]:
    """One tag for each of `count` tokens; spans are in order and don't overlap."""
    tags = ["O"] * count
    first, inner, last, single = tuple(_MARKS[scheme])
    touched = (-1, "")
    for start, end, label in spans:
        marks = single if end - start == 1 else first + inner * (end - start - 2) + last
        if scheme == "IOB1" and touched == (start, label):
            marks = "B" + marks[1:]
        tags[start:end] = [f"{mark}-{label}" for mark in marks]
        touched = (end, label)
    return tags


def _neighbours(sentences: Iterable[Sequence[str]]) -> dict[tuple[str, str], _Seen]:
    """Which tags follow which: all that decides about a scheme, and little even of a large file."""
    counts: dict[tuple[str, str], int] = {}
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for number, tags in enumerate(sentences):
        for index, pair in enumerate(pairwise(("O", *tags, "O"))):
            counts[pair] = counts.get(pair, 0) + 1
            if pair not in places:
                places[pair] = (number, min(index, len(tags) - 1))
    return {pair: _Seen(*places[pair], count) for pair, count in counts.items()}


def _is_loose_iob1(seen: dict[tuple[str, str], _Seen]) -> bool:
    starts = {"O": 0, "B": 0, "I": 0}
    for (before, tag), place in seen.items():
        if tag[0] not in starts:
            return False
        if before[2:] != tag[2:]:
            starts[tag[0]] += place.times
    return starts["B"] * 100 <= starts["I"]


def _allows(scheme: Scheme, before: str, tag: str) -> bool:
    """Whether `tag` may follow `before`; "O" also stands for the edges of a sentence."""
    a, b = before[0], tag[0]
    if a not in _PREFIXES[scheme] or b not in _PREFIXES[scheme]:
        return False
    same = before[2:] == tag[2:]
    if scheme == "IOB1":
        return b != "B" or same
    if scheme == "IOB2":
        return b != "I" or same
    return (a in "BI") == (b in "IEL") and (a not in "BI" or same)


def _not_a_tag(tag: str, place: str) -> str:
    return (
        f"{place}: {tag!r} is not a tag; expected O, or B-, I-, E-, S-, L- or U- and a label, such as B-PER "
        "(if the tags are in another column, choose it)"
    )


def _misfit(seen: dict[tuple[str, str], _Seen], where: Where) -> str:
    """The complaint about the first tag that breaks the scheme which the fewest tags break."""
    used = {tag[0] for _, tag in seen}
    if used & set("ES") and used & set("LU"):
        ours = min((at, tag) for (_, tag), at in seen.items() if tag[0] in "LU")
        return f"{where(*ours[0][:2])}: {ours[1]!r} is of BILOU, but other tags are of BIOES; use one of the two"
    rivals: tuple[Scheme, ...] = (
        ("BIOES",) if used & set("ES") else ("BILOU",) if used & set("LU") else ("IOB2", "IOB1")
    )
    broken = {s: {pair: at for pair, at in seen.items() if not _allows(s, *pair)} for s in rivals}
    scheme = min(rivals, key=lambda s: sum(at.times for at in broken[s].values()))
    (before, tag), place = min(broken[scheme].items(), key=lambda item: item[1])
    return f"{where(place.sentence, place.token)}: {_complaint(scheme, before, tag)}"


def _complaint(scheme: Scheme, before: str, tag: str) -> str:
    after = "at the start of a sentence or after O" if before == "O" else f"after {before!r}"
    if scheme == "IOB2":
        return (
            f"the tag {tag!r} {after} continues no entity of its type, and entities start with B- here (IOB2); "
            f"write 'B{tag[1:]}'"
        )
    if scheme == "IOB1":
        return (
            f"the tag {tag!r} {after} touches no earlier entity of its type, and such entities start with I- here "
            f"(IOB1); write 'I{tag[1:]}'"
        )
    if before[0] in "BI":
        last = f"{'E' if scheme == 'BIOES' else 'L'}{before[1:]}"
        return f"the entity of {before!r} has no end before {tag!r} ({scheme}); write {last!r} for its last tag"
    return f"the tag {tag!r} {after} continues no entity of its type ({scheme}); start the entity with 'B{tag[1:]}'"
