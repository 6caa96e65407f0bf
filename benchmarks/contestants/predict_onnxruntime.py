"""onnxruntime as optimum drives it: batches in the order of the texts, transformers' tokenizer, the likeliest tags.

The setting is the ONNX file and the batch size.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from _prediction import Predict, Spans, contest, spans_of_tags
from transformers import AutoConfig, AutoTokenizer


def load(folder: Path, setting: str) -> Predict:
    """A session as it comes, with as many threads as onnxruntime finds right."""
    file, size = setting.split()
    tokenizer, names = AutoTokenizer.from_pretrained(folder), AutoConfig.from_pretrained(folder).id2label
    session = onnxruntime.InferenceSession(folder / file, providers=["CPUExecutionProvider"])

    def batch(texts: Sequence[str]) -> list[Spans]:
        encoded = tokenizer(list(texts), padding=True, truncation=True, return_tensors="np")
        fed = {each.name: encoded[each.name] for each in session.get_inputs()}
        tags = session.run(["logits"], fed)[0].argmax(-1).tolist()
        return [_spans(encoded.encodings[row], [names[tag] for tag in tags[row]]) for row in range(len(texts))]

    def predict(texts: Sequence[str]) -> list[Spans]:
        starts = range(0, len(texts), int(size))
        return [spans for start in starts for spans in batch(texts[start : start + int(size)])]

    return predict


def _spans(encoding: Any, tags: Sequence[str]) -> Spans:  # noqa: ANN401 - tokenizers' own kind
    words: list[tuple[int, int]] = []
    chosen: list[str] = []
    before = None
    for tag, word, (start, end) in zip(tags, encoding.word_ids, encoding.offsets, strict=True):
        if word is not None and word == before:
            words[-1] = (words[-1][0], end)
        elif word is not None:
            words.append((start, end))
            chosen.append(tag)
        before = word
    return spans_of_tags(chosen, words)


if __name__ == "__main__":
    contest(load, "onnxruntime", "transformers")
