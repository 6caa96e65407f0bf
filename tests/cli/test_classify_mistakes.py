"""A user's mistake with classes ends in one line that names the file, the line and what to do, and exit code 2."""

from __future__ import annotations

import json
import re

import pytest

SPANS = '{"text": "Ada sang.", "spans": [{"start": 0, "end": 3, "label": "events"}]}\n'
FILES = {
    "unknown.jsonl": '{"text": "It is locked.", "label": "premisses"}\n',
    "unknown.csv": "text,label\nIt is locked.,premisses\n",
    "two.jsonl": '{"text": "It is locked.", "labels": ["premises", "events"]}\n',
    "two.csv": "text,labels\nIt is locked.,premises|events\n",
    "empty.jsonl": '{"text": "", "label": "events"}\n',
    "empty.csv": "text,label\n,events\n",
    "noclass.csv": "text,label\nIt is locked.,\n",
    "noheader.csv": "It is locked.,premises\nMay I renew?,borrowing\n",
    "spans.jsonl": SPANS,
    "spans.conll": "Ada B-events\nsang O\n",
    "mixed.jsonl": '{"text": "It is locked.", "label": "premises"}\n' + SPANS,
    "several.toml": 'task = "classify"\n[labels]\na = ""\nb = ""\n[[examples]]\ntext = "x"\nlabels = ["a", "b"]\n',
    "stray.toml": 'task = "classify"\n[labels]\na = ""\nb = ""\n[[examples]]\ntext = "x"\nlabel = "c"\n',
    "bare.toml": 'task = "classify"\n[labels]\na = ""\nb = ""\n[[examples]]\ntext = "x"\n',
    "blank.toml": 'task = "classify"\n[labels]\na = ""\nb = ""\n[[examples]]\ntext = ""\nlabel = "a"\n',
    "entities.toml": 'task = "classify"\n[labels]\na = ""\nb = ""\n[[examples]]\ntext = "x"\nentities = []\n',
    "one.toml": 'task = "classify"\n[labels]\na = ""\n',
    "misspelt.toml": 'task = "clasify"\n[labels]\na = ""\nb = ""\n',
}
UNREAD = {
    "unknown class": ("unknown.jsonl", r"unknown\.jsonl:1.*'premisses'.*did you mean 'premises'"),
    "unknown class in a table": ("unknown.csv", r"unknown\.csv:2.*'premisses'.*did you mean 'premises'"),
    "two classes": ("two.jsonl", r"two\.jsonl:1.*premises, events.*a text has one"),
    "two classes in a table": ("two.csv", r"two\.csv:2.*premises.*events.*a text has one"),
    "empty text": ("empty.jsonl", r"empty\.jsonl:1.*empty text is in no class"),
    "empty text in a table": ("empty.csv", r"empty\.csv:2.*empty text is in no class"),
    "no class": ("noclass.csv", r"noclass\.csv:2.*no class"),
    "no header": ("noheader.csv", r"noheader\.csv:1.*no column 'text'"),
    "spans": ("spans.jsonl", r"spans\.jsonl:1.*spans.*one class of each text"),
    "columns of tags": ("spans.conll", r"spans\.conll.*spans.*one class of each text"),
    "spans among classes": ("mixed.jsonl", r"mixed\.jsonl:2.*spans.*one class of each text"),
}
TASKS = {
    "example with two classes": ("several.toml", r"several\.toml: example 1.*a, b.*one"),
    "example with an unknown class": ("stray.toml", r"stray\.toml.*'c'.*a, b"),
    "example without a class": ("bare.toml", r"bare\.toml: example 1.*no class; give label"),
    "example without a text": ("blank.toml", r"blank\.toml: example 1.*empty text is in no class"),
    "example with entities": ("entities.toml", r"entities\.toml: unknown key 'examples\.0\.entities'"),
    "one class": ("one.toml", r"one\.toml.*one class 'a'; name at least two"),
    "unknown task": ("misspelt.toml", r"misspelt\.toml.*did you mean 'classify'"),
}
TRAIN = ("train", "--task", "task.toml", "--student", "memorizer", "--strategy", "gold-only", "--steps", "2")


