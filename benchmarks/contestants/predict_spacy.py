"""spaCy's small pipeline (hashed embeddings, a convolutional network, a transition parser) trained on the same data.

The setting is the file of training texts and the batch size; the model is trained once and kept.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import spacy
from _prediction import Predict, Spans, contest
from spacy.training import Example
from spacy.util import minibatch

EPOCHS = 8


def load(folder: Path, setting: str) -> Predict:
    """The trained pipeline."""
    file, size = setting.split()
    if not folder.exists():
        train(Path(file), folder)
    nlp = spacy.load(folder)

    def predict(texts: Sequence[str]) -> list[Spans]:
        documents = nlp.pipe(texts, batch_size=int(size))
        return [[(name.start_char, name.end_char, name.label_) for name in document.ents] for document in documents]

    return predict


def train(file: Path, folder: Path) -> None:
    """Some epochs over the labelled texts, with spaCy's usual settings."""
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples = [
        Example.from_dict(nlp.make_doc(row["text"]), {"entities": row["spans"]})
        for row in map(json.loads, file.read_text().splitlines())
        if row["text"].strip()
    ]
    optimizer = nlp.initialize(lambda: examples[:2000])
    chance = random.Random(0)
    spacy.util.fix_random_seed(0)
    for _ in range(EPOCHS):
        chance.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, drop=0.1, sgd=optimizer)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    nlp.to_disk(unfinished)
    unfinished.rename(folder)


if __name__ == "__main__":
    contest(load, "spacy")
