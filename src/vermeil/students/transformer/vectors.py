"""Texts as vectors: the mean of what an encoder makes of their pieces, before it has learnt anything here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import normalize

from vermeil.students.transformer.batches import by_length
from vermeil.students.transformer.device import device_named
from vermeil.students.transformer.encoder import find_encoder
from vermeil.students.transformer.heads.words import Words
from vermeil.students.transformer.network import longest_window, read_network, read_tokenizer
from vermeil.students.transformer.rows import Row, special_pieces
from vermeil.students.transformer.safety import weights_sha256
from vermeil.students.transformer.tensors import padded

LONGEST = 256
"""Pieces of a text that count; so many are what the embedded encoder was made to embed."""

_BUDGET = 2048  # pieces computed at once


class Vectors:
    """An encoder that embeds texts; equal calls give equal bits on a CPU."""

    def __init__(self, encoder: str) -> None:
        folder = find_encoder(encoder)
        network, tokenizer = read_network(folder, Words(["none"]), 0, trained=False), read_tokenizer(folder)
        self._device = device_named("auto")
        self._size = int(network.config.hidden_size)
        self._network = network.base_model.train(False).to(self._device)
        self._tokenizer = tokenizer.backend_tokenizer
        self._padding = int(tokenizer.pad_token_id or 0)
        self._before, self._after = special_pieces(self._tokenizer)
        self._room = longest_window(network, tokenizer, LONGEST) - len(self._before) - len(self._after)
        self._encoder = {"name": encoder, "sha256": weights_sha256(folder)}

    @property
    def settings(self) -> Mapping[str, Any]:
        """Which encoder it is, for the run record."""
        return self._encoder

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text: a vector of length 1, or zeros where there is no piece in the text."""
        rows = [self._row(number, text) for number, text in enumerate(texts)]
        found = np.zeros((len(rows), self._size), np.float32)
        with _threads(1 if len(rows) == 1 else torch.get_num_threads()):
            for group in by_length([row for row in rows if row.ids], _BUDGET):
                found[[row.example for row in group]] = self._computed(group)
        return found

    def _row(self, number: int, text: str) -> Row:
        # half a surrogate pair has no UTF-8 form, so that no tokenizer takes it
        plain = text.encode("utf-8", "replace").decode()
        ids = self._tokenizer.encode(plain, add_special_tokens=False).ids[: self._room]
        return Row(number, (*self._before, *ids, *self._after) if ids else (), (), (), ())

    @torch.inference_mode()
    def _computed(self, group: Sequence[Row]) -> NDArray[np.float32]:
        inputs = padded(group, self._padding, self._device)
        pieces = self._network(**inputs).last_hidden_state.float()
        counts = inputs["attention_mask"].unsqueeze(-1)
        return np.asarray(normalize((pieces * counts).sum(1) / counts.sum(1)).cpu().numpy())


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """For one short text, threads wait for each other longer than they compute: 40 ms became 170 on two busy cores."""
    usual = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(usual)