@pytest.fixture(autouse=True)
def wrong(library):
    """Files that are wrong in one way each, beside the sound ones."""
    for name, content in FILES.items():
        (library / name).write_text(content)


def refused(ran, message):
    """Whether a run ended as a user's mistake has to, with this message."""
    return (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1) and re.search(message, ran.err)


@pytest.fixture(params=UNREAD.values(), ids=UNREAD)
def unread(request):
    """A file that is not what a classify task takes, and what is said of it."""
    return request.param


def test_it_is_refused_as_gold_to_train_with(vermeil, library, unread):
    file, message = unread
    ran = vermeil(*TRAIN, "--gold", file, "--out", "model")
    assert refused(ran, message), ran.err
    assert not (library / "model").exists()


def test_it_is_refused_as_silver_to_train_with(vermeil, library, unread):
    file, message = unread
    ran = vermeil(*TRAIN, "--gold", "gold.jsonl", "--silver", file, "--out", "model")
    assert refused(ran, message), ran.err


def test_it_is_refused_as_the_test_set_of_a_comparison(vermeil, library, unread):
    file, message = unread
    (library / "study.toml").write_text(
        f'task = "task.toml"\ngold = "gold.jsonl"\ntest = "{file}"\nstrategies = ["gold-only"]\nstudent = "memorizer"\n'
    )
    ran = vermeil("compare", "study.toml", "--out", "results")
    assert refused(ran, message), ran.err
    assert not (library / "results/report.html").exists()


def test_it_is_refused_as_gold_beside_annotations(vermeil, library, unread):
    file, message = unread
    annotate = ("annotate", "raw.txt", "--task", "task.toml", "--llm", "scripted:answers.jsonl")
    ran = vermeil(*annotate, "--gold", file, "--out", "silver.jsonl")
    assert refused(ran, message), ran.err
    assert not (library / "silver.jsonl").exists()


@pytest.mark.parametrize("file", [name for name, _ in UNREAD.values() if not name.startswith("unknown")])
def test_it_is_refused_to_evaluate_with(vermeil, library, file):
    message = next(said for name, said in UNREAD.values() if name == file)
    assert vermeil(*TRAIN, "--gold", "gold.jsonl", "--out", "model").code == 0
    assert refused(vermeil("evaluate", "model", file), message)


def test_a_class_that_the_model_cannot_give_is_told_and_counts_as_missed(vermeil, library):
    assert vermeil(*TRAIN, "--gold", "gold.jsonl", "--out", "model").code == 0
    ran = vermeil("evaluate", "model", "unknown.csv", "--json")
    assert (ran.code, json.loads(ran.out)["accuracy"]) == (0, 0)
    assert "the model gives no label named 'premisses' (did you mean 'premises'?)" in ran.err


def test_a_class_that_gold_never_shows_is_told_once_and_training_goes_on(vermeil, library):
    gold = [line for line in (library / "gold.jsonl").read_text().splitlines() if '"events"' not in line]
    (library / "some.jsonl").write_text("\n".join(gold) + "\n")
    ran = vermeil(*TRAIN, "--gold", "some.jsonl", "--out", "model")
    assert ran.code == 0
    assert ran.err.count("gold never shows events") == 1


@pytest.mark.parametrize(("file", "message"), TASKS.values(), ids=TASKS)
def test_a_task_file_that_is_wrong_is_refused_before_anybody_is_asked(vermeil, library, file, message):
    ran = vermeil("annotate", "raw.txt", "--task", file, "--llm", "scripted:answers.jsonl", "--out", "silver.jsonl")
    assert refused(ran, message), ran.err
    assert not (library / "answers.db").exists()


def test_an_empty_text_is_no_question_and_fails_with_its_reason(vermeil, library):
    (library / "rows.jsonl").write_text('{"text": ""}\n')
    annotate = ("annotate", "rows.jsonl", "--task", "task.toml", "--llm", "scripted:answers.jsonl")
    assert vermeil(*annotate, "--out", "silver.jsonl").code == 0
    row = json.loads((library / "silver.jsonl").read_text())
    assert (row["label"], row["state"]) == (None, "failed")
    assert "in no class" in row["failed"]
