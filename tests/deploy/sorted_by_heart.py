"""A few texts whose classes a tiny model learns by heart."""

from __future__ import annotations

from vermeil.data import Dataset, Example, Kind, whole

LABELS = ("travel", "work")


def of_classes(kind: Kind) -> Dataset:
    """Trips and meetings; where texts may have several classes, one has both and one has none."""
    given = {"Alice flew to Lima.": ["travel"], "Moreno flew to Oslo.": ["travel"], "The mayor met Alice.": ["work"],
             "The mayor met nobody.": ["work"]}  # fmt: skip
    if kind == "classes":
        given |= {"The mayor flew to Lima.": ["travel", "work"], "Nobody believed her.": []}
    made = (Example(text, tuple(whole(text, each) for each in names), kind=kind) for text, names in given.items())
    return Dataset(tuple(made), "notes")
