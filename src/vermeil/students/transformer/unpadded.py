"""Rows of any length through a network without padding: one after the other, each seeing only itself.

Everything in an encoder but attention takes each piece for itself. So the rows of a batch go through as one long row
whose positions begin anew with each text, and attention is computed for the rows of one length at a time. A padded
batch gives the same numbers but for rounding; of 32 sentences of news, padding was two thirds of what was computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from vermeil.students.transformer.network import first_position
from vermeil.students.transformer.rows import Row

FAMILIES = frozenset({"bert", "camembert", "distilbert", "electra", "roberta", "xlm-roberta"})
"""Models, by `model_type`, that mix pieces in attention only, take positions, and were tried (the tests do)."""

_NAME = "vermeil_unpadded"


def can_go_unpadded(network: PreTrainedModel) -> bool:
    """Whether the network is of a family that can be computed so."""
    return network.config.model_type in FAMILIES and not getattr(network.config, "is_decoder", False)


@contextmanager
def unpadded_attention(network: PreTrainedModel) -> Iterator[None]:
    """The network computes what `unpadded` makes, for as long as the block lasts."""
    before = network.config._attn_implementation
    network.set_attn_implementation(_NAME)
    try:
        yield
    finally:
        network.set_attn_implementation(before)


def unpadded(group: Sequence[Row], network: PreTrainedModel, device: torch.device) -> dict[str, Any]:
    """What the network is called with for rows in order of their length."""
    lengths = [len(row.ids) for row in group]
    first = first_position(network)
    positions = chain.from_iterable(range(first, first + length) for length in lengths)
    return {
        "input_ids": torch.tensor([list(chain.from_iterable(row.ids for row in group))], device=device),
        "position_ids": torch.tensor([list(positions)], device=device),
        "blocks": [(len(list(equal)), length) for length, equal in groupby(lengths)],
    }


def unpadded_places(group: Sequence[Row]) -> torch.Tensor:
    """Where the first piece of each word stands in the long row."""
    places, start = [], 0
    for row in group:
        places += [start + place for place in row.places]
        start += len(row.ids)
    return torch.tensor(places, dtype=torch.long)


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    blocks: Sequence[tuple[int, int]],
    dropout: float = 0.0,
    scaling: float | None = None,
    **unused: object,
) -> tuple[torch.Tensor, None]:
    """As transformers calls it, on heads x pieces; `blocks` are numbers of rows and their length."""
    sizes = [count * length for count, length in blocks]
    split = zip(blocks, *(torch.split(tensor[0], sizes, dim=1) for tensor in (query, key, value)), strict=True)
    seen = []
    for block, *parts in split:
        ours, theirs, values = (part.unflatten(1, block).transpose(0, 1) for part in parts)  # rows x heads x pieces
        mixed = scaled_dot_product_attention(ours, theirs, values, dropout_p=dropout, scale=scaling)
        seen.append(mixed.transpose(1, 2).flatten(0, 1))
    return torch.cat(seen)[None], None


AttentionInterface.register(_NAME, _attention)
