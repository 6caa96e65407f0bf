"""Students that several tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from embedded_corpus import demo, f1
from families import word_piece, write_encoder

from vermeil.data import Example

if TYPE_CHECKING:
    from vermeil.students.transformer.student import Transformer


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers that sees 64 pieces."""
    return write_encoder(tmp_path_factory.mktemp("tiny") / "encoder", word_piece())


@pytest.fixture(scope="session")
def test_part() -> list[Example]:
    """Some of the embedded test set."""
    return demo("test")[:100]


@pytest.fixture(scope="session")
def learner(test_part: list[Example]) -> tuple[Transformer, float]:
    """The embedded encoder after 40 steps on the embedded gold, and its F1 before them."""
    from vermeil.students.transformer.embedded import embedded_encoder

    try:
        embedded_encoder()
    except Exception as error:
        pytest.skip(str(error))
    from vermeil.students.transformer.student import Transformer

    student = Transformer("minilm", ["PER", "ORG", "LOC", "MISC"], seed=0)
    before = f1(test_part, student.predict(test_part))
    gold = demo("gold")
    student.start_stage(40)
    for step in range(40):
        start = step * 8 % len(gold)
        student.learn(gold[start : start + 8])
    return student, before
