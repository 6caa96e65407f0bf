"""The whole job with classes, verb by verb, on the embedded messages to a library; then with several classes a text."""

from __future__ import annotations

import csv
import json
import urllib.request

import pytest
from families import word_piece, write_encoder

from vermeil.deploy.serving import serving

LABELS = ("borrowing", "events", "membership", "premises")
STUDY = """task = "task.toml"
gold = "gold.jsonl"
silver = "silver.jsonl"
dev = "dev.jsonl"
test = "test.jsonl"
strategies = ["gold-only", "pooled"]
seeds = [0, 1]
student = "memorizer"
workers = 1
[train]
steps = 20
"""
SEVERAL = """task = "classify"
several = true
[labels]
fault = "something doesn't work"
money = "a price, a fee, a refund"
praise = "the writer is content"
"""
TICKETS = {
    "The printer is broken and ate two euros.": ["fault", "money"],
    "The lift is broken again.": ["fault"],
    "Why is the fee so high?": ["money"],
    "Thank you for the lovely concert!": ["praise"],
    "When do you open on Sunday?": [],
    "Lovely staff repaired my broken fee!": ["fault", "money", "praise"],
}
TRAIN = ("train", "--task", "task.toml", "--gold", "gold.jsonl", "--silver", "silver.jsonl", "--strategy", "pooled")


@pytest.fixture
def well(vermeil):
    """Run the program where it has to succeed."""

    def run(*arguments):
        ran = vermeil(*arguments)
        assert ran.code == 0, ran.err
        return ran

    return run


@pytest.fixture
def annotated(well, library):
    """The same folder, its texts annotated from the recorded answers."""
    well("answers", "import", "answers.jsonl", "--task", "task.toml", "--llm", "scripted:claude")
    stored = ("--llm", "scripted:claude", "--stored-only")
    well("annotate", "raw.txt", "--task", "task.toml", *stored, "--out", "silver.jsonl")
    return library


@pytest.fixture
def taught(well, annotated):
    """The same folder, with the model of a student that counts words."""
    well(*TRAIN, "--student", "memorizer", "--steps", "40", "--out", "model")
    return annotated


def rows(text):
    """What lines of JSON hold."""
    return [json.loads(line) for line in text.splitlines()]


def test_recorded_answers_become_rows_with_a_label_and_one_that_is_none_is_failed(annotated):
    silver = rows((annotated / "silver.jsonl").read_text())
    assert len(silver) == 92
    assert [row["state"] for row in silver].count("labels") == 91
    assert {row["label"] for row in silver if row["state"] == "labels"} == set(LABELS)
    (failed,) = (row for row in silver if row["state"] == "failed")
    assert failed["label"] is None
    assert "expected JSON with one class" in failed["failed"]
    assert not any("spans" in row for row in silver)


def test_the_teacher_is_scored_by_class(well, annotated):
    said = json.loads(well("evaluate", "--predicted", "silver.jsonl", "raw_gold.jsonl", "--json").out)
    assert said["accuracy"] == pytest.approx(84 / 92)
    assert said["failed"] == 1


def test_a_student_of_silver_and_gold_is_clearly_better_than_chance_and_tells_where_it_errs(well, taught):
    said = json.loads(well("evaluate", "model", "test.jsonl", "--json").out)
    assert said["accuracy"] > 0.45
    assert sum(count for *_, count in said["confusion"]) == 60
    shown = well("evaluate", "model", "test.jsonl").out
    assert all(words in shown for words in ("accuracy", "macro F1", "calibration error", "gold \\ predicted", *LABELS))
    assert "boundar" not in shown


def test_a_comparison_becomes_a_report_of_classes(well, annotated):
    (annotated / "study.toml").write_text(STUDY)
    well("compare", "study.toml", "--out", "results")
    page = (annotated / "results/report.html").read_text()
    assert all(words in page for words in ("ccuracy", "acro F1", "onfusion", "alibration", *LABELS))
    assert "boundar" not in page
    with (annotated / "results/results.csv").open() as file:
        by_strategy = {row["strategy"]: float(row["accuracy"]) for row in csv.DictReader(file)}
    assert by_strategy["pooled"] > by_strategy["gold-only"] > 0.3
    assert well("compare", "study.toml", "--out", "results").err.count("done before") == 4


