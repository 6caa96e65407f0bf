"""A few sentences that a tiny model learns by heart, and what it finds in them."""

from __future__ import annotations

from vermeil.data import Dataset, Example, Span

GOLD = Dataset(
    tuple(
        Example(f"{name} flew to {place}.", (Span(0, len(name), "PER"), Span(len(name) + 9, len(name) + 13, "LOC")))
        for name in ("Alice", "Moreno", "Nobody")
        for place in ("Lima", "Oslo")
    ),
    "flights",
)


def found(predictor):
    """The spans of the gold sentences, without their scores."""
    return [[(s.start, s.end, s.label) for s in spans] for spans in predictor.predict(GOLD.examples)]
