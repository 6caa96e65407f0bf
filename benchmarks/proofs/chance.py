"""L5: equally good systems are called different as often as the level says, and hardly ever in a whole family.

Systems are counts here, as `evaluate.resampling.units_of` makes them of scores.
"""

from __future__ import annotations

from collections import Counter
from math import sqrt

import numpy as np

from proofs import Seen
from vermeil.evaluate.resampling import Floats
from vermeil.evaluate.significance import differences_of, holm

LEVEL, LOW, HIGH = 0.05, 0.04, 0.06
SCATTER = 0.02
"""Standard deviation of a system's skill from seed to seed."""
RESAMPLES = 1000
FAMILY = 5
TEXTS_OF_A_DOCUMENT = 6
MARKED = ("marked, one seed", "marked, three seeds", "marked, five seeds")
"""By both p-values, as `Contrast.significant` has it: what a reader of the tables sees as a star."""


def chance(rounds: int = 10_000, count: int = 300, seed: int = 11) -> Seen:
    """L5: `rounds` null simulations of each kind, on `count` texts.

    Texts alone, one seed: bootstrap and randomisation. Documents: texts of a document are hard or easy together.
    Texts and seeds: skill scatters from seed to seed. A family: five strategies no better than the baseline. Marked:
    below the level by both p-values, as a comparison marks its rows.
    """
    rng, hits = np.random.default_rng(seed), Counter[str]()
    for number in range(rounds):
        hits.update(name for name, p in _texts(rng, number, count).items() if p < LEVEL)
        hits.update(name for name, p in _seeds(rng, number, count).items() if p < LEVEL)
        hits["documents"] += _documents(rng, number, count) < LEVEL
    names = ("bootstrap", "randomisation", "documents", "three seeds", "five seeds", "family", *MARKED)
    rates = {name: hits[name] / rounds for name in names}
    said = ", ".join(f"{name} {100 * rate:.1f} %" for name, rate in rates.items())
    exact = all(LOW <= rates[name] <= HIGH for name in ("bootstrap", "randomisation", "documents"))
    careful = all(rates[name] <= HIGH for name in ("three seeds", "five seeds", "family", *MARKED))
    error = 100 * sqrt(LEVEL * (1 - LEVEL) / rounds)
    figure = f"{rounds:,} null simulations of {count} texts, at 5 %: {said} (standard error {error:.1f})"
    return Seen(figure, exact and careful, rates)


def _texts(rng: np.random.Generator, number: int, count: int) -> dict[str, float]:
    """Two systems, and a family beside its baseline."""
    gold = rng.poisson(1.6, count)
    runs = [_system(rng, gold) for _ in range(2 + 1 + FAMILY)]
    pairs = [([0], [1]), *(([3 + one], [2]) for one in range(FAMILY))]
    alone, *family = differences_of(np.stack(runs, axis=1), pairs, resamples=RESAMPLES, seed=number)
    return {
        "bootstrap": alone.p,
        "randomisation": alone.p_swap,
        "family": min(holm([difference.p for difference in family])),
        MARKED[0]: max(alone.p, alone.p_swap),
    }


def _seeds(rng: np.random.Generator, number: int, count: int) -> dict[str, float]:
    """Two strategies of three seeds, and two of five."""
    gold = rng.poisson(1.6, count)
    runs = [_system(rng, gold, rng.normal(0, SCATTER)) for _ in range(2 * (3 + 5))]
    pairs = [(range(3), range(3, 6)), (range(6, 11), range(11, 16))]
    three, five = differences_of(
        np.stack(runs, axis=1), pairs, over="texts and seeds", resamples=RESAMPLES, seed=number
    )
    marked = {name: max(found.p, found.p_swap) for name, found in zip(MARKED[1:], (three, five), strict=True)}
    return {"three seeds": three.p, "five seeds": five.p, **marked}


def _documents(rng: np.random.Generator, number: int, count: int) -> float:
    """Two systems on documents, each of them as hard for both, but for some luck."""
    documents = count // TEXTS_OF_A_DOCUMENT
    hard, of = rng.normal(0, 0.15, documents), np.arange(count) % documents
    gold = rng.poisson(1.6, count)
    runs = [_system(rng, gold, (hard + rng.normal(0, 0.1, documents))[of]) for _ in "ab"]
    counts = np.zeros((documents, 2, 2))
    np.add.at(counts, of, np.stack(runs, axis=1))
    return differences_of(counts, [([0], [1])], "documents", resamples=RESAMPLES, seed=number)[0].p


def _system(rng: np.random.Generator, gold: np.ndarray, easier: float | np.ndarray = 0.0) -> Floats:
    """The two sums of F1 for each text, of a system that finds each label with a chance of 80 %, and invents some.

    Args:
        easier: added to that chance.
    """
    right = rng.binomial(gold, np.clip(0.8 + easier, 0.01, 0.99))
    found = right + rng.binomial(2, 0.15, len(gold))
    return np.stack([2 * right, found + gold], axis=-1).astype(np.float64)
