"""Comparisons as `compare` would give them, without training anything."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log10

import pytest

from vermeil.compare import Comparison, Condition, Result, Row
from vermeil.compare.conditions import Axes
from vermeil.data import Dataset, Example, Span
from vermeil.evaluate.score import score
from vermeil.train.run import Run, Step
from vermeil.train.strategies import STRATEGIES, strategy

SKILL = {"gold-only": 0.6, "silver-only": 0.72, "pooled": 0.74, "silver-then-gold": 0.78, "sigmoid": 0.7}
PEOPLE = ("Ada Ruiz", "Bo Lind", "Chen Wei")
PLACES = ("Lima", "Oslo", "Saint-Malo")
FIRMS = ("Acme", "Northwind Traders")


def texts(count: int, labels: Sequence[str] = ("PER", "LOC", "ORG")) -> Dataset:
    """Sentences of our own, with labels."""
    rng, examples = random.Random(3), []
    for number in range(count):
        words = [rng.choice(names) for names in (PEOPLE, PLACES, FIRMS)]
        text = f"{words[0]} went to {words[1]} to see {words[2]}."
        spans = [Span(text.index(w), text.index(w) + len(w), label) for w, label in zip(words, labels, strict=True)]
        examples.append(Example(text, tuple(spans), document=f"d{number // 5}"))
    return Dataset(tuple(examples), "our-own-test")


def guesses(test: Dataset, skill: float, seed: int) -> tuple[tuple[Span, ...], ...]:
    """Predictions that are right with that chance, and else wrong in every way."""
    rng, predicted = random.Random(seed), []
    labels = test.labels
    for example in test:
        found = []
        for span in example.labels:
            if rng.random() < skill:
                found.append(span)
            elif rng.random() < 0.6:
                wrong = rng.choice(labels)
                found.append(replace(span, label=wrong, end=span.end - rng.choice((0, 1))))
        if rng.random() > 0.9:
            found.append(Span(len(example.text) - 1, len(example.text), rng.choice(labels)))
        predicted.append(tuple(found))
    return tuple(predicted)


def result(strategy: str, seed: int, test: Dataset, skill: float, steps: int, dev: bool) -> Result:
    """One cell, its run by the strategy's own schedule (half silver for a strategy that isn't known)."""
    rng = random.Random(seed)
    stages = STRATEGIES.get(strategy, STRATEGIES["half-and-half"]).resolved(200, 600)
    uses_gold, uses_silver = stages.uses()
    made, number = [], 0
    for stage, count in zip(stages.stages, stages.steps(steps), strict=True):
        for at in range(count):
            planned = stage.schedule(at / max(1, count - 1))
            drawn = min(1, max(0, round(16 * planned + rng.uniform(-0.5, 0.5)) / 16))
            made.append(Step(number, 0, 2.2 / (1 + number / 20) + 0.1 * rng.random(), planned, drawn))
            number += 1
    predicted = guesses(test, skill, seed)
    scores = score(test.examples, predicted)
    return Result(
        Condition(strategy),
        seed,
        scores,
        scores if dev else None,
        Run(tuple(made), 44.0, {}),
        51.0,
        predicted,
        gold=200 * uses_gold,
        silver=600 * uses_silver,
    )


def comparison(
    skill: dict[str, float] = SKILL, *, seeds: int = 1, size: int = 120, steps: int = 60, dev: bool = True, **changes
) -> Comparison:
    """A comparison of these strategies; `changes` replace fields of it."""
    test = changes.pop("test", None) or texts(size)
    rows = tuple(
        Row(Condition(name), tuple(result(name, seed, test, level, steps, dev) for seed in range(seeds)))
        for name, level in skill.items()
    )
    data = {
        kind: {"name": f"{kind}.jsonl", "examples": {"labels": n, "empty": 3}, "labels": 2 * n, "sha256": "ab" * 32}
        for kind, n in (("gold", 197), ("silver", 597), ("test", len(test)))
    }
    made = {
        "command": "vermeil compare study.toml --out results",
        "made": "2030-01-01T00:00:00+00:00",
        "versions": {"python": "3.11.2", "vermeil": "0.1.0"},
        "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
        "settings": {"student": "minilm", "seeds": list(range(seeds)), "train": {"steps": steps, "epochs": None}},
        "strategies": {name: STRATEGIES[name].as_dict() for name in skill if name in STRATEGIES},
        "data": data,
    }
    return replace(Comparison(rows, test, made), **changes)


GAIN = {"strong": 0.2, "weak": -0.04}


def grid(
    strategies: Sequence[str] = ("gold-only", "silver-only", "pooled", "sigmoid"),
    *,
    gold: Sequence[int] = (50, 200, 1000),
    teachers: Sequence[str] = ("strong", "weak"),
    seeds: int = 2,
    size: int = 60,
    others: bool = True,
    dev: bool = True,
    **settings,
) -> Comparison:
    """Strategies by size of gold and teacher, the strong one a help, the weak one a harm; two sets of other labels."""
    test, rows = texts(size), []
    chosen = {name: strategy(name) for name in strategies}
    for number, (at, stages) in enumerate(Axes(teachers=teachers, gold=gold).conditions(chosen).items()):
        skill = 0.2 + 0.15 * log10(at.gold or 20) + GAIN.get(at.teacher, 0) + 0.002 * number
        cells = []
        for seed in range(seeds):
            cell = result(at.strategy, seed, test, skill, 20, dev)
            labels = {"corrected": skill + 0.02, "twice corrected": skill + 0.04} if others else {}
            scored = {name: score(test.examples, guesses(test, level, seed)) for name, level in labels.items()}
            cells.append(replace(cell, condition=at, gold=at.gold or 0, silver=600 * stages.uses()[1], others=scored))
        rows.append(Row(at, tuple(cells)))
    made = {
        "command": "vermeil compare study.toml",
        "settings": {"student": "minilm", "seeds": list(range(seeds)), "gold_sizes": list(gold), **settings},
        "strategies": {name: stages.as_dict() for name, stages in chosen.items()},
    }
    return Comparison(tuple(rows), test, made)


@pytest.fixture(scope="session")
def build_grid() -> Callable[..., Comparison]:
    """The builder of grids itself."""
    return grid


@pytest.fixture(scope="session")
def gridded() -> Comparison:
    """20 rows: four strategies, three sizes of gold, two teachers, prices."""
    return grid(costs={"gold": 0.5, "silver": 0.002, "currency": "EUR"})


@pytest.fixture(scope="session")
def build() -> Callable[..., Comparison]:
    """The builder itself, for tests that want a special one."""
    return comparison


@pytest.fixture(scope="session")
def ordinary() -> Comparison:
    """Five strategies with one seed and a dev set."""
    return comparison()
