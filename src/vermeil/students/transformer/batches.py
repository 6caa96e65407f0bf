"""Rows of like length side by side, so that little padding is computed."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from vermeil.students.transformer.rows import Row


def by_length(rows: Sequence[Row], budget: int) -> list[list[Row]]:
    """Groups of rows of like length, the longest first, of at most `budget` pieces with padding (or one row)."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: -len(row.ids)):
        if groups and (len(groups[-1]) + 1) * len(groups[-1][0].ids) <= budget:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def padded(group: Sequence[Row], padding: int, device: torch.device) -> dict[str, torch.Tensor]:
    """What the model is called with; padding goes to the right."""
    width = max(len(row.ids) for row in group)
    ids = [[*row.ids, *[padding] * (width - len(row.ids))] for row in group]
    mask = [[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in group]
    return {"input_ids": torch.tensor(ids, device=device), "attention_mask": torch.tensor(mask, device=device)}


def word_logits(logits: torch.Tensor, group: Sequence[Row]) -> torch.Tensor:
    """The logits of all words of the group, row by row."""
    rows = [number for number, row in enumerate(group) for _ in row.places]
    places = [place for row in group for place in row.places]
    return logits[rows, places].float()
