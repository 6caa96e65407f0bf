"""How silver words are learnt where they are treated otherwise than gold ones: beliefs, doubts, and their loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from vermeil.data import Example
from vermeil.silver.treatment import Treatment
from vermeil.silver.words import Places
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.rows import Row

KEPT = 20_000
"""Examples whose beliefs are kept, as their rows are; about 1 kB each."""


class _Words(NamedTuple):
    """Of the words of an example: how much each counts, and how likely each tag is; None where only its own is."""

    weights: NDArray[np.float32]
    soft: NDArray[np.float32] | None


class SilverWords:
    """A treatment, as a transformer carries it out.

    Args:
        places: the words of an example, as the student cuts them.
        first: the number of the student's next step.
    """

    def __init__(
        self,
        treatment: Treatment,
        head: Head,
        places: Callable[[Example], Places],
        device: torch.device,
        first: int,
    ) -> None:
        self._settings, self._trust = treatment.settings, treatment.trust
        self._head, self._places, self._device = head, places, device
        self._asks_from = first + treatment.asks_from
        self._believed = lru_cache(KEPT)(self._judged)
        self._given: torch.Tensor | None = None
        if self._settings.use == "correct" and self._trust and self._trust.errors:
            self._given = torch.tensor(self._trust.errors.given, dtype=torch.float32, device=device).log()
        self.left_out = Counter[str]()

    def weights(self, group: Sequence[Row], batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Of the words of silver rows: how much they count, and their soft targets, where there are any."""
        found = [self._believed(batch[row.example]) for row in group]
        chosen = [np.array(row.words, np.intp) for row in group]
        weights = np.concatenate([each.weights[words] for each, words in zip(found, chosen, strict=True)])
        soft = [each.soft[words] for each, words in zip(found, chosen, strict=True) if each.soft is not None]
        targets = torch.from_numpy(np.concatenate(soft)).to(self._device) if soft else None
        return torch.from_numpy(weights).to(self._device), targets

    def asks(self, step: int) -> bool:
        """Whether the student's disagreement counts in that step."""
        return bool(self._settings.disagreement) and step >= self._asks_from

    def doubtful(self, logits: torch.Tensor, tags: torch.Tensor, group: Sequence[Row]) -> torch.Tensor:
        """Which words of silver rows to leave out, because silver differs from what the student finds."""
        found, silver = logits.argmax(dim=1).tolist(), tags.clamp(min=0).tolist()
        doubted = torch.zeros(len(found), dtype=torch.bool)
        start = 0
        for row in group:
            words = range(start, start := start + len(row.words))
            for kind, number in self._head.differences(*([each[word] for word in words] for each in (found, silver))):
                if any(part in self._settings.disagreement for part in kind.split(" and ")):
                    doubted[words[number]] = True
                    self.left_out[kind] += 1
        return doubted.to(self._device)

    def losses(self, logits: torch.Tensor, tags: torch.Tensor, soft: torch.Tensor | None) -> torch.Tensor:
        """The loss of each word, before its weight."""
        logs = functional.log_softmax(logits, dim=1)
        if self._given is not None:  # what the teacher would say, by what is true
            given = self._given
            each = logs.reshape(-1, len(given), logs.shape[1])  # rows x sorts of units x tags
            logs = torch.logsumexp(each[..., None] + given, dim=2).reshape(logs.shape)
        q, smoothing = self._settings.generalised, self._settings.smoothing
        costs = -torch.expm1(q * logs) / q if q else -logs
        wanted = functional.one_hot(tags.clamp(min=0), logits.shape[1]).float() if soft is None else soft
        return (((1 - smoothing) * wanted + smoothing / logits.shape[1]) * costs).sum(dim=1)

    def _judged(self, example: Example) -> _Words:
        places = self._places(example)
        if self._trust is None or self._settings.use == "correct":
            return _Words(np.ones(len(places), np.float32), None)
        belief = self._trust.belief(example, places)
        if self._settings.use == "soft":
            return _Words(np.ones(len(places), np.float32), belief.rows.astype(np.float32))
        right = belief.right >= 0.5 if self._settings.use == "mask" else belief.right
        return _Words(right.astype(np.float32), None)
