"""`vermeil predict` on files, folders and pipes."""

from __future__ import annotations

import io
import json
import sys

import pytest


@pytest.fixture
def model(vermeil, desk):
    strategy = ("--strategy", "gold-only", "--steps", "20")
    ran = vermeil("train", "--gold", "gold.conll", "--student", "memorizer", *strategy, "--out", "model")
    assert ran.code == 0, ran.err
    return desk / "model"


def test_a_folder_becomes_columns(vermeil, desk, model):
    (desk / "news").mkdir()
    (desk / "news/one.jsonl").write_text('{"body": "Ada Lovelace flew to Quito."}\n')
    ran = vermeil("predict", "model", "news", "raw.txt", "--column", "body", "--out", "labels.conll", "--limit", "3")
    assert (ran.code, ran.out) == (0, "")
    spaced, written = ran.err.splitlines()
    assert spaced.startswith("3 texts are spaced otherwise as tokens")
    assert written == "written: labels.conll, 3 texts"
    columns = (desk / "labels.conll").read_text()
    assert columns.startswith("Ada\tB-PER\nLovelace\tI-PER\nflew\tO\nto\tO\nQuito\tB-LOC\n.\tO\n")
    assert columns.count("\n\n") == 3


def test_a_pipe_becomes_what_the_pipeline_of_transformers_gives(vermeil, model, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"To Quito.\nNo name.\n")))
    ran = vermeil("predict", "model", "-", "--shape", "pipeline")
    place = {"entity_group": "LOC", "score": 1.0, "word": "Quito", "start": 3, "end": 8}
    assert [json.loads(line) for line in ran.out.splitlines()] == [[place], []]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shape", "piepline"), "did you mean 'pipeline'"),
        (("--limit", "0"), "at least 1, got 0"),
        (("--out", "labels.txt"), "labels.txt: plain text holds no labels; end the name in .jsonl"),
        (("--out", "labels"), "does not say which format to write; end it in .jsonl, .json, .csv, .tsv, .conll or"),
        (("--out", "labels.xlsx"), "xlsx is none of the formats"),
        (("--column", "txt", "--out", "labels.jsonl"), "rows.jsonl:1"),
    ],
)
def test_a_mistake_is_one_line(vermeil, desk, model, arguments, message):
    (desk / "rows.jsonl").write_text('{"text": "Quito"}\n')
    before = set(desk.iterdir())
    ran = vermeil("predict", "model", "rows.jsonl", *arguments)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert message in ran.err
    assert set(desk.iterdir()) == before
