"""Short texts from a small vocabulary, and the names in them: made here, so that they belong to nobody else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

PEOPLE = ["Anna Berg", "Carla Stone", "Omar Haddad", "Li Wen", "Joan Pratt", "Tomas Novak", "Ines Duarte", "Ravi Menon"]
PLACES = ["Lisbon", "Oslo", "Quito", "Kyoto", "Gdansk", "Tunis", "Perth", "Lima"]
FIRMS = ["Nordwind AG", "Teal Motors", "Banco Sol", "Hexagon Foods", "Blue Ferry Line", "Arden Press"]

FRAMES = [
    "{person} of {firm} met {other} in {place} on Monday.",
    "{firm} will close its plant near {place}, {person} told reporters.",
    "rain fell all day and nobody came to the harbour.",
    "{person} left {place} for {elsewhere} after the vote.",
    "shares in {firm} rose by three per cent.",
    "{other} and {person} played for {place} in the final.",
]

LABELS = {
    "PER": "a person's name, without titles",
    "LOC": "a city, country or other named place",
    "ORG": "a company or another organisation",
}


class Name(NamedTuple):
    """A name as it stands in a text."""

    text: str
    label: str


_LABEL = {
    **dict.fromkeys(PEOPLE, "PER"),
    **dict.fromkeys(PLACES, "LOC"),
    **dict.fromkeys(FIRMS, "ORG"),
}
_NAMES = re.compile("|".join(map(re.escape, _LABEL)))


def text(number: int) -> str:
    """The text with this number; texts with different numbers differ."""
    chance = random.Random(number)
    person, other = chance.sample(PEOPLE, 2)
    place, elsewhere = chance.sample(PLACES, 2)
    frame = FRAMES[number % len(FRAMES)]
    filled = frame.format(person=person, other=other, place=place, elsewhere=elsewhere, firm=chance.choice(FIRMS))
    return f"No. {number}: {filled}"


def texts(count: int, first: int = 0) -> Iterator[str]:
    """`count` texts, all different."""
    return (text(number) for number in range(first, first + count))


def names_in(line: str) -> list[Name]:
    """The names in a text, in their order."""
    return [Name(found, _LABEL[found]) for found in _NAMES.findall(line)]
