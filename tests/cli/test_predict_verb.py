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


def test_texts_that_look_like_another_format_are_read_as_they_are_said_to_be(vermeil, model, monkeypatch):
    for format, texts in (("text", ['{"hello"} said Alice', "To Quito."]), ("jsonl", ["To Quito."])):
        content = "\n".join(texts) if format == "text" else json.dumps({"text": texts[0]})
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        ran = vermeil("predict", "model", "-", "--input-format", format)
        assert [json.loads(line)["text"] for line in ran.out.splitlines()] == texts, ran.err


def test_a_column_that_is_not_vermeils_is_said_once_and_left_out(vermeil, desk, model, caplog):
    (desk / "rows.jsonl").write_text('{"text": "Quito", "tokens": 12}\n' * 2)
    ran = vermeil("predict", "model", "rows.jsonl", "--out", "labels.jsonl")
    assert (ran.code, len((desk / "labels.jsonl").read_text().splitlines())) == (0, 2)
    assert caplog.messages == ["rows.jsonl: left out: 'tokens' where it is not vermeil's (12 in line 1)"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shape", "piepline"), "did you mean 'pipeline'"),
        (("--limit", "0"), "at least 1, got 0"),
        (("--out", "labels.txt"), "labels.txt: plain text holds no labels; end the name in .jsonl"),
        (("--out", "labels"), "does not say which format to write; end it in .jsonl, .json, .csv, .tsv, .conll or"),
        (("--out", "labels.xlsx"), "xlsx is none of the formats"),
        (("--input-format", "jsnol"), "no format named 'jsnol' (did you mean 'jsonl'?)"),
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
