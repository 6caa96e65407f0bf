"""Groups of rows as torch reads them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from vermeil.students.transformer.batches import inputs, word_places
from vermeil.students.transformer.rows import Row


def padded(group: Sequence[Row], padding: int, device: torch.device) -> dict[str, torch.Tensor]:
    """What the model is called with; padding goes to the right."""
    return {name: torch.from_numpy(values).to(device) for name, values in inputs(group, padding).items()}


def word_logits(logits: torch.Tensor, group: Sequence[Row]) -> torch.Tensor:
    """The logits of all words of the group, row by row."""
    rows, places = (torch.from_numpy(numbers).to(logits.device) for numbers in word_places(group))
    return logits[rows, places].float()
