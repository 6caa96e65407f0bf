"""Groups of rows as torch reads them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from vermeil.students.transformer.batches import inputs
from vermeil.students.transformer.rows import Row


def padded(group: Sequence[Row], padding: int, device: torch.device) -> dict[str, torch.Tensor]:
    """What the model is called with; padding goes to the right."""
    return {name: torch.from_numpy(values).to(device) for name, values in inputs(group, padding).items()}
