"""The door to `vectors`, which loads torch only when somebody goes through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vermeil.errors import MissingExtra

if TYPE_CHECKING:
    from vermeil.students.transformer.vectors import Vectors

_HEAVY = {"torch", "transformers", "tokenizers", "safetensors", "huggingface_hub"}


def embedder(encoder: str = "minilm") -> Vectors:
    """Turns texts into vectors, rows of length 1, whose products say how alike the texts are.

    Args:
        encoder: "minilm" (embedded), a folder, or an id on the model hub, as for a student.

    Raises:
        ModelError: the encoder cannot be found, or isn't safe or whole.
        MissingExtra: torch or transformers is not installed.
    """
    try:
        from vermeil.students.transformer.vectors import Vectors  # loads torch
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _HEAVY:
            raise
        raise MissingExtra("finding similar examples", "train") from None
    return Vectors(encoder)
