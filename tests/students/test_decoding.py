"""Tags are decided as IOB2 allows, and so that no legal tagging is likelier."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.students.transformer.decoding import likeliest, likeliest_legal


def is_legal(tags):
    """Spelt out tag by tag: an I- tag follows the B- or I- tag of its own label."""
    return all(tag == 0 or tag % 2 or before in (tag, tag - 1) for before, tag in zip([0, *tags], tags, strict=False))


def probabilities(seed, words, labels=2):
    logits = np.random.default_rng(seed).normal(size=(words, 1 + 2 * labels), scale=2)
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), words=st.integers(1, 5))
def test_the_tagging_is_the_likeliest_of_all_legal_ones(seed, words):
    known = probabilities(seed, words)
    legal = [tags for tags in product(range(5), repeat=words) if is_legal(tags)]
    best = max(sum(known[i, tag] for i, tag in enumerate(tags)) for tags in legal)
    found = [tag for _, tag in likeliest_legal(known)]
    assert is_legal(found)
    assert sum(known[i, tag] for i, tag in enumerate(found)) == pytest.approx(best, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), words=st.integers(1, 60))
def test_long_texts_are_tagged_legally_too_with_the_probability_of_each_tag(seed, words):
    known = probabilities(seed, words, labels=4)
    found = likeliest_legal(known)
    assert is_legal([tag for _, tag in found])
    assert [score for score, _ in found] == pytest.approx([np.exp(known[i, tag]) for i, (_, tag) in enumerate(found)])


def test_a_name_is_not_broken_where_one_of_its_words_leans_to_another_label():
    # words x (O, B-PER, I-PER, B-ORG, I-ORG): "Ada" is a person, "Lovelace" a little more an organisation's I-
    known = np.log(np.array([[0.05, 0.9, 0.02, 0.02, 0.01], [0.1, 0.02, 0.4, 0.03, 0.45]], dtype=np.float32))
    assert [tag for _, tag in likeliest(known)] == [1, 4]
    assert [tag for _, tag in likeliest_legal(known)] == [1, 2]
