"""Any Hugging Face encoder, by id or folder: for spans as for classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vermeil.data import Kind
from vermeil.errors import SettingsError
from vermeil.settings import check
from vermeil.students._card import NAME, Card
from vermeil.students.transformer.settings import TransformerSettings

if TYPE_CHECKING:
    from vermeil.students.transformer.exported import Exported
    from vermeil.students.transformer.student import Transformer

ONNX = "model.onnx"
"""The file that an exported folder has and a trained one has not."""


def make(
    argument: str,
    labels: Sequence[str],
    *,
    seed: int = 0,
    kind: Kind = "spans",
    **settings: Any,  # noqa: ANN401
) -> Transformer:
    """A transformer student on the encoder that `argument` names."""
    if not argument:
        raise SettingsError(
            "which encoder? name a folder or a hub id: transformer:./encoder, transformer:bert-base-cased"
        )
    chosen = check({"kind": kind, **settings}, TransformerSettings, "settings of the student")
    from vermeil.students.transformer.student import Transformer  # loads torch

    return Transformer(argument, labels, seed=seed, settings=chosen)


def load(folder: Path, card: Card) -> Transformer | Exported:
    """The saved student of a folder; one that was exported runs on onnxruntime and needs no torch."""
    if (folder / ONNX).is_file():
        from vermeil.students.transformer.exported import Exported  # loads onnxruntime

        return Exported.load(folder, _with_sound_settings(folder, card))
    from vermeil.students.transformer.student import Transformer  # loads torch

    return Transformer.load(folder, card)


def _with_sound_settings(folder: Path, card: Card) -> Card:
    """The card of an exported folder with settings of the right kinds, which whoever wrote it may not have given."""
    known = {key: value for key, value in card.settings.items() if key in TransformerSettings.model_fields}
    return replace(
        card, settings={**card.settings, **check(known, TransformerSettings, str(folder / NAME)).model_dump()}
    )
