"""The transformers Trainer as its `run_ner.py` sets it up: labels on first pieces, batches padded to their longest.

With FASTEST set, everything that it offers for speed on this processor: batches of like length, bfloat16 where the
processor computes in it, the fused optimiser, no dropout, and vermeil's warm-up.
"""

from __future__ import annotations

import os
import tempfile

import torch
from _training import Lesson, Taken, contest, taken_by
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.utils import logging

RECIPES_RATE = 5e-5
WARMUP = 0.1
_ABILITIES = torch.cpu.get_capabilities()
BFLOAT16 = bool(_ABILITIES.get("avx512_bf16") or _ABILITIES.get("amx_bf16"))


def run(lesson: Lesson) -> tuple[Taken, object]:
    """The time of `Trainer.train`, and what gives the tags."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    set_seed(lesson.seed)
    fastest = "FASTEST" in os.environ
    tokenizer = AutoTokenizer.from_pretrained(str(lesson.encoder))
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0} if fastest else {}
    model = AutoModelForTokenClassification.from_pretrained(
        str(lesson.encoder), num_labels=len(lesson.tags), dtype=torch.float32, **quiet
    )
    how = {
        "learning_rate": lesson.rate,
        "warmup_steps": WARMUP,
        "train_sampling_strategy": "group_by_length",
        "bf16": BFLOAT16,
        "optim": "adamw_torch_fused",
    }
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=lesson.batch,
            num_train_epochs=1,
            seed=lesson.seed,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            **(how if fastest else {"learning_rate": RECIPES_RATE}),
        )
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=[_features(row, tokenizer, lesson.tags) for row in lesson.learnt],
            processing_class=tokenizer,
            data_collator=DataCollatorForTokenClassification(tokenizer),
        )
        taken = taken_by(trainer.train)
    return taken, lambda: _tags(model.eval(), tokenizer, lesson)


def _features(row: dict[str, list[str]], tokenizer: object, tags: list[str]) -> dict[str, list[int]]:
    """As `tokenize_and_align_labels` of the recipe."""
    features = tokenizer(row["tokens"], truncation=True, is_split_into_words=True)
    before = None
    labels = []
    for word in features.word_ids():
        labels.append(-100 if word is None or word == before else tags.index(row["tags"][word]))
        before = word
    return {**features, "labels": labels}


@torch.inference_mode()
def _tags(model: torch.nn.Module, tokenizer: object, lesson: Lesson) -> list[list[str]]:
    """Each word's likeliest, as the recipe has it."""
    found = []
    for row in lesson.asked:
        features = tokenizer(row["tokens"], truncation=True, is_split_into_words=True, return_tensors="pt")
        best = model(**features).logits[0].argmax(-1).tolist()
        words: dict[int, str] = {}
        for word, tag in zip(features.word_ids(), best, strict=True):
            if word is not None:
                words.setdefault(word, lesson.tags[tag])
        found.append([words.get(number, "O") for number in range(len(row["tokens"]))])
    return found


if __name__ == "__main__":
    contest(run, "transformers", "torch", "accelerate")
