"""vermeil's exported student; the setting is the ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from _prediction import Predict, Spans, contest

from vermeil.data import Example
from vermeil.students._card import read_card
from vermeil.students.transformer.exported import Exported


def load(folder: Path, setting: str) -> Predict:
    """The student of an exported folder."""
    student = Exported.load(folder, read_card(folder), file=setting)

    def predict(texts: Sequence[str]) -> list[Spans]:
        found = student.predict([Example(text, source="") for text in texts])
        return [[(span.start, span.end, span.label) for span in spans] for spans in found]

    return predict


if __name__ == "__main__":
    contest(load, "vermeil", "onnxruntime", "tokenizers")
