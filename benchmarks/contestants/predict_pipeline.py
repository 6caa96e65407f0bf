"""transformers' own pipeline with torch; the setting is the batch size."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from _prediction import Predict, Spans, contest
from transformers import pipeline


def load(folder: Path, setting: str) -> Predict:
    """The pipeline over a folder."""
    warnings.simplefilter("ignore")
    label = pipeline("token-classification", str(folder), aggregation_strategy="first", device="cpu")
    size = int(setting)

    def predict(texts: Sequence[str]) -> list[Spans]:
        return [
            [(entity["start"], entity["end"], entity["entity_group"]) for entity in entities]
            for entities in label(list(texts), batch_size=size)
        ]

    return predict


if __name__ == "__main__":
    contest(load, "transformers", "torch")
