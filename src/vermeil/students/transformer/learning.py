"""How a network computes while it learns: without padding where it can, in which precision, with which dropout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import torch
from transformers import PreTrainedModel

from vermeil.students.transformer.batches import by_length, in_parts
from vermeil.students.transformer.device import computes_bfloat16
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.settings import TransformerSettings
from vermeil.students.transformer.tensors import padded
from vermeil.students.transformer.unpadded import can_go_unpadded, unpadded, unpadded_attention, unpadded_places

UNPADDED = 4096
"""Pieces computed at once without padding: a whole batch of sentences; more only takes more memory."""

PADDED = {"cpu": 384, "cuda": 8192}
"""Pieces computed at once with padding: few, where padding costs most; many, where starting a kernel does."""


POOLED = 1024
"""The same on a CPU where the network makes one vector of each row: of sentences, 384 pieces took two fifths more time,
and rows without padding (each with its own first piece) a tenth more."""


class Learning:
    """The forward pass of learning.

    Args:
        padding: the piece that fills short rows.
        seed: of dropout.
    """

    def __init__(
        self,
        network: PreTrainedModel,
        head: Head,
        settings: TransformerSettings,
        device: torch.device,
        *,
        padding: int,
        seed: int,
    ) -> None:
        self._network, self._head, self._settings, self._device = network, head, settings, device
        self._padding, self._seed = padding, seed
        self._unpadded = device.type == "cpu" and can_go_unpadded(network) and not head.pools

    def parts(self, rows: Sequence[Row]) -> list[list[Row]]:
        """The rows of a batch, in parts that are computed one after the other."""
        if self._unpadded:
            return in_parts(rows, UNPADDED)
        budget = PADDED.get(self._device.type, PADDED["cuda"])
        return by_length(rows, max(budget, POOLED) if self._head.pools else budget)

    def logits(self, part: Sequence[Row]) -> torch.Tensor:
        """Of all units of the part, row by row."""
        if self._unpadded:
            logits: torch.Tensor = self._network(**unpadded(part, self._network, self._device)).logits
            return logits[0, unpadded_places(part)].float()
        found = self._network(**padded(part, self._padding, self._device)).logits.float()
        units: torch.Tensor = self._head.units(found, part)
        return units

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """The precision of learning and, where it is on, dropout with random numbers of its own for each step."""
        dropout, precision = self._settings.dropout, self._settings.precision
        low = precision == "bfloat16" or (precision == "auto" and computes_bfloat16(self._device))
        devices = [self._device] if self._device.type == "cuda" else []
        with (
            unpadded_attention(self._network) if self._unpadded else nullcontext(),
            torch.autocast(self._device.type, torch.bfloat16, enabled=low),
            torch.random.fork_rng(devices, enabled=dropout),
        ):
            if dropout:
                torch.manual_seed(self._seed * 1_000_003 + number)
            self._network.train(dropout)
            try:
                yield
            finally:
                self._network.train(False)
