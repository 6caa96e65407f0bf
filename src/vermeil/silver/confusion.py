"""A teacher's errors, word by word: what a word's true tag may be, given the tag that the teacher gave it.

A student learns words. A span with a wrong bound has most of its words right, and a name that was missed has every
word wrong; so what is learnt from is weighed by words, while `reliability` tells people about spans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vermeil.formats.tokens import simple_tokens
from vermeil.silver.overlap import Both
from vermeil.silver.shrinkage import Rate, shrunk
from vermeil.silver.words import Look, covered, look

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Probabilities of tags, tags x tags in the students' order; each row sums to 1.

    Args:
        true: row: the teacher's tag; column: the true one.
        given: row: the true tag; column: the teacher's.
        outside: of words of that look that the teacher leaves out of all names, those that are in none.
    """

    true: Floats
    given: Floats
    outside: Mapping[Look, Rate]


def confusion(both: Sequence[Both], labels: Sequence[str]) -> Confusion:
    """Counted on the words of the texts that both labelled; rare tags are drawn towards the others."""
    size = 1 + 2 * len(labels)
    counts = np.zeros((size, size))
    seen: defaultdict[Look, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in both:
        edges = [edge for span in (*each.gold.labels, *each.silver.labels) for edge in (span.start, span.end)]
        places = simple_tokens(each.gold.text, edges)
        ours, theirs = (covered(places, example.labels, labels).tags for example in (each.gold, each.silver))
        np.add.at(counts, (theirs, ours), 1)
        for number in np.flatnonzero(theirs == 0).tolist():
            start, end = places[number]
            tally = seen[look(each.gold.text[start:end], first=number == 0)]
            tally[0] += float(ours[number] == 0)
            tally[1] += 1
    outside = shrunk({kind: (right, total) for kind, (right, total) in seen.items()})
    return Confusion(_rows(counts), _rows(counts.T), outside)


def _rows(counts: Floats) -> Floats:
    """Counts as probabilities of what stands in the columns, row by row."""
    size = len(counts)
    totals, right = counts.sum(axis=1), counts.diagonal()
    inside = shrunk({tag: (float(right[tag]), float(totals[tag])) for tag in range(1, size)})
    rates = np.array([(right[0] + 0.5) / (totals[0] + 1), *(inside[tag].value for tag in range(1, size))])
    wrong = counts * (1 - np.eye(size)) + _expected(counts)
    wrong /= wrong.sum(axis=1, keepdims=True)
    return np.asarray(np.diag(rates) + (1 - rates)[:, None] * wrong)


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
