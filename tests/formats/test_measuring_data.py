"""The published data sets give their published counts; skipped where they are not at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from vermeil.formats import read_texts, reading


@pytest.mark.parametrize(
    ("name", "sentences", "tokens", "entities", "documents"),
    [
        ("eng.train", 14_041, 203_621, 23_499, 946),
        ("eng.testa", 3_250, 51_362, 5_942, 216),
        ("eng.testb", 3_453, 46_435, 5_648, 231),
    ],
)
def test_conll_2003_has_its_published_counts(
    shared: Path, name: str, sentences: int, tokens: int, entities: int, documents: int
) -> None:
    found = reading(shared / "data/conll2003" / name, labels=["PER", "LOC", "ORG", "MISC"])
    assert found.scheme == "IOB1"
    assert len(found.dataset) == sentences
    assert sum(len(example.tokens or ()) for example in found.dataset) == tokens
    assert sum(len(example.labels) for example in found.dataset) == entities
    assert len({example.document for example in found.dataset}) == documents


@pytest.mark.parametrize(
    ("name", "texts", "labels", "scheme"),
    [
        ("data/cleanconll/test.jsonl", 3_427, 5_725, "IOB2"),
        ("data/conllpp_wang2019/test.jsonl", 3_453, 5_702, "IOB2"),
        ("data/wikigold/all.jsonl", 1_696, 3_558, "IOB2"),
        ("data/teachers/gpt35/conll2003_train.silver.jsonl", 5_883, 11_345, "IOB2"),  # and two rows that repeat
        ("demo/gold.jsonl", 240, 480, None),
        ("demo/raw_gold.jsonl", 800, 1_617, None),
    ],
)
def test_rows_of_tags_and_of_spans_are_read(
    shared: Path, name: str, texts: int, labels: int, scheme: str | None
) -> None:
    found = reading(shared / name)
    assert (len(found.dataset), found.scheme) == (texts, scheme)
    assert sum(len(example.labels) for example in found.dataset) == labels


def test_raw_texts_are_read(shared: Path) -> None:
    assert len(read_texts(shared / "data/bbc/articles.jsonl")) == 2_066
    assert len(read_texts(shared / "demo/raw.txt")) == 800
