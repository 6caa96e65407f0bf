"""What each word costs: the one place that turns logits and labels into a loss, word by word.

It knows of each word whose label it is, gold or silver, and how much it counts. How silver is treated otherwise than
gold (weights, masks, soft targets, smoothing, another loss) comes in here, out of `silver.py`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import torch
from torch.nn import functional

from vermeil.data import GOLD, Example
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.silver import SilverWords
from vermeil.students.transformer.tags import IGNORED


class Targets(NamedTuple):
    """What is to be learnt from the words of a group, row by row; one element for each word.

    Args:
        tags: the number of its tag, or `IGNORED`.
        silver: whether an LLM gave it.
        weights: how much it counts; 0 where its tag is `IGNORED`.
        soft: how likely each tag is, for the silver words alone; None where their tags are taken as they are.
    """

    tags: torch.Tensor
    silver: torch.Tensor
    weights: torch.Tensor
    soft: torch.Tensor | None = None


def targets(
    group: Sequence[Row], batch: Sequence[Example], device: torch.device, treated: SilverWords | None = None
) -> Targets:
    """The targets of a group of rows of the batch; every word counts alike, but for silver ones that are treated."""
    tags = torch.tensor(list(chain.from_iterable(row.tags for row in group)), device=device)
    silver = [batch[row.example].source != GOLD for row in group for _ in row.tags]
    shares = torch.tensor([row.share for row in group for _ in row.tags], device=device)
    plain = Targets(tags, torch.tensor(silver, device=device), (tags != IGNORED).float() * shares)
    if treated is None or not any(silver):
        return plain
    weights, soft = treated.weights(silver_rows(group, batch), batch)
    plain.weights[plain.silver] *= weights
    return plain._replace(soft=soft)


def silver_rows(group: Sequence[Row], batch: Sequence[Example]) -> list[Row]:
    """Those of the group that an LLM labelled, in its order."""
    return [row for row in group if batch[row.example].source != GOLD]


def without_doubtful(
    logits: torch.Tensor, wanted: Targets, group: Sequence[Row], batch: Sequence[Example], treated: SilverWords
) -> Targets:
    """The same targets, less the silver words on which the student disagrees in a way that counts."""
    if not wanted.silver.any():
        return wanted
    weights, ours = wanted.weights.clone(), wanted.silver
    doubted = treated.doubtful(logits.detach()[ours], wanted.tags[ours], silver_rows(group, batch))
    weights[ours] = weights[ours].masked_fill(doubted, 0.0)
    return wanted._replace(weights=weights)


def word_losses(logits: torch.Tensor, wanted: Targets, treated: SilverWords | None = None) -> torch.Tensor:
    """The loss of each word, with its weight; a step follows their sum, divided by the sum of the batch's weights."""
    losses = functional.cross_entropy(logits, wanted.tags, ignore_index=IGNORED, reduction="none")
    if treated is not None and wanted.silver.any():
        ours = wanted.silver
        losses = losses.index_put((ours,), treated.losses(logits[ours], wanted.tags[ours], wanted.soft))
    return losses * wanted.weights
