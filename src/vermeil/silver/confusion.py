"""A teacher's errors, unit by unit: what the true tag of a word or a text may be, given the one the teacher gave it.

A student learns words. A span with a wrong bound has most of its words right, and a name that was missed has every
word wrong; so what is learnt from is weighed by words, while `reliability` tells people about spans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vermeil.data import Kind
from vermeil.silver.overlap import Both
from vermeil.silver.shrinkage import Rate, shrunk
from vermeil.silver.units import units_for
from vermeil.silver.words import Look, look

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Probabilities of tags, for each sort of unit tags x tags in the students' order; each row sums to 1.

    Of words and whole texts there is one sort; of texts that have several classes, one for each class.

    Args:
        true: row: the teacher's tag; column: the true one.
        given: row: the true tag; column: the teacher's.
        outside: of words of that look that the teacher leaves out of all names, those that are in none.
    """

    true: Floats
    given: Floats
    outside: Mapping[Look, Rate]


def confusion(both: Sequence[Both], labels: Sequence[str], kind: Kind = "spans") -> Confusion:
    """Counted on the units of the texts that both labelled; rare tags are drawn towards the others."""
    units = units_for(kind, labels)
    counts = np.zeros((len(units.names), len(units.names[0]), len(units.names[0])))
    seen: defaultdict[Look, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in both:
        places = units.places(each.gold.text, (*each.gold.labels, *each.silver.labels))
        ours, theirs = (units.covered(places, example.labels).tags for example in (each.gold, each.silver))
        np.add.at(counts, (np.arange(len(ours)) % len(counts), theirs, ours), 1)
        for number in np.flatnonzero(theirs == 0).tolist() if kind == "spans" else ():
            start, end = places[number]
            tally = seen[look(each.gold.text[start:end], first=number == 0)]
            tally[0] += float(ours[number] == 0)
            tally[1] += 1
    outside = shrunk({how: (right, total) for how, (right, total) in seen.items()})
    rows = _ROWS[kind]
    return Confusion(rows(counts), rows(counts.transpose(0, 2, 1)), outside)


def _of_words(tables: Floats) -> Floats:
    """Counts as probabilities of what stands in the columns, row by row."""
    [counts] = tables
    size = len(counts)
    totals, right = counts.sum(axis=1), counts.diagonal()
    inside = shrunk({tag: (float(right[tag]), float(totals[tag])) for tag in range(1, size)})
    rates = np.array([(right[0] + 0.5) / (totals[0] + 1), *(inside[tag].value for tag in range(1, size))])
    return _table(rates, counts * (1 - np.eye(size)) + _expected(counts))


def _of_one_class(tables: Floats) -> Floats:
    """The same: a class that has few errors of its own has those of all classes."""
    [counts] = tables
    wrong = counts * (1 - np.eye(len(counts)))
    rates = shrunk({tag: (float(counts[tag, tag]), float(counts[tag].sum())) for tag in range(len(counts))})
    usual = (wrong.sum(axis=0) + 0.5) * (1 - np.eye(len(counts)))
    usual /= usual.sum(axis=1, keepdims=True)
    return _table(np.array([rates[tag].value for tag in range(len(counts))]), wrong + usual)


def _of_classes(tables: Floats) -> Floats:
    """The same: how often a class is missed is one thing, and how often it is invented another."""
    found = np.zeros_like(tables)
    for tag in (0, 1):
        rates = shrunk({n: (float(each[tag, tag]), float(each[tag].sum())) for n, each in enumerate(tables)})
        found[:, tag, tag] = [rates[number].value for number in range(len(tables))]
        found[:, tag, 1 - tag] = 1 - found[:, tag, tag]
    return found


_ROWS: Mapping[Kind, Callable[[Floats], Floats]] = {
    "spans": _of_words,
    "class": _of_one_class,
    "classes": _of_classes,
}


def _table(right: Floats, wrong: Floats) -> Floats:
    """How often each tag is right, and in which proportions it is wrong, as one table of probabilities."""
    wrong = wrong / wrong.sum(axis=1, keepdims=True)
    return np.asarray(np.diag(right) + (1 - right)[:, None] * wrong)[None]


def _expected(counts: Floats) -> Floats:
    """How one error of each row would be spread if all labels had the same kinds of errors.

    For a tag of a name: to O, to the other part of its label, to the same part of another, to neither. For O: as
    often as names have each tag.
    """
    size = len(counts)
    tags = np.arange(size)
    part, label = tags % 2, (tags + 1) // 2
    kinds = 1 + 2 * (label[:, None] != label) + (part[:, None] != part)  # 1: the tag itself, 2 to 4: kinds of errors
    kinds[:, 0] = 5
    spread = np.zeros((size, size))
    for kind in range(2, 6):
        cells = (kinds == kind) & (tags[:, None] > 0)
        here = cells.sum(axis=1, keepdims=True)
        spread += np.where(cells, (counts[cells].sum() + 0.5) / np.maximum(here, 1), 0.0)
    spread[0, 1:] = counts[:, 1:].sum(axis=0) + 0.5
    return np.asarray(spread / spread.sum(axis=1, keepdims=True))
