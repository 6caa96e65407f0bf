"""What can be set for a transformer student, and the defaults, each with the measurement behind it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vermeil.data import Kind
from vermeil.settings import Settings


class TransformerSettings(Settings):
    """Everything that changes what a transformer student learns or predicts, apart from its encoder and seed.

    Args:
        kind: what its labels are; it decides which head the encoder gets.
        words: what carries a tag: the tokenizer's own words, or the data's tokens where the data has them.
        window: pieces that the model sees at once, special ones included; never more than the model allows.
        overlap: pieces that two neighbouring windows share, at most half a window.
        learning_rate: the peak, unless the stage sets its own.
        head_rate: the new layer on top learns at so many times that rate; at 10, F1 after 160 steps of 8 demo
            sentences was 1.5 to 2 points above that at 1 (two seeds).
        warmup: share of a stage's steps in which the rate climbs to its peak; it falls in a line from there.
        weight_decay: on weights of the encoder's layers; biases, norms and embeddings have none.
        clip: the largest norm of a step's gradient.
        dropout: the encoder's own dropout rates while learning; off, because it costs a quarter of the time.
        train_embeddings: also learn the table of word pieces, half of the parameters of a small encoder; off, because
            a step then takes a fifth to a third less time, and F1 is the same.
        decoding: viterbi finds the likeliest legal sequence of tags; argmax takes each word for itself and begins a
            new span at an I- tag that continues nothing, as transformers' pipeline does. After 190 steps of 16 CoNLL
            sentences viterbi's F1 was 81.0 and argmax's 78.2; after 60 steps, 60.9 and 55.9.
        precision: auto is bfloat16 for learning where the processor computes in it, float32 elsewhere.
        device: a torch device such as "cpu" or "cuda:1"; auto is a GPU where there is one.
    """

    kind: Kind = "spans"
    words: Literal["tokenizer", "data"] = "tokenizer"
    window: Annotated[int, Field(ge=8)] = 512
    overlap: Annotated[int, Field(ge=0)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-4
    head_rate: Annotated[float, Field(gt=0)] = 10.0
    warmup: Annotated[float, Field(ge=0, le=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    clip: Annotated[float, Field(gt=0)] = 1.0
    dropout: bool = False
    train_embeddings: bool = False
    decoding: Literal["viterbi", "argmax"] = "viterbi"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: str = "auto"
