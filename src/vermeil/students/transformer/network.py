"""Tokenizer and network from a folder: safetensors only, no code from the folder, no network connection, no noise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from vermeil.errors import ModelError
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.quiet import quiet
from vermeil.students.transformer.safety import check_weights, read_config

_NETWORKS: Mapping[str, Any] = {
    "token-classification": AutoModelForTokenClassification,
    "text-classification": AutoModelForSequenceClassification,
}

_UNLIMITED = 10**6
"""Pieces; tokenizers without a limit say 10**30 or so."""


def read_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The fast tokenizer of a folder, without the truncation and padding that it may have been saved with.

    Raises:
        ModelError: there is none, or only a slow one, which cannot say where a piece stands in the text.
    """
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # whatever a third party's reader raises on a broken file
        raise ModelError(f"{folder}: its tokenizer cannot be read ({_reason(error)})") from None
    if not tokenizer.is_fast:
        raise ModelError(f"{folder}: needs a fast tokenizer (a tokenizer.json), which says where each piece stands")
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def read_network(folder: Path, head: Head, seed: int, *, trained: bool) -> PreTrainedModel:
    """The network of a folder, with outputs for the head: new ones drawn from `seed`, or the trained ones.

    Raises:
        ModelError: the folder is not safe, not whole, or not a model for what the head does.
    """
    read_config(folder)
    check_weights(folder)
    # the state of the user's own random numbers is left as it was
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)
        try:
            network: PreTrainedModel
            network, loading = _NETWORKS[head.task].from_pretrained(
                str(folder),
                id2label=dict(enumerate(head.names)),
                label2id={name: number for number, name in enumerate(head.names)},
                dtype=torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                ignore_mismatched_sizes=not trained,
                output_loading_info=True,
                **head.options,
            )
        except Exception as error:  # whatever a third party's reader raises on a broken file
            raise ModelError(f"{folder}: no model for {head.task.replace('-', ' ')} ({_reason(error)})") from None
        _check_whole(folder, network, loading, trained=trained)
        if not trained:
            _new_head(network, len(head.names))
    return network


def longest_window(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, wanted: int) -> int:
    """Pieces that the model can see at once, special ones included, at most `wanted`."""
    limits = [wanted]
    if tokenizer.model_max_length < _UNLIMITED:
        limits.append(tokenizer.model_max_length)
    positions = getattr(network.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - first_position(network))
    return min(limits)


def first_position(network: nn.Module) -> int:
    """RoBERTa and its kin count positions from the one after padding."""
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0


def _check_whole(folder: Path, network: PreTrainedModel, loading: dict[str, Any], *, trained: bool) -> None:
    inside = f"{network.base_model_prefix}."
    made_anew = () if trained else ("pooler.",)  # an encoder may come without what makes one vector of a text
    absent = sorted(
        key
        for key in loading["missing_keys"]
        if trained or (key.startswith(inside) and not key.removeprefix(inside).startswith(made_anew))
    )
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise ModelError(f"{folder}: its weights lack {absent[0]}{more}; they belong to another model, or were cut off")


def _new_head(network: PreTrainedModel, size: int) -> None:
    """The folder's own head, if it had one, was for other tags."""
    spread = getattr(network.config, "initializer_range", None) or 0.02
    for name, module in network.named_modules():
        if (
            isinstance(module, nn.Linear)
            and module.out_features == size
            and not name.startswith(f"{network.base_model_prefix}.")
        ):
            nn.init.normal_(module.weight, std=spread)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:200]
