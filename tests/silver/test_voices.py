"""Rates of naming are found out of spans that somebody named, and agreement says as much as it should."""

from __future__ import annotations

import random

import numpy as np
import pytest

from vermeil.data import Dataset, Example, Span
from vermeil.silver.merging import merge_teachers
from vermeil.silver.voices import uncounted

WORDS = 8


def test_of_two_teachers_it_is_the_estimate_of_lincoln_and_petersen():
    counted, first, second = 100_000, 0.6, 0.7  # of the counted spans; both named 0.3 of them
    rates, some = uncounted(np.array([[first], [second]]), np.ones((1, 2)), np.ones(1), counted)
    there = counted * first * counted * second / (counted * (first + second - 1))
    assert counted / some[0] == pytest.approx(there, rel=1e-3)
    assert rates[:, 0] == pytest.approx([counted * first / there, counted * second / there], rel=1e-3)


def test_planted_rates_are_found_whoever_was_asked():
    rng, planted = np.random.default_rng(0), np.array([0.5, 0.2, 0.3])
    groups = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1]])
    asked = groups[rng.integers(3, size=60_000)]
    named = (rng.random(asked.shape) < planted) & (asked == 1)
    asked, named = asked[named.any(axis=1)], named[named.any(axis=1)]
    shares = named.sum(axis=0) / asked.sum(axis=0)
    weights = np.array([(asked == group).all(axis=1).mean() for group in groups])
    rates, _ = uncounted(shares[:, None], groups.astype(float), weights, len(asked))
    assert rates[:, 0] == pytest.approx(planted, abs=0.02)
    assert (shares > planted + 0.1).all()  # what is seen among the counted is far too high


def test_without_a_span_every_rate_is_as_likely_and_without_agreement_none_is_zero():
    rates, some = uncounted(np.array([[0.5], [0.5]]), np.ones((1, 2)), np.ones(1), counted=0)
    assert (rates[:, 0] == pytest.approx([0.5, 0.5]), some[0] == pytest.approx(0.75)) == (True, True)
    rates, _ = uncounted(np.array([[0.5], [0.5]]), np.ones((1, 2)), np.ones(1), counted=20)
    assert 0.05 < rates[0, 0] < 0.3


@pytest.mark.parametrize(("teachers", "finds", "invents", "true"), [(2, 0.6, 0.05, 0.04), (3, 0.6, 0.05, 0.05)])
def test_what_teachers_agree_on_is_believed_though_most_of_what_each_names_is_wrong(teachers, finds, invents, true):
    rng, truth = random.Random(1), {}
    said = {f"teacher {number}": [] for number in range(teachers)}
    for number in range(2400):
        text = " ".join(f"w{number}x{place}" for place in range(WORDS))
        places = [(start, start + len(word)) for word, start in ((w, text.index(w)) for w in text.split())]
        real = [rng.random() < true for _ in places]
        truth[text] = tuple(Span(*place, "X") for place, right in zip(places, real, strict=True) if right)
        for name, labelled in said.items():
            named = [rng.random() < (finds if right else invents) for right in real]
            spans = tuple(Span(*place, "X") for place, is_named in zip(places, named, strict=True) if is_named)
            labelled.append(Example(text, spans, source=name))
    gold = Dataset(tuple(Example(text, truth[text]) for text in list(truth)[:1200]))
    merged = merge_teachers({name: Dataset(tuple(labelled)) for name, labelled in said.items()}, gold).silver
    votes = [(vote, vote.span in truth[example.text]) for example in merged[1200:] for vote in example.votes]
    for voters in range(1, teachers + 1):
        alike = [(vote.score, right) for vote, right in votes if len(vote.voters) == voters]
        scores, right = (np.mean([each[side] for each in alike]) for side in (0, 1))
        assert scores == pytest.approx(right, abs=0.12), voters
    all_agree = [right for vote, right in votes if len(vote.voters) == teachers]
    assert sum(all_agree) / len(all_agree) > 0.7
    kept = {(example.text, span) for example in merged[1200:] for span in example.labels}
    assert all(
        (example.text, v.span) in kept for example in merged[1200:] for v in example.votes if len(v.voters) == teachers
    )
