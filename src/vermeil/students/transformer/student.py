"""The transformer student: an encoder with a head for the kind of labels that it learns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from vermeil.data import Example, Kind, Span
from vermeil.errors import VermeilError
from vermeil.settings import check
from vermeil.silver.treatment import Treatment
from vermeil.students._card import Card
from vermeil.students._labels import checked
from vermeil.students.base import State
from vermeil.students.transformer import saved
from vermeil.students.transformer.device import device_named
from vermeil.students.transformer.encoder import find_encoder
from vermeil.students.transformer.heads import Head, head_for
from vermeil.students.transformer.learning import Learning
from vermeil.students.transformer.losses import targets, without_doubtful, word_losses
from vermeil.students.transformer.network import longest_window, read_network, read_tokenizer
from vermeil.students.transformer.reader import Reader
from vermeil.students.transformer.rows import Row
from vermeil.students.transformer.safety import weights_sha256
from vermeil.students.transformer.settings import TransformerSettings
from vermeil.students.transformer.silver import SilverWords
from vermeil.students.transformer.stage import Stage, array_of
from vermeil.students.transformer.tagging import Tagger
from vermeil.students.transformer.tensors import padded

KEPT_ROWS = 20_000
"""Examples whose rows are kept, so that they are cut once; about 50 MB of sentences."""

PREDICTION_BUDGET = 2048
"""Pieces computed at once in prediction."""

_WEIGHT = "weight of "


class Transformer:
    """Any Hugging Face encoder with a fast tokenizer, taught to tag words, or to say the class or classes of a text.

    The first piece of a word carries its tag; what the windows of a long text say of its classes is averaged.

    Equal seeds, batches and thread counts give equal bits on a CPU. `transformers.pipeline("token-classification",
    folder, aggregation_strategy="first")` reads a saved folder. For texts that fit one window it gives the same
    entities where `decoding` is "argmax" and the tokenizer is of BERT's kind (WordPiece): it knows no other decoding,
    and for other tokenizers it takes spaces for word bounds. A model of classes is read by
    `pipeline("text-classification", folder)`, with the same scores for texts that fit one window.

    Args:
        encoder: "minilm" (embedded), a folder, or an id on the model hub.
        labels: the label names that it learns.
        seed: of the new head's weights and of dropout.
    """

    def __init__(
        self, encoder: str | Path, labels: Sequence[str], *, seed: int = 0, settings: TransformerSettings | None = None
    ) -> None:
        chosen = settings or TransformerSettings()
        labels, folder = checked(labels, chosen.kind), find_encoder(str(encoder))
        head = head_for(chosen.kind, labels, legal=chosen.decoding == "viterbi")
        network, tokenizer = read_network(folder, head, seed, trained=False), read_tokenizer(folder)
        made_of = {
            "encoder": str(encoder),
            "encoder_sha256": weights_sha256(folder),
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "seed": seed,
        }
        self._assemble(network, tokenizer, Card("transformer", labels, made_of | chosen.model_dump()), chosen, head)

    @classmethod
    def load(cls, folder: Path, card: Card) -> Transformer:
        """The saved student of a folder; see `vermeil.students.load`."""
        fields = {key: value for key, value in card.settings.items() if key in TransformerSettings.model_fields}
        chosen = check(fields, TransformerSettings, str(folder / "vermeil.json"))
        student = cls.__new__(cls)
        head = head_for(chosen.kind, checked(card.labels, chosen.kind), legal=chosen.decoding == "viterbi")
        student._assemble(*saved.read(folder, head), card, chosen, head)
        return student

    def _assemble(
        self,
        network: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        card: Card,
        chosen: TransformerSettings,
        head: Head,
    ) -> None:
        self._card, self._chosen, self._head, self._tokenizer = card, chosen, head, tokenizer
        self._device = device_named(chosen.device)
        self._network: PreTrainedModel = network.train(False)
        self._network.to(self._device)
        self._network.get_input_embeddings().requires_grad_(chosen.train_embeddings)
        tokenizer.model_max_length = window = longest_window(network, tokenizer, chosen.window)
        self._reader = Reader(
            tokenizer.backend_tokenizer,
            card.labels,
            head,
            window=window,
            overlap=chosen.overlap,
            data_words=chosen.words == "data",
        )
        self._tagger = Tagger(self._reader, head, self._unit_logits, budget=PREDICTION_BUDGET)
        self._padding = int(tokenizer.pad_token_id or 0)
        seed = int(card.settings["seed"])
        self._learning = Learning(self._network, head, chosen, self._device, padding=self._padding, seed=seed)
        self._rows = lru_cache(KEPT_ROWS)(lambda example: self._reader.learnt(0, example))
        self._stage: Stage | None = None
        self._silver: SilverWords | None = None
        self._steps = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The label names that it can give."""
        return self._card.labels

    @property
    def kind(self) -> Kind:
        """What its labels are."""
        return self._chosen.kind

    @property
    def settings(self) -> Mapping[str, Any]:
        """Encoder, the sha256 of its weights, its size, the seed and every field of `TransformerSettings`."""
        return self._card.settings

    @property
    def network(self) -> PreTrainedModel:
        """What computes the logits of each piece; to be exported, not changed."""
        return self._network

    def treat_silver(self, treatment: Treatment | None) -> None:
        """Learn from silver in this way from here on; None takes it as it is."""
        self._silver = None
        if treatment is not None:
            self._silver = SilverWords(treatment, self._head, self._reader.places, self._device, self._steps)

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many silver words were left out for disagreement, by kind, since silver is treated so."""
        return dict(self._silver.left_out) if self._silver else {}

    def start_stage(self, steps: int, learning_rate: float | None = None) -> None:
        """Begin a stretch of `steps` optimiser steps with a fresh optimiser and warm-up."""
        self._stage = Stage(self._network, steps, learning_rate, self._chosen)

    def learn(self, batch: Sequence[Example]) -> float:
        """One optimiser step on the mean loss over all units of the batch: its words, or its texts."""
        if self._stage is None:
            raise VermeilError("learn() came before start_stage(); start a stage first")
        rows = [row._replace(example=number) for number, each in enumerate(batch) for row in self._rows(each)]
        parts, treated = self._learning.parts(rows), self._silver
        wanted = [targets(part, batch, self._device, treated) for part in parts]
        count = sum((each.weights.sum() for each in wanted), torch.zeros((), device=self._device)).clamp(min=1e-9)
        total = torch.zeros((), device=self._device)
        self._stage.start_step()
        with self._learning.step(self._steps):
            for part, each in zip(parts, wanted, strict=True):
                logits = self._learning.logits(part)
                if treated is not None and treated.asks(self._steps):
                    each = without_doubtful(logits, each, part, batch, treated)
                loss = word_losses(logits, each, treated).sum() / count
                loss.backward()  # type: ignore[no-untyped-call]
                total += loss.detach()
        self._stage.finish_step()
        self._steps += 1
        return float(total)

    def predict(
        self, examples: Sequence[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[Span, ...]]:
        """Labels for each text, in the order of the examples; a span's score is the mean probability of its words.

        Computed in float32 unless `precision` is "bfloat16": then which texts share a batch changes no score by
        more than 1e-5.
        """
        return [spans for _, spans in self.stream(examples, on_done)]

    def stream(
        self, examples: Iterable[Example], on_done: Callable[[int], None] = lambda count: None
    ) -> Iterator[tuple[Example, tuple[Span, ...]]]:
        """The same for texts that need not fit in memory: each example with its labels, in order."""
        return self._tagger.stream(examples, on_done)

    def probabilities(self, examples: Sequence[Example]) -> list[dict[str, float]]:
        """How likely each class is, for each text, also those that `predict` doesn't give; of a blank text, none."""
        return self._tagger.probabilities(examples)

    def unreachable(self, examples: Sequence[Example]) -> list[tuple[Example, Span]]:
        """The labels that this student can neither learn nor give: spans that begin or end inside a word.

        The words that they touch are left out of the loss.
        """
        return [(example, span) for example in examples for span in self._reader.unreachable(example)]

    def save(self, folder: Path, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write the student into a folder, whole or not at all, with more files `beside` it (name to text)."""
        saved.write(Path(folder), self._network, self._tokenizer, self._card, beside)

    def state(self) -> State:
        """The weights that learn, and the optimiser's memory of the stage; the rest is the encoder's."""
        arrays = {f"{_WEIGHT}{name}": array_of(each) for name, each in self._learning_parameters().items()}
        values: dict[str, Any] = {"steps": self._steps}
        if self._silver is not None:
            values["left_out"] = dict(self._silver.left_out)
        if self._stage is not None:
            stage = self._stage.state()
            arrays |= stage.arrays
            values["stage"] = dict(stage.values)
        return State(arrays, values)

    def restore(self, state: State) -> None:
        """Stand where a student of the same encoder and settings stood."""
        own = self._learning_parameters()
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.tensor(state.arrays[f"{_WEIGHT}{name}"]))
        self._steps, self._stage = state.values["steps"], None
        if self._silver is not None:
            self._silver.left_out = Counter(state.values.get("left_out", {}))
        if stage := state.values.get("stage"):
            self._stage = Stage(self._network, stage["steps"], stage["peak"], self._chosen)
            moments = {key: array for key, array in state.arrays.items() if not key.startswith(_WEIGHT)}
            self._stage.restore(State(moments, stage))

    def _learning_parameters(self) -> dict[str, torch.nn.Parameter]:
        return {name: each for name, each in self._network.named_parameters() if each.requires_grad}

    @torch.inference_mode()
    def _unit_logits(self, group: Sequence[Row]) -> NDArray[np.float32]:
        """Units x tags, row by row."""
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._chosen.precision == "bfloat16"):
            logits = self._network(**padded(group, self._padding, self._device)).logits
        return np.asarray(self._head.units(logits.float(), group).cpu().numpy())
