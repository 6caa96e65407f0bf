"""A user's mistake ends in one line that says what came, what was expected and what to do, and exit code 2."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3

import pytest

TRAIN = ("train", "--task", "task.toml", "--student", "memorizer", "--steps", "4", "--out", "model")
ANNOTATE = ("annotate", "raw.txt", "--task", "task.toml", "--out", "silver.jsonl")
CASES = {
    "missing file": (("evaluate", "--predicted", "gold.conll", "gone.conll"), "gone.conll: there is no such file"),
    "near miss": (("evaluate", "--predicted", "gold.conll", "golf.conll"), "did you mean 'gold.conll'"),
    "empty file": ((*TRAIN, "--gold", "empty.conll"), "empty.conll: the file is empty"),
    "binary file": ((*TRAIN, "--gold", "binary.conll"), "binary.conll:1: a NUL byte"),
    "latin-1": ((*TRAIN, "--gold", "latin1.conll"), "latin1.conll:1: not UTF-8.*iconv"),
    "broken gzip": ((*TRAIN, "--gold", "broken.conll.gz"), "broken.conll.gz"),
    "columns": ((*TRAIN, "--gold", "columns.conll"), "columns.conll:2"),
    "stray I- tag": ((*TRAIN, "--gold", "stray.conll"), "stray.conll:4"),
    "unknown label": ((*TRAIN, "--gold", "label.conll"), r"label.conll:1.*'PERS'.*did you mean 'PER'"),
    "span out of range": ((*TRAIN, "--gold", "range.jsonl"), "range.jsonl:1.*outside the text"),
    "overlapping spans": ((*TRAIN, "--gold", "overlap.jsonl"), "overlap.jsonl:1.*overlap"),
    "duplicate ids": ((*TRAIN, "--gold", "twice.jsonl"), "twice.jsonl.*'a'"),
    "not JSON": ((*TRAIN, "--gold", "bad.jsonl"), "bad.jsonl:1"),
    "no gold": ((*TRAIN, "--silver", "gold.conll", "--strategy", "gold-only"), "needs gold labels.*silver-only"),
    "no silver": ((*TRAIN, "--gold", "gold.conll", "--strategy", "silver-then-gold"), "needs silver labels.*gold-only"),
    "nothing at all": (("train", "--student", "memorizer", "--out", "model"), "no label is known"),
    "unknown strategy": ((*TRAIN, "--gold", "gold.conll", "--strategy", "gold-onyl"), "did you mean 'gold-only'"),
    "unknown student": (("train", "--gold", "gold.conll", "--student", "memoriser", "--out", "m"), "memorizer"),
    "unknown option in file": (("train", "--config", "odd.toml"), r"odd.toml: unknown key 'golf'.*'gold'"),
    "unknown override": ((*TRAIN, "--gold", "gold.conll", "--set", "train.step=3"), "train.step.*did you mean 'steps'"),
    "steps of zero": ((*TRAIN, "--gold", "gold.conll", "--steps", "0"), "train.steps.*got 0"),
    "no output named": (("train", "--gold", "gold.conll"), "'out' is missing"),
    "no texts named": (("annotate", "--task", "task.toml"), "'texts' is missing; give the argument TEXTS"),
    "no LLM named": (ANNOTATE, "'llm' is missing; give --llm"),
    "no task of a comparison": (("compare", "--gold", "gold.conll"), "'task' is missing; give --task"),
    "unknown kind of list": (("list", "tusks"), "'kind': 'tusks' is not one of 'tasks', 'llms'"),
    "unknown flag": (("train", "--golf", "gold.conll"), "No such option"),
    "unknown verb": (("trian",), "trian"),
    "model that is none": (("evaluate", "sub", "gold.conll"), "vermeil.json"),
    "model that is not there": (("predict", "nowhere", "raw.txt"), "no such folder"),
    "evaluate with one path": (("evaluate", "gold.conll"), "a model folder and a gold file"),
    "results that are none": (("report", "sub"), "no results folder"),
    "unknown adapter": ((*ANNOTATE, "--llm", "opnai:x"), "did you mean 'openai'"),
    "no key": ((*ANNOTATE, "--llm", "openai:some-model"), "OPENAI_API_KEY"),
    "no model": ((*ANNOTATE, "--llm", "openai:"), "openai"),
    "task without labels": (("annotate", "raw.txt", "--task", "nolabels.toml", "--llm", "scripted:x"), "nolabels.toml"),
    "task with a typing error": (("annotate", "raw.txt", "--task", "typo.toml", "--llm", "scripted:x"), "guidline"),
    "task that is no TOML": (("annotate", "raw.txt", "--task", "raw.txt", "--llm", "scripted:x"), "no valid TOML"),
    "unwritable output": ((*TRAIN[:-1], "gold.conll", "--gold", "gold.conll", "--strategy", "gold-only"), "gold.conll"),
    "answers that are none": (("answers", "import", "gold.jsonl", "--task", "task.toml", "--llm", "scripted:x"), ":1"),
}  # fmt: skip


@pytest.fixture
def odd_desk(desk, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    (desk / "sub").mkdir()
    (desk / "empty.conll").touch()
    (desk / "binary.conll").write_bytes(b"PK\x03\x04\x00\x00\x00\n")
    (desk / "latin1.conll").write_bytes("Jos\u00e9 B-PER\n".encode("latin-1"))
    (desk / "broken.conll.gz").write_bytes(gzip.compress(b"Ada B-PER\n" * 999)[:-20])
    (desk / "columns.conll").write_text("Ada NNP B-PER\nLovelace I-PER\n")
    (desk / "stray.conll").write_text("Ada B-PER\nLovelace I-PER\n\nflew I-PER\nto O\nOslo B-LOC\n")
    (desk / "label.conll").write_text("Ada B-PERS\n")
    (desk / "range.jsonl").write_text('{"text": "Ada", "spans": [{"start": 0, "end": 9, "label": "PER"}]}\n')
    overlap = '{"start": 0, "end": 3, "label": "PER"}, {"start": 2, "end": 5, "label": "LOC"}'
    (desk / "overlap.jsonl").write_text(f'{{"text": "Ada in Oslo", "spans": [{overlap}]}}\n')
    (desk / "twice.jsonl").write_text("".join(f'{{"id": "a", "text": "{text}", "spans": []}}\n' for text in "xy"))
    (desk / "bad.jsonl").write_text("{not json\n")
    (desk / "gold.jsonl").write_text('{"text": "Ada", "spans": []}\n')
    (desk / "odd.toml").write_text('golf = "gold.conll"\nout = "model"\n')
    (desk / "nolabels.toml").write_text('task = "ner"\n')
    (desk / "typo.toml").write_text('task = "ner"\nguidline = "x"\n[labels]\nPER = "a person"\n')
    return desk


@pytest.mark.parametrize(("arguments", "message"), CASES.values(), ids=CASES)
def test_a_mistake_is_one_line_with_exit_code_2_and_leaves_nothing_behind(vermeil, odd_desk, arguments, message):
    before = {path: path.stat().st_mtime_ns for path in odd_desk.rglob("*")}
    ran = vermeil(*arguments)
    assert ran.code == 2, ran.out + ran.err
    assert ran.err.count("\n") == 1
    assert re.search(message, ran.err), ran.err
    assert "Traceback" not in ran.err
    after = {path for path in odd_desk.rglob("*") if not path.name.startswith("answers.db")}
    assert after - set(before) == set()


def test_a_server_that_is_not_there_is_a_failure_that_names_the_address(vermeil, odd_desk, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    ran = vermeil(*ANNOTATE, "--llm", "openai:some-model")
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err
    assert ran.err.count("\n") == 1
    assert not (odd_desk / "silver.jsonl").exists()


def test_a_store_that_is_no_store_is_refused_and_not_touched(vermeil, odd_desk):
    (odd_desk / "answers.db").write_text("this is a diary, not a database\n" * 99)
    ran = vermeil(*ANNOTATE, "--llm", "scripted:answers.jsonl")
    assert ran.code != 0
    assert "answers.db" in ran.err
    assert (odd_desk / "answers.db").read_text().startswith("this is a diary")


def test_a_store_that_another_run_holds_is_refused(vermeil, odd_desk):
    assert vermeil(*ANNOTATE, "--llm", "scripted:answers.jsonl").code == 0
    other = sqlite3.connect(odd_desk / "answers.db", isolation_level=None)
    other.execute("begin exclusive")
    ran = vermeil(*ANNOTATE, "--llm", "scripted:answers.jsonl")
    other.close()
    assert ran.code == 1
    assert "another" in ran.err


def test_the_key_is_never_printed(vermeil, odd_desk, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-123456")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    ran = vermeil(*ANNOTATE, "--llm", "openai:some-model")
    kept = b"".join(path.read_bytes() for path in odd_desk.rglob("*") if path.is_file())
    assert "sk-planted" not in ran.out + ran.err
    assert b"sk-planted" not in kept


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(vermeil, odd_desk):
    (odd_desk / "sub").chmod(0o500)
    ran = vermeil(*TRAIN[:-1], "sub/model", "--gold", "gold.conll", "--strategy", "gold-only")
    assert ran.code == 2
    assert "no permission" in ran.err
