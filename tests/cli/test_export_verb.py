"""`vermeil export` on the command line: what it refuses, in one line. What it writes: tests/deploy/test_export.py."""

from __future__ import annotations

import json


def test_a_model_that_cannot_be_exported_is_refused_in_one_line(vermeil, desk):
    vermeil("train", "--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only", "--out", "model")
    ran = vermeil("export", "model", "--out", "exported")
    assert ran.code == 2
    assert "no network" in ran.err
    assert ran.err.count("\n") == 1
    assert not (desk / "exported").exists()


def test_the_model_cannot_be_its_own_export(vermeil, desk):
    vermeil("train", "--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only", "--out", "model")
    ran = vermeil("export", "model", "--out", "model")
    assert (ran.code, "folder of its own" in ran.err) == (2, True)


def test_labels_that_a_teacher_gave_are_told(vermeil, desk):
    vermeil("train", "--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only", "--out", "model")
    for name in ("dev", "test", "gold"):
        row = {"text": "Ada flew", "spans": [{"start": 0, "end": 3, "label": "PER"}], "source": "openai:m"}
        (desk / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    given = ("--dev", "dev.jsonl", "--test", "test.jsonl", "--gold", "gold.jsonl")
    told = vermeil("export", "model", *given, "--out", "exported").err
    for name in ("dev", "test", "gold"):
        assert f"{name}.jsonl has labels from openai:m, not from people; is it the silver?" in told


def test_a_bad_choice_and_a_missing_folder_are_the_users_mistakes(vermeil, desk):
    assert vermeil("export", "nowhere", "--out", "exported").code == 2
    assert vermeil("export", "model", "--out", "exported", "--int8", "maybe").code == 2
    assert vermeil("export", "model").code == 2


def test_a_ctrl_c_does_not_promise_that_anything_is_kept(vermeil, desk, monkeypatch):
    def struck(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("vermeil.cli.export.students.kind_of", struck)
    ran = vermeil("export", "model", "--out", "exported")
    said = "vermeil: stopped; vermeil export keeps nothing that is half done, and the same command starts anew\n"
    assert (ran.code, ran.out, ran.err) == (130, "", said)
