"""Bad input at `predict`, `export` and `push`: one line that names file and line, exit code 2, nothing half-written."""

from __future__ import annotations

import gzip
import re

import pyarrow
import pytest
from pyarrow import parquet

PREDICT = {
    "missing file": ("gone.txt", "gone.txt: there is no such file"),
    "near miss": ("raw.tx", "did you mean 'raw.txt'"),
    "empty file": ("empty.txt", "empty.txt: the file is empty"),
    "blank file": ("blank.txt", "blank.txt: the file has no texts"),
    "binary file": ("binary.txt", "binary.txt:2: a NUL byte"),
    "latin-1": ("latin1.txt", "latin1.txt:2: not UTF-8.*iconv"),
    "UTF-16": ("utf16.txt", "utf16.txt:1: this is UTF-16"),
    "gzip under another name": ("packed.txt", "packed.txt: this is gzip"),
    "broken gzip": ("broken.txt.gz", "broken.txt.gz"),
    "a word processor's file": ("letter.docx", "docx is none of the formats"),
    "not JSON": ("bad.jsonl", "bad.jsonl:2: not JSON"),
    "NaN": ("nan.jsonl", "nan.jsonl:1: not JSON"),
    "not an object": ("list.jsonl", "list.jsonl:1"),
    "no column of that name": ("other.jsonl", "other.jsonl:1: it has no 'text'.*there are: body"),
    "a text that is a number": ("number.jsonl", "number.jsonl:1: its 'text' is not a string"),
    "half a character": ("half.jsonl", "half.jsonl:1: .*half of a character"),
    "duplicate ids": ("twice.jsonl", "twice.jsonl:2: the id 'a' stands for another text in line 1"),
    "a line without end": ("long.txt", "long.txt:1: the line is longer than"),
    "wrong count of columns": ("columns.conll", "columns.conll:2"),
    "not Parquet": ("bad.parquet", "bad.parquet: not Parquet"),
    "no column in Parquet": ("other.parquet", "other.parquet: no column 'text'.*there are: body"),
    "a folder without files": ("sub", "sub: the folder holds no files"),
    "one bad file in a folder": ("news", "news/b.jsonl:1"),
    "texts by file and by row in a folder": ("both", "both: holds .txt files.*and b.jsonl; name the files one by one"),
}


@pytest.fixture
def model(vermeil, desk):
    ran = vermeil(
        "train", "--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only", "--out", "model"
    )
    assert ran.code == 0, ran.err
    return desk / "model"


@pytest.fixture
def odd_texts(desk, model, monkeypatch):
    monkeypatch.setattr("vermeil.files.LONGEST_LINE", 2**16)  # 64 MiB take a while
    contents = {
        "empty.txt": b"",
        "blank.txt": b"\n \n",
        "binary.txt": b"one\nPK\x00\n",
        "latin1.txt": b"one\nJos\xe9\n",
        "utf16.txt": "one".encode("utf-16"),
        "packed.txt": gzip.compress(b"one\n"),
        "broken.txt.gz": gzip.compress(b"one\n" * 99)[:-9],
        "letter.docx": b"PK",
        "bad.jsonl": b'{"text": "one"}\n{not json\n',
        "nan.jsonl": b'{"text": "one", "x": NaN}\n',
        "list.jsonl": b"[1]\n",
        "other.jsonl": b'{"body": "one"}\n',
        "number.jsonl": b'{"text": 1}\n',
        "half.jsonl": b'{"text": "\\ud800"}\n',
        "twice.jsonl": b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n',
        "long.txt": b"x" * 2**17,
        "columns.conll": b"Ada NNP B-PER\nLovelace I-PER\n",
        "bad.parquet": b"one\n",
        "news/a.jsonl": b'{"text": "one"}\n',
        "both/a.txt": b"one\n",
        "both/b.jsonl": b'{"text": "one"}\n',
        "news/b.jsonl": b"{\n",
    }
    for name, content in contents.items():
        (desk / name).parent.mkdir(exist_ok=True)
        (desk / name).write_bytes(content)
    (desk / "sub").mkdir()
    parquet.write_table(pyarrow.table({"body": ["one"]}), desk / "other.parquet")
    return desk


@pytest.mark.parametrize(("texts", "message"), PREDICT.values(), ids=PREDICT)
def test_predict_names_what_is_wrong_and_writes_nothing(vermeil, odd_texts, texts, message):
    before = set(odd_texts.rglob("*"))
    ran = vermeil("predict", "model", "raw.txt", texts, "--out", "new/labels.jsonl")
    assert (ran.code, ran.err.count("\n"), ran.out) == (2, 1, ""), ran.err
    assert re.search(message, ran.err), ran.err
    assert set(odd_texts.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "gone", "raw.txt"), "gone: there is no such folder"),
        (("predict", "raw.txt", "raw.txt"), "raw.txt"),
        (("predict", "team/names", "raw.txt"), "name its revision too: team/names@COMMIT"),
        (("predict", "model", "raw.txt", "--out", "sub", "--format", "jsonl"), "sub was not written: this is a folder"),
        (("predict", "model", "raw.txt", "--out", "raw.txt/labels.jsonl"), "part of its path is a file"),
        (("predict", "model", "raw.txt", "--format", "parket"), "did you mean 'parquet'"),
        (("predict", "model"), "texts"),
        (("export", "model", "--out", "out", "--dev", "gone.conll"), "gone.conll: there is no such file"),
        (("export", "model", "--out", "out", "--dev", "raw.txt"), "raw.txt: this looks like plain text"),
        (("export", "model", "--out", "out", "--dev", "bad.jsonl"), "bad.jsonl:1"),
        (("export", "model", "--out", "out", "--gold", "empty.txt"), "empty.txt: the file is empty"),
        (("export", "model", "--out", "out", "--most-lost", "nan"), "most-lost"),
        (("export", "model", "--out", "out", "--most-lost", "101"), "most-lost"),
        (("export", "sub", "--out", "out"), "vermeil.json"),
        (("push", "model", "team/names"), "only an exported folder is pushed"),
        (("push", "gone", "team/names"), "gone: there is no such folder"),
    ],
)
def test_other_mistakes_are_one_line_too(vermeil, odd_texts, arguments, message):
    before = set(odd_texts.rglob("*"))
    ran = vermeil(*arguments)
    assert (ran.code, ran.err.count("\n"), ran.out) == (2, 1, ""), ran.err
    assert message in ran.err
    assert set(odd_texts.rglob("*")) == before
