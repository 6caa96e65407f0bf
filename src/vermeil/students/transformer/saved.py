"""A transformer student as a folder: what transformers reads, and vermeil's card beside it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from vermeil.errors import ModelError
from vermeil.files import new_folder
from vermeil.students._card import Card, read_json, write_card
from vermeil.students.transformer.heads import Head
from vermeil.students.transformer.network import read_network, read_tokenizer
from vermeil.students.transformer.quiet import quiet
from vermeil.students.transformer.safety import check_saved

# how the tokenizer was once read, and what it was once used for
_NOT_KEPT = ("is_local", "local_files_only", "max_length", "stride", "truncation_strategy", "pad_to_multiple_of")


def write(
    folder: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    card: Card,
    beside: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the folder, whole or not at all, with more files `beside` (name to text)."""
    for key in _NOT_KEPT:
        tokenizer.init_kwargs.pop(key, None)
    with new_folder(folder) as inside, quiet():
        network.save_pretrained(str(inside))
        tokenizer.save_pretrained(str(inside))
        write_card(inside, card, beside)
        for weights in inside.glob("*.safetensors"):  # which come readable by their owner alone, unlike all the rest
            weights.chmod(stat.S_IMODE((inside / "config.json").stat().st_mode))


def read(folder: Path, head: Head) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Network and tokenizer of a saved student.

    Raises:
        ModelError: the folder is not whole, may run code, or its labels are not those of the head.
    """
    check_saved(folder, unread={path.name for path in folder.glob("*.onnx")})
    _check_names(folder / "config.json", head)
    return read_network(folder, head, seed=0, trained=True), read_tokenizer(folder)


def _check_names(path: Path, head: Head) -> None:
    names = read_json(path).get("id2label")
    if names != {str(number): name for number, name in enumerate(head.names)}:
        raise ModelError(f"{path}: its names in 'id2label' are not those that the labels in vermeil.json make")
