"""Classes named outside JSON: by a bare word, by a list of words, or by a sentence that leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vermeil.tasks._labels import LabelNames

_FENCE = re.compile(r"^\s*```[\w-]*\s*\n?|\n?\s*```\s*$")
_LEAD = re.compile(
    r"^[\s*_#>-]*(?:final |predicted |the )*(?:label|class|category|answer|topic|sentiment)s?\b[\s*_]*(?::|=|is\b)",
    re.IGNORECASE,
)
_ENUMERATED = re.compile(r"^(?:option\s+)?[(\[]?(?:\d{1,3}|[a-z])[)\].:]+\s+(?=\S)", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_SEPARATORS = re.compile(r"\s*(?:[,;\n]|\s(?:and|&)\s)\s*")  # no |: who writes that repeats the form
_DOUBT = re.compile(
    r"\b(?:not?|never|neither|nor|none|nothing|cannot|\w+n['’]t|without|except|unless|unable|unclear|unsure|sorry"
    r"|instead|rather|refuse|decline|whether|either|if|or|could|might|may|perhaps|maybe|hardly|barely|scarcely|far|too"
    r"|few|little|less|but|though|although|however|despite|lack\w*|absen\w+|devoid|nicht|kein\w*|pas|aucun\w*)\b|[?？]",
    re.IGNORECASE,
)
_SURE = 4  # letters; a shorter name may be another word ("it", "a") or a number of something


def parts(name: str, names: LabelNames) -> list[str]:
    """One class, without a letter or a number before it; or several with commas between, if each is a known one."""
    if names.named(name) is not None:
        return [name]
    bare = _ENUMERATED.sub("", name)
    if names.named(bare) is not None:
        return [bare]
    several = [part for part in _SEPARATORS.split(name) if part]
    return several if len(several) > 1 and all(names.named(part) for part in several) else [name]


def in_prose(answer: str, names: LabelNames, labels: Sequence[str], *, several: bool) -> list[str] | None:
    """The classes that an answer without JSON names, None where that is not beyond doubt.

    A list has to hold known classes and nothing else. A sentence has to name exactly one class, and nothing in it may
    deny, doubt or refuse; a short name has to stand in it as the task writes it.
    """
    text = _FENCE.sub("", answer).strip()
    bare = _LEAD.sub("", text).strip()
    for words in (text, bare):
        if words and names.named(words) is not None:
            return [words]
    lines = [_BULLET.sub("", line) for line in bare.splitlines() if line.strip()]
    found = [part for line in lines for part in parts(line.strip(), names)]
    if found and all(names.named(each) is not None for each in found) and (several or len(found) == 1):
        return found
    places = _found(text, labels)
    named = {label for label, _ in places}
    clear = len(named) == 1 and any(_is_clear(label, match.group()) for label, match in places)
    return [*named] if clear and not _DOUBT.search(_without(text, labels)) else None


def _is_clear(label: str, words: str) -> bool:
    """Whether these words can be no others than the name of the class."""
    if len(label) >= _SURE:
        return True
    return words == label and label.isalpha() and len(label) > 1 and (label.isupper() or len(label) == _SURE - 1)


def _without(text: str, labels: Sequence[str]) -> str:
    """The words around the labels."""
    pieces, at = [], 0
    for _, match in _found(text, labels):
        pieces.append(text[at : match.start()])
        at = match.end()
    return " ".join([*pieces, text[at:]])


def _found(text: str, labels: Sequence[str]) -> list[tuple[str, re.Match[str]]]:
    """The labels that stand in a text as words of their own; one that is part of a longer one there doesn't count."""
    ordered = sorted(labels, key=len, reverse=True)
    either = "|".join(f"({_loose(label)})" for label in ordered)
    matches = re.finditer(rf"(?<![\w-])(?:{either})(?![\w+#-])", text, re.IGNORECASE)
    return [(ordered[(match.lastindex or 1) - 1], match) for match in matches]


def _loose(label: str) -> str:
    """`very_positive` also as `very positive`."""
    return (
        r"[\s_/&-]+".join(map(re.escape, re.split(r"[\s_/&-]+", label))) if re.match(r"\w", label) else re.escape(label)
    )