def test_labels_come_out_as_rows_tables_and_what_the_pipeline_of_transformers_gives(well, taught):
    message = "The heating in the reading room is out of order and the door is locked."
    (taught / "new.txt").write_text(f"{message}\nMay I renew the two novels that I borrowed?\n")
    first, second = rows(well("predict", "model", "new.txt").out)
    assert (first["text"], first["label"], second["label"]) == (message, "premises", "borrowing")
    assert 0 < first["score"] <= 1
    well("predict", "model", "new.txt", "--out", "labels.csv")
    with (taught / "labels.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["text"], row["label"]) for row in table] == [(row["text"], row["label"]) for row in (first, second)]
    assert json.loads(well("evaluate", "model", "labels.csv", "--json").out)["accuracy"] == 1
    piped = rows(well("predict", "model", "new.txt", "--shape", "pipeline").out)
    assert piped == [{"label": row["label"], "score": row["score"]} for row in (first, second)]


def test_a_transformer_is_exported_predicts_the_same_and_is_served(well, annotated):
    encoder = write_encoder(annotated / "encoder", word_piece())
    tiny = ("--student", encoder, "--steps", "6", "--batch-size", "8", "--learning-rate", "0.005")
    well(*TRAIN, *tiny, "--out", "model")
    well("export", "model", "--dev", "dev.jsonl", "--int8", "never", "--out", "exported")
    before, after = (rows(well("predict", model, "test.jsonl").out) for model in ("model", "exported"))
    assert len(after) == 60
    assert [row["label"] for row in after] == [row["label"] for row in before]
    card = (annotated / "exported/README.md").read_text()
    assert "text-classification" in card
    assert "token-classification" not in card
    with serving(annotated / "exported") as address:
        body = json.dumps({"text": before[0]["text"]}).encode()
        request = urllib.request.Request(f"{address}/predict", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            (result,) = json.load(answer)["results"]
    assert after[0]["label"] in json.dumps(result)


def test_minilm_learns_the_four_classes(well, annotated):
    ran = well(*TRAIN, "--steps", "30", "--batch-size", "8", "--out", "model")
    assert "30 steps" in ran.out
    assert json.loads(well("evaluate", "model", "test.jsonl", "--json").out)["accuracy"] > 0.6


@pytest.fixture
def tickets(tmp_path, monkeypatch):
    """A folder with texts that are in several classes or in none, in which the program is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(SEVERAL)
    (tmp_path / "raw.txt").write_text("".join(f"{text}\n" for text in TICKETS))
    answers = ({"text": text, "answer": json.dumps({"labels": labels})} for text, labels in TICKETS.items())
    (tmp_path / "answers.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in answers))
    return tmp_path


def test_texts_in_several_classes_or_in_none_go_the_same_way(well, tickets):
    well("annotate", "raw.txt", "--task", "task.toml", "--llm", "scripted:answers.jsonl", "--out", "silver.jsonl")
    silver = rows((tickets / "silver.jsonl").read_text())
    assert {row["text"]: sorted(row["labels"]) for row in silver} == TICKETS
    assert [row["state"] for row in silver].count("empty") == 1
    student = ("--student", "memorizer", "--strategy", "gold-only", "--steps", "30")
    well("train", "--task", "task.toml", "--gold", "silver.jsonl", *student, "--out", "model")
    predicted = rows(well("predict", "model", "raw.txt").out)
    assert {row["text"]: sorted(row["labels"]) for row in predicted} == TICKETS
    assert all(len(row.get("scores", [])) == len(row["labels"]) for row in predicted)
    said = json.loads(well("evaluate", "model", "silver.jsonl", "--json").out)
    assert (said["f1"], said["accuracy"]) == (1, 1)
