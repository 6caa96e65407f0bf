"""What each word costs: the one place that turns logits and labels into a loss, word by word.

It knows of each word whose label it is, gold or silver, and how much it counts. A way to treat silver otherwise
(weights, masks, smoothing, another loss) belongs here, and nowhere else in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import torch
from torch.nn import functional

from vermeil.data import GOLD, Example
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.tags import IGNORED


class Targets(NamedTuple):
    """What is to be learnt from the words of a group, row by row; one element for each word.

    Args:
        tags: the number of its tag, or `IGNORED`.
        silver: whether an LLM gave it.
        weights: how much it counts; 0 where its tag is `IGNORED`.
    """

    tags: torch.Tensor
    silver: torch.Tensor
    weights: torch.Tensor


def targets(group: Sequence[Row], batch: Sequence[Example], device: torch.device) -> Targets:
    """The targets of a group of rows of the batch; every word counts alike."""
    tags = torch.tensor(list(chain.from_iterable(row.tags for row in group)), device=device)
    silver = [batch[row.example].source != GOLD for row in group for _ in row.tags]
    return Targets(tags, torch.tensor(silver, device=device), (tags != IGNORED).float())


def word_losses(logits: torch.Tensor, wanted: Targets) -> torch.Tensor:
    """The loss of each word, with its weight; a step follows their sum, divided by the sum of the batch's weights."""
    losses = functional.cross_entropy(logits, wanted.tags, ignore_index=IGNORED, reduction="none")
    return losses * wanted.weights
