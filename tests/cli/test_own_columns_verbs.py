"""A stranger's table of tickets, in its own columns, through every verb; hints speak of that table."""

from __future__ import annotations

import json

import pytest

TASK = """task = "classify"
[labels]
billing = "invoices and refunds"
shipping = "parcels"
praise = "thanks"
"""
TEXTS = [
    (f"Rechnung {n} ist falsch 😡" if n % 2 else f"Paket {n} fehlt", "billing" if n % 2 else "shipping")
    for n in range(24)
]
OWN = ("--column", "Beschreibung", "--label-column", "Team")


@pytest.fixture
def tickets(tmp_path, monkeypatch):
    """A folder with a task, gold, dev and test in columns of their own, and silver as vermeil writes it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(TASK)
    for name, part in (("gold", TEXTS[:8]), ("dev", TEXTS[8:12]), ("test", TEXTS[12:16])):
        lines = [f"{n};{text};{team};closed;5\r\n" for n, (text, team) in enumerate(part)]
        (tmp_path / f"{name}.csv").write_bytes(("Nr;Beschreibung;Team;state;score\r\n" + "".join(lines)).encode())
    rows = [json.dumps({"text": text, "label": team}) for text, team in TEXTS[16:]]
    (tmp_path / "silver.jsonl").write_text("\n".join(rows) + "\n")
    answers = [json.dumps({"text": text, "answer": json.dumps({"label": team})}) for text, team in TEXTS]
    (tmp_path / "answers.jsonl").write_text("\n".join(answers) + "\n")
    return tmp_path


TRAIN = ("train", "--task", "task.toml", "--student", "memorizer", "--steps", 8, "--out", "model")


def test_training_scoring_and_exporting_read_the_users_own_columns(vermeil, tickets):
    ran = vermeil(*TRAIN, "--gold", "gold.csv", "--silver", "silver.jsonl", "--dev", "dev.csv", *OWN)
    assert (ran.code, "accuracy 100.0" in ran.out) == (0, True)
    assert f"next: vermeil evaluate model test.csv {' '.join(OWN)}," in " ".join(ran.err.split())
    ran = vermeil("evaluate", "model", "test.csv", *OWN)
    assert (ran.code, "accuracy 100.0" in ran.out) == (0, True)
    ran = vermeil("export", "model", "--dev", "dev.csv", *OWN, "--out", "exported")
    assert (ran.code, "no network" in ran.err) == (2, True)  # the labels were read; a memorizer cannot be exported
    ran = vermeil("evaluate", "model", "test.csv", "--column", "Beschreibung")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "name the one that holds the classes (label_column, or --label-column)" in ran.err


def test_the_command_that_comes_next_can_be_pasted_whatever_a_folder_is_called(vermeil, tickets):
    ran = vermeil(*TRAIN[:-1], "my model", "--gold", "gold.csv", *OWN)
    assert "model: my model; next: vermeil evaluate 'my model' test.csv" in " ".join(ran.err.split())
    ask = ("annotate", "test.csv", "--task", "task.toml", "--llm", "scripted:answers.jsonl", *OWN[:2])
    ran = vermeil(*ask, "--out", "my silver.jsonl")
    assert "next: vermeil train --task task.toml --silver 'my silver.jsonl' --gold" in " ".join(ran.err.split())


def test_annotating_scores_by_them_and_takes_examples_from_them(vermeil, tickets):
    ask = ("annotate", "test.csv", "--task", "task.toml", "--llm", "scripted:answers.jsonl", "--out", "out.jsonl")
    ran = vermeil(*ask, "--gold", "test.csv", "--examples-from", "gold.csv", *OWN)
    assert (ran.code, "accuracy 100.0" in ran.out) == (0, True)
    (tickets / "other.jsonl").write_text((tickets / "out.jsonl").read_text())
    ran = vermeil("merge", "out.jsonl", "other.jsonl", "--gold", "test.csv", *OWN, "--out", "merged.jsonl")
    assert ran.code == 0
    assert len((tickets / "merged.jsonl").read_text().splitlines()) == 4


def test_a_study_reads_them_too(vermeil, tickets):
    (tickets / "study.toml").write_text(
        'task = "task.toml"\ngold = "gold.csv"\nsilver = "silver.jsonl"\ntest = "test.csv"\ncolumn = "Beschreibung"\n'
        'label_column = "Team"\nstrategies = ["gold-only"]\nstudent = "memorizer"\nseeds = [0]\n[train]\nsteps = 4\n'
    )
    ran = vermeil("compare", "study.toml", "--workers", 1, "--out", "results")
    assert (ran.code, "gold-only" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("given", "strategy"), [(("--gold", "gold.csv", *OWN), "gold-only"), (("--silver", "silver.jsonl"), "silver-only")]
)
def test_without_a_strategy_what_there_is_is_learnt_from(vermeil, tickets, given, strategy):
    assert vermeil(*TRAIN, *given).code == 0
    assert json.loads((tickets / "model" / "run.json").read_text())["options"]["strategy"] == strategy


def test_a_class_that_nothing_shows_is_told_as_what_cannot_be_learnt(vermeil, tickets):
    ran = vermeil(*TRAIN, "--gold", "gold.csv", *OWN)
    assert "gold never shows praise, nor does silver that is learnt from: the student cannot learn it" in " ".join(
        ran.err.split()
    )
    with (tickets / "silver.jsonl").open("a") as silver:
        silver.write('{"text": "Thanks a lot", "label": "praise"}\n')
    ran = vermeil(*TRAIN, "--gold", "gold.csv", *OWN, "--silver", "silver.jsonl")
    assert "gold never shows praise; what the student knows of that, it has from silver alone" in " ".join(
        ran.err.split()
    )
