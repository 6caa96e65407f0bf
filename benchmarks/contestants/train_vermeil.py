"""vermeil with its defaults: `train` with gold only."""

from __future__ import annotations

from _training import Lesson, Taken, contest, taken_by

from vermeil import students
from vermeil.data import Dataset, Example, Span
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train


def run(lesson: Lesson) -> tuple[Taken, object]:
    """The time of training, and what gives the tags."""
    labels = sorted({tag[2:] for tag in lesson.tags} - {""})
    learner = students.student(str(lesson.encoder), labels, seed=lesson.seed)
    gold = Dataset(tuple(example(row["tokens"], row["tags"]) for row in lesson.learnt))
    settings = TrainSettings(
        steps=len(gold) // lesson.batch, batch_size=lesson.batch, seed=lesson.seed, learning_rate=lesson.rate
    )
    taken = taken_by(lambda: train(learner, STRATEGIES["gold-only"], gold=gold, settings=settings))

    def predict() -> list[list[str]]:
        asked = [example(row["tokens"], ["O"] * len(row["tokens"])) for row in lesson.asked]
        found = learner.predict(asked)
        return [tags(each, spans) for each, spans in zip(asked, found, strict=True)]

    return taken, predict


def example(tokens: list[str], given: list[str]) -> Example:
    """The sentence with spaces between its tokens."""
    places, start = [], 0
    for token in tokens:
        places.append((start, start + len(token)))
        start += len(token) + 1
    spans: list[list[object]] = []
    for (begin, end), tag in zip(places, given, strict=True):
        if tag.startswith("B-"):
            spans.append([begin, end, tag[2:]])
        elif tag.startswith("I-"):
            spans[-1][1] = end
    return Example(" ".join(tokens), tuple(Span(*span) for span in spans), tokens=tuple(places))


def tags(sentence: Example, spans: tuple[Span, ...]) -> list[str]:
    """IOB2; a span that begins or ends inside a token takes the whole of it."""
    found = ["O"] * len(sentence.tokens or ())
    for span in spans:
        first = True
        for number, (start, end) in enumerate(sentence.tokens or ()):
            if start < span.end and span.start < end:
                found[number] = f"{'B' if first else 'I'}-{span.label}"
                first = False
    return found


if __name__ == "__main__":
    contest(run, "vermeil", "torch")
