"""`vermeil evaluate` on classes: accuracy, confusion, calibration, and files of another kind refused."""

from __future__ import annotations

import json

import pytest

GOLD = "text,label\nThe team won.,sport\nShares fell.,money\nThe bank sold.,money\nA late goal.,sport\n"
GIVEN = "text,label,score\nThe team won.,sport,0.9\nShares fell.,sport,0.6\nThe bank sold.,money,0.9\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "gold.csv").write_text(GOLD)
    (tmp_path / "given.csv").write_text(GIVEN)
    (tmp_path / "spans.jsonl").write_text('{"text": "Ada.", "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n')
    monkeypatch.chdir(tmp_path)


def test_a_teacher_is_scored_by_accuracy_and_a_text_without_an_answer_is_wrong(vermeil, files):
    ran = vermeil("evaluate", "--predicted", "given.csv", "gold.csv")
    assert ran.code == 0, ran.err
    assert "accuracy 50.0, macro F1 58.3; 4 texts (1 without a prediction" in ran.out.replace("\n", " ")
    assert "gold \\ predicted" in ran.out
    assert "accuracy 50.0, 95 % interval" in ran.out
    assert "type-only" not in ran.out


def test_json_has_the_same_figures(vermeil, files):
    said = json.loads(vermeil("evaluate", "--predicted", "given.csv", "gold.csv", "--json").out)
    assert (said["accuracy"], said["kind"], said["absent"]) == (0.5, "class", 1)
    assert said["accuracy_low"] <= 0.5 <= said["accuracy_high"]
    assert ["money", "sport", 1] in said["confusion"]
    assert said["calibration_error"] == pytest.approx((2 * 0.1 + 0.6) / 3)


def test_a_file_where_the_model_belongs_is_named(vermeil, files):
    ran = vermeil("evaluate", "gold.csv", "given.csv")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "gold.csv: this is a file, where a model's folder was expected; the model is named first" in ran.err


def test_predictions_of_another_kind_are_an_error_of_one_line_that_names_the_file(vermeil, files):
    ran = vermeil("evaluate", "--predicted", "spans.jsonl", "gold.csv")
    assert ran.code == 2
    assert "spans.jsonl:1: spans, where one class of each text" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_what_looks_like_the_name_of_an_emoji_is_printed_as_it_is(vermeil, files, tmp_path):
    (tmp_path / "odd.csv").write_text("text,label\nThe team won.,:x:\nShares fell.,a:m:b\n")
    ran = vermeil("evaluate", "--predicted", "odd.csv", "odd.csv")
    assert ":x:" in ran.out
    assert "a:m:b" in ran.out
