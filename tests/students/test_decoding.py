"""Tags are decided as IOB2 allows, and so that no legal tagging is likelier; many texts at once as each alone."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.students.transformer import decoding
from vermeil.students.transformer.decoding import likeliest, likeliest_legal, log_probabilities, scores_of


def is_legal(tags):
    """Spelt out tag by tag: an I- tag follows the B- or I- tag of its own label."""
    return all(tag == 0 or tag % 2 or before in (tag, tag - 1) for before, tag in zip([0, *tags], tags, strict=False))


def probabilities(seed, words, labels=2):
    logits = np.random.default_rng(seed).normal(size=(words, 1 + 2 * labels), scale=2)
    return log_probabilities(logits.astype(np.float32))


def alone(known):
    return likeliest_legal(known, np.array([len(known)])).tolist()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), words=st.integers(1, 5))
def test_the_tagging_is_the_likeliest_of_all_legal_ones(seed, words):
    known = probabilities(seed, words)
    legal = [tags for tags in product(range(5), repeat=words) if is_legal(tags)]
    best = max(sum(known[i, tag] for i, tag in enumerate(tags)) for tags in legal)
    found = alone(known)
    assert is_legal(found)
    assert sum(known[i, tag] for i, tag in enumerate(found)) == pytest.approx(best, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), lengths=st.lists(st.integers(0, 40), max_size=12), few=st.booleans())
def test_many_texts_together_are_tagged_as_each_alone(seed, lengths, few):
    known = probabilities(seed, sum(lengths), labels=4)
    cells = decoding._CELLS
    decoding._CELLS = 100 if few else cells
    try:
        together = likeliest_legal(known, np.array(lengths, np.intp)).tolist()
    finally:
        decoding._CELLS = cells
    separate, start = [], 0
    for length in lengths:
        separate += alone(known[start : start + length])
        assert is_legal(separate[start:])
        start += length
    assert together == separate


def test_a_score_is_the_probability_of_the_tag():
    known = probabilities(3, 20, labels=4)
    tags = likeliest_legal(known, np.array([20]))
    assert scores_of(known, tags) == pytest.approx([np.exp(known[i, tag]) for i, tag in enumerate(tags)])
    assert np.exp(known).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_name_is_not_broken_where_one_of_its_words_leans_to_another_label():
    # words x (O, B-PER, I-PER, B-ORG, I-ORG): "Ada" is a person, "Lovelace" a little more an organisation's I-
    known = np.log(np.array([[0.05, 0.9, 0.02, 0.02, 0.01], [0.1, 0.02, 0.4, 0.03, 0.45]], dtype=np.float32))
    assert likeliest(known).tolist() == [1, 4]
    assert alone(known) == [1, 2]


def test_no_words_have_no_tags():
    nothing = np.zeros((0, 5), np.float32)
    assert likeliest_legal(log_probabilities(nothing), np.zeros(3, np.intp)).tolist() == []
