"""spaCy: its own small network (no encoder), as `spacy train` sets it up for efficiency on a CPU."""

from __future__ import annotations

import random
import warnings

import spacy
from _training import Lesson, Taken, contest, taken_by
from spacy.tokens import Doc
from spacy.training import Example, iob_to_biluo
from spacy.util import fix_random_seed, minibatch


def run(lesson: Lesson) -> tuple[Taken, object]:
    """The time of `nlp.update` over all batches, and what gives the tags."""
    warnings.filterwarnings("ignore")
    fix_random_seed(lesson.seed)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    learnt = [
        Example.from_dict(Doc(nlp.vocab, words=row["tokens"]), {"entities": iob_to_biluo(row["tags"])})
        for row in lesson.learnt
    ]
    optimiser = nlp.initialize(lambda: learnt)
    random.Random(lesson.seed).shuffle(learnt)

    def train() -> None:
        for batch in minibatch(learnt, lesson.batch):
            nlp.update(batch, sgd=optimiser, drop=0.1)

    taken = taken_by(train)

    def predict() -> list[list[str]]:
        docs = nlp.pipe(Doc(nlp.vocab, words=row["tokens"]) for row in lesson.asked)
        return [[f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O" for token in doc] for doc in docs]

    return taken, predict


if __name__ == "__main__":
    contest(run, "spacy")
