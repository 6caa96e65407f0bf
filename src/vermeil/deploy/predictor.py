"""A saved model labels texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from vermeil import students
from vermeil.data import Dataset, unlabelled


def predict(
    model: Path | str, texts: Dataset | Sequence[str], on_done: Callable[[int], None] = lambda count: None
) -> Dataset:
    """The texts with the spans that the model in this folder finds, in order; ids, tokens and documents are kept.

    Args:
        on_done: called with the number of texts done since the last call.

    Raises:
        ModelError: the folder is not a model that can be loaded safely.
    """
    student = students.load(Path(model))
    examples = texts if isinstance(texts, Dataset) else unlabelled(texts)
    found = student.predict(examples.examples, on_done)
    source = f"student {Path(model).name}"
    labelled = (
        replace(example, labels=spans, source=source, lost=(), failed="")
        for example, spans in zip(examples, found, strict=True)
    )
    return Dataset(tuple(labelled), examples.name)
