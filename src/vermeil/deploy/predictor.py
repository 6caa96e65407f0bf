"""A saved model labels texts: all at once, or as a stream that never holds more than some thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from vermeil import students
from vermeil.data import Dataset, Example, Span, as_examples, unlabelled
from vermeil.parts import parts
from vermeil.students.base import Student

OnDone = Callable[[int], None]
"""Told the number of texts done since the last call."""

_CLASSLESS = "a blank text is in no class"


@runtime_checkable
class _Streams(Protocol):
    def stream(self, examples: Iterable[Example], on_done: OnDone) -> Iterator[tuple[Example, tuple[Span, ...]]]: ...


def predict(
    model: Path | str | Student, texts: Dataset | Sequence[str], on_done: OnDone = lambda count: None
) -> Dataset:
    """The texts with the spans or classes that the model finds, in order; ids, tokens and documents are kept.

    A blank text is in no class: where each has one, it has failed.

    Args:
        model: a folder that was trained or exported, or the student that `load` made of it.

    Raises:
        ModelError: the folder is not a model that can be loaded safely.
        DataError: `texts` is one string.
    """
    examples = texts if isinstance(texts, Dataset) else unlabelled(texts)
    return Dataset(tuple(predict_stream(model, examples, on_done)), examples.name)


def predict_stream(
    model: Path | str | Student,
    texts: Iterable[Example | str],
    on_done: OnDone = lambda count: None,
    *,
    source: str | None = None,
) -> Iterator[Example]:
    """The same for texts that need not fit in memory: each is drawn when it is needed, and comes back in its turn.

    Args:
        source: who the labels are said to come from; by default "student" and the name of its place.

    Raises:
        ModelError: as `predict`, at once and not when the first text is asked for.
    """
    student, name = students.named(model) if isinstance(model, str | Path) else (model, "")
    source = source or f"student {name}".strip()
    return _labelled(student, as_examples(texts), source, on_done)


def _labelled(student: Student, examples: Iterator[Example], source: str, on_done: OnDone) -> Iterator[Example]:
    found = (
        student.stream(examples, on_done) if isinstance(student, _Streams) else _by_parts(student, examples, on_done)
    )
    for example, labels in found:
        failed = "" if labels or student.kind != "class" else _CLASSLESS
        yield replace(example, labels=labels, source=source, lost=(), failed=failed, votes=(), kind=student.kind)


def _by_parts(
    student: Student, examples: Iterator[Example], on_done: OnDone
) -> Iterator[tuple[Example, tuple[Span, ...]]]:
    for part in parts(examples):
        yield from zip(part, student.predict(part, on_done), strict=True)
