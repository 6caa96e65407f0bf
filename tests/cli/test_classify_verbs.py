"""A classify task from the command line: annotate, answers, batch, evaluate; what is wrong is one line."""

from __future__ import annotations

import csv
import json

import pytest

TASK = """task = "classify"
[labels]
sport = "games"
money = "pay and prices"
"""
ANSWERS = {
    'A match, "the" match': '{"label": "sport"}',
    "Stocks\nfell": "The label is money.",
    "War": '{"label": "wrold"}',
    "Odd": "I'd rather not.",
    "Both": '{"label": ["sport", "money"]}',
}


@pytest.fixture
def classes(tmp_path, monkeypatch):
    """A folder with a task, a table of texts, recorded answers, and gold as a table and as folders."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(TASK)
    with (tmp_path / "raw.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["id", "review"], *enumerate([*ANSWERS, ""], start=1)])
    rows = [json.dumps({"text": text, "answer": answer}) for text, answer in ANSWERS.items()]
    (tmp_path / "answers.jsonl").write_text("\n".join(rows) + "\n")
    (tmp_path / "gold.csv").write_text('text,label\n"A match, ""the"" match",sport\n"Stocks\nfell",sport\n')
    (tmp_path / "gold" / "sport").mkdir(parents=True)
    (tmp_path / "gold" / "sport" / "1.txt").write_text('A match, "the" match\n')
    return tmp_path


RUN = ("annotate", "raw.csv", "--column", "review", "--task", "task.toml", "--llm", "scripted:answers.jsonl")


def test_a_table_of_texts_becomes_a_table_of_classes(vermeil, classes):
    ran = vermeil(*RUN, "--out", "silver.csv", "--gold", "gold.csv")
    assert ran.code == 0
    assert "6 texts, 2 labels, 0 empty" in ran.out
    assert "accuracy 50.0" in ran.out
    with (classes / "silver.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["text"], row["label"], row["state"]) for row in rows] == [
        ('A match, "the" match', "sport", "labels"),
        ("Stocks\nfell", "money", "labels"),
        ("War", "", "failed"),
        ("Odd", "", "failed"),
        ("Both", "", "failed"),
        ("", "", "failed"),
    ]
    assert "unknown class 'wrold'" in rows[2]["failed"]
    assert "two classes where one is asked for" in rows[4]["failed"]
    again = vermeil(*RUN, "--stored-only", "--out", "silver.jsonl")
    assert "answered before" in again.out
    assert json.loads((classes / "silver.jsonl").read_text().splitlines()[0])["label"] == "sport"


def test_silver_is_scored_by_a_table_or_by_folders(vermeil, classes):
    assert vermeil(*RUN, "--out", "silver.tsv").code == 0
    assert "accuracy 50.0" in vermeil("evaluate", "--predicted", "silver.tsv", "gold.csv").out
    assert "accuracy 100.0" in vermeil("evaluate", "--predicted", "silver.tsv", "gold").out


def test_texts_may_have_several_classes(vermeil, classes):
    (classes / "task.toml").write_text(TASK.replace("[labels]", "several = true\n[labels]"))
    assert vermeil(*RUN, "--out", "silver.csv").code == 0
    with (classes / "silver.csv").open(newline="") as stream:
        assert [row["labels"] for row in csv.DictReader(stream)] == ["sport", "money", "", "", "money|sport", ""]


def test_a_plan_and_the_prompt_are_shown_before_anything_is_asked(vermeil, classes):
    ran = vermeil(*RUN, "--plan", "--probe", "0")
    assert "6 texts, 6 distinct, 0 answered before: 5 calls" in ran.out
    shown = vermeil(*RUN, "--show-prompt").out
    assert "- sport: games" in shown
    assert '{"label":"sport|money"}' in shown
    assert not (classes / "answers.db").exists()


def test_answers_come_in_and_go_out(vermeil, classes):
    ran = vermeil("answers", "import", "answers.jsonl", "--task", "task.toml", "--llm", "scripted:x")
    assert "5 answers added" in ran.out
    assert "sound" in vermeil("answers", "verify").out
    assert "5 answers written" in vermeil("answers", "export", "out.jsonl").out
    ran = vermeil(*RUN[:-1], "scripted:x", "--stored-only", "--out", "silver.parquet")
    assert (ran.code, "6 texts (5 answered before), 2 labels" in ran.out) == (0, True)


def test_a_batch_asks_what_annotate_would_ask(vermeil, classes):
    ran = vermeil("batch", "write", "raw.csv", "--column", "review", "--task", "task.toml", "--llm", "openai:tiny")
    assert "5 questions in 1 batch" in ran.out
    (requests,) = classes.glob("answers.db.batches/*/requests.jsonl")
    assert "- sport: games" in requests.read_text()


def test_a_folder_of_texts_is_annotated(vermeil, classes):
    ran = vermeil("annotate", "gold", *RUN[4:], "--out", "-")
    row = json.loads(ran.out)
    assert (row["id"], row["label"]) == ("sport/1.txt", "sport")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--out", "silver.conll"), "--out silver.conll: conll holds spans, and these labels are classes"),
        (("--out", "silver.txt"), "plain text holds no labels"),
        (("--column", "text"), "raw.csv:1: no column 'text'"),
        (("--gold", "spans.jsonl"), "spans.jsonl:1: spans, where one class of each text"),
        (("--gold", "wrong.csv"), "wrong.csv:2: the label 'sprot' is not one of the task's (did you mean 'sport'?)"),
        (("--gold", "two.csv"), "two.csv:2: the 2 classes sport, money, where a text has one"),
        (("--gold", "blank.csv"), "blank.csv:2: an empty text is in no class"),
    ],
)
def test_a_mistake_is_one_line(vermeil, classes, more, said):
    (classes / "spans.jsonl").write_text('{"text": "Ana", "spans": [{"start": 0, "end": 3, "label": "sport"}]}\n')
    (classes / "wrong.csv").write_text("text,label\nA,sprot\n")
    (classes / "two.csv").write_text("text,labels\nA,sport|money\n")
    (classes / "blank.csv").write_text("text,label\n,money\n")
    ran = vermeil(*RUN, *more)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not (classes / "answers.db").exists()


def test_the_formats_and_tasks_are_listed(vermeil, classes):
    assert {"csv", "tsv", "folders"} <= json.loads(vermeil("list", "formats", "--json").out)["formats"].keys()
    assert "classify" in vermeil("list", "tasks").out
