"""The embedded encoder all-MiniLM-L6-v2 (6 layers, 23 M parameters, English), which needs no model hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vermeil.data import Kind
from vermeil.errors import SettingsError
from vermeil.students import transformer
from vermeil.students._card import Card

if TYPE_CHECKING:
    from vermeil.students.transformer.exported import Exported
    from vermeil.students.transformer.student import Transformer


def make(
    argument: str,
    labels: Sequence[str],
    *,
    seed: int = 0,
    kind: Kind = "spans",
    **settings: Any,  # noqa: ANN401
) -> Transformer:
    """A transformer student on the embedded encoder."""
    if argument:
        raise SettingsError(
            f"'minilm' is one encoder and takes no argument, got {argument!r}; use transformer:{argument}"
        )
    return transformer.make("minilm", labels, seed=seed, kind=kind, **settings)


def load(folder: Path, card: Card) -> Transformer | Exported:
    """The saved student of a folder."""
    return transformer.load(folder, card)
