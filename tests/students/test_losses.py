"""One place knows what a word costs, whose label it is and how much it counts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vermeil.data import Example, Span
from vermeil.students.transformer.losses import targets, word_losses
from vermeil.students.transformer.student import Transformer

BATCH = [
    Example("Lima Limas", (Span(5, 9, "LOC"),)),  # cuts a word: nothing to learn from it
    Example("Alice flew", (Span(0, 5, "PER"),), source="scripted:x"),
]


def test_each_word_knows_its_tag_its_source_and_its_weight(tiny_encoder: Path):
    learner = Transformer(tiny_encoder, ["PER", "LOC"])
    rows = [row for number, each in enumerate(BATCH) for row in learner._reader.learnt(number, each)]
    wanted = targets(rows, BATCH, torch.device("cpu"))
    assert wanted.tags.tolist() == [0, -100, 1, 0]
    assert wanted.silver.tolist() == [False, False, True, True]
    assert wanted.weights.tolist() == [1, 0, 1, 1]


def test_a_word_without_a_weight_costs_nothing():
    logits = torch.tensor([[0.0, 2.0], [0.0, 2.0], [0.0, 2.0]])
    wanted = targets([], [], torch.device("cpu"))._replace(
        tags=torch.tensor([0, 0, -100]), weights=torch.tensor([1.0, 0.5, 0.0])
    )
    whole, half, nothing = word_losses(logits, wanted).tolist()
    assert whole == pytest.approx(2.1269, abs=1e-3)
    assert (half, nothing) == (pytest.approx(whole / 2), 0)
