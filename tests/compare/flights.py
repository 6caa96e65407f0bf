"""Sentences of our own with two labels each, for comparisons of a second."""

from __future__ import annotations

from itertools import product

from vermeil.data import Dataset, Example, Span

PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether", "Mary Cartwright", "Sofya Kovalevskaya")
PLACES = ("Paris", "Lisbon", "Quito", "Oslo", "Lima", "Accra")
LABELS = ("PER", "LOC")


def flights(people=PEOPLE, places=PLACES, *, verb="flew", source="gold", wrong=False) -> Dataset:
    """ "Ada Lovelace flew to Oslo." and its like; a wrong labeller calls every place a person."""
    made = []
    for person, place in product(people, places):
        text = f"{person} {verb} to {place}."
        start = text.index(place)
        spans = (Span(0, len(person), "PER"), Span(start, start + len(place), "PER" if wrong else "LOC"))
        made.append(Example(text, spans, source=source))
    return Dataset(tuple(made), f"{verb} {source}")
