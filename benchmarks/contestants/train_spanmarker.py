"""SpanMarker on the same encoder, with its own Trainer, as its documentation has it."""

from __future__ import annotations

import tempfile
from typing import Any

from _training import Lesson, Taken, contest, taken_by
from datasets import Dataset, disable_progress_bars
from span_marker import SpanMarkerModel, Trainer
from transformers import TrainingArguments, set_seed
from transformers.utils import logging


def run(lesson: Lesson) -> tuple[Taken, Any]:
    """The time of `Trainer.train`, and what gives the tags."""
    logging.set_verbosity_error()
    disable_progress_bars()
    set_seed(lesson.seed)
    model = SpanMarkerModel.from_pretrained(
        str(lesson.encoder), labels=lesson.tags, model_max_length=256, entity_max_length=8
    )
    rows = [
        {"tokens": row["tokens"], "ner_tags": [lesson.tags.index(tag) for tag in row["tags"]]} for row in lesson.learnt
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            learning_rate=lesson.rate,
            per_device_train_batch_size=lesson.batch,
            num_train_epochs=1,
            warmup_ratio=0.1,
            seed=lesson.seed,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(model=model, args=arguments, train_dataset=Dataset.from_list(rows))
        taken = taken_by(trainer.train)

    def predict() -> list[list[str]]:
        found = model.predict([row["tokens"] for row in lesson.asked], batch_size=lesson.batch, show_progress_bar=False)
        return [_tags(row["tokens"], spans) for row, spans in zip(lesson.asked, found, strict=True)]

    return taken, predict


def _tags(tokens: list[str], spans: list[dict[str, Any]]) -> list[str]:
    found = ["O"] * len(tokens)
    for span in spans:
        for number in range(span["word_start_index"], span["word_end_index"]):
            found[number] = f"{'I' if number > span['word_start_index'] else 'B'}-{span['label']}"
    return found


if __name__ == "__main__":
    contest(run, "span-marker", "torch", "transformers")
