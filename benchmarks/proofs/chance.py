"""L5: equally good systems are called different as often as the level says, and hardly ever in a whole family."""

from __future__ import annotations

import numpy as np

from proofs import Seen
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.score import Scores
from vermeil.evaluate.significance import difference, holm

LEVEL, LOW, HIGH = 0.05, 0.04, 0.06
SCATTER = 0.02
"""Standard deviation of a system's skill from seed to seed."""
RESAMPLES = 1000
FAMILY = 5


def chance(rounds: int = 1000, count: int = 300, seed: int = 11) -> Seen:
    """L5: `rounds` null simulations of each kind, on `count` texts.

    Texts alone, one seed: bootstrap and randomisation. Documents: texts of a document are hard or easy together.
    Texts and seeds: skill scatters from seed to seed. A family: five strategies no better than the baseline.
    """
    rng = np.random.default_rng(seed)
    hits = dict.fromkeys(("bootstrap", "randomisation", "documents", "three seeds", "five seeds", "family"), 0)
    for number in range(rounds):
        gold = rng.poisson(1.6, count)
        one = difference([_system(rng, gold)], [_system(rng, gold)], resamples=RESAMPLES, seed=number)
        hits["bootstrap"] += one.p < LEVEL
        hits["randomisation"] += one.p_swap < LEVEL
        hits["documents"] += _by_document(rng, number, count) < LEVEL
        for seeds, name in ((3, "three seeds"), (5, "five seeds")):
            a, b = ([_system(rng, gold, rng.normal(0, SCATTER)) for _ in range(seeds)] for _ in "ab")
            found = difference(a, b, over="texts and seeds", resamples=RESAMPLES, seed=number)
            hits[name] += found.p < LEVEL
        base = [_system(rng, gold)]
        family = [difference([_system(rng, gold)], base, resamples=RESAMPLES, seed=number).p for _ in range(FAMILY)]
        hits["family"] += min(holm(family)) < LEVEL
    rates = {name: found / rounds for name, found in hits.items()}
    said = ", ".join(f"{name} {100 * rate:.1f} %" for name, rate in rates.items())
    exact = all(LOW <= rates[name] <= HIGH for name in ("bootstrap", "randomisation", "documents"))
    careful = all(rates[name] <= HIGH for name in ("three seeds", "five seeds", "family"))
    return Seen(f"{rounds:,} null simulations of {count} texts, at 5 %: {said}", exact and careful, rates)


def _by_document(rng: np.random.Generator, number: int, count: int) -> float:
    documents = count // 6
    hard, names = rng.normal(0, 0.15, documents), [f"d{text % documents}" for text in range(count)]
    gold = rng.poisson(1.6, count)
    a, b = (_system(rng, gold, np.resize(hard + rng.normal(0, 0.1, documents), count), names) for _ in "ab")
    return difference([a], [b], resamples=RESAMPLES, seed=number).p


def _system(
    rng: np.random.Generator, gold: np.ndarray, easier: float | np.ndarray = 0.0, documents: list[str] | None = None
) -> Scores:
    """A system that finds each label with a chance of 80 % (and `easier`), and invents some."""
    right = rng.binomial(gold, np.clip(0.8 + easier, 0.01, 0.99))
    found = right + rng.binomial(2, 0.15, len(gold))
    counts = tuple(Counts(int(r), int(f), int(g)) for r, f, g in zip(right, found, gold, strict=True))
    return Scores({}, {}, counts, tuple(documents or [""] * len(gold)))
