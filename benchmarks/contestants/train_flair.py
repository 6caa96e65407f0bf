"""flair: its sequence tagger on the same encoder, fine-tuned as its documentation has it (no CRF, no RNN)."""

from __future__ import annotations

import logging
import tempfile
from typing import Any

import flair
from _training import Lesson, Taken, contest, taken_by
from flair.data import Corpus, Sentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import TransformerWordEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer


def run(lesson: Lesson) -> tuple[Taken, Any]:
    """The time of `fine_tune` for one epoch, and what gives the tags."""
    logging.getLogger("flair").setLevel(logging.ERROR)
    flair.set_seed(lesson.seed)
    train = FlairDatapointDataset([_sentence(row) for row in lesson.learnt])
    corpus = Corpus(train=train, sample_missing_splits=False)
    tagger = SequenceTagger(
        hidden_size=256,
        embeddings=TransformerWordEmbeddings(
            str(lesson.encoder), layers="-1", subtoken_pooling="first", fine_tune=True
        ),
        tag_dictionary=corpus.make_label_dictionary("ner", add_unk=False),
        tag_type="ner",
        use_crf=False,
        use_rnn=False,
        reproject_embeddings=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = ModelTrainer(tagger, corpus)
        taken = taken_by(
            lambda: trainer.fine_tune(
                folder,
                learning_rate=lesson.rate,
                mini_batch_size=lesson.batch,
                max_epochs=1,
                save_final_model=False,
                create_file_logs=False,
                create_loss_file=False,
            )
        )

    def predict() -> list[list[str]]:
        asked = [Sentence(row["tokens"]) for row in lesson.asked]
        tagger.predict(asked, mini_batch_size=lesson.batch)
        return [_tags(sentence) for sentence in asked]

    return taken, predict


def _sentence(row: dict[str, list[str]]) -> Sentence:
    sentence = Sentence(row["tokens"])
    starts = [number for number, tag in enumerate(row["tags"]) if tag.startswith("B-")]
    for start in starts:
        end = start + 1
        while end < len(row["tags"]) and row["tags"][end].startswith("I-"):
            end += 1
        sentence[start:end].add_label("ner", row["tags"][start][2:])
    return sentence


def _tags(sentence: Sentence) -> list[str]:
    found = ["O"] * len(sentence)
    for span in sentence.get_spans("ner"):
        for number, token in enumerate(span.tokens):
            found[token.idx - 1] = f"{'I' if number else 'B'}-{span.tag}"
    return found


if __name__ == "__main__":
    contest(run, "flair", "torch", "transformers")
