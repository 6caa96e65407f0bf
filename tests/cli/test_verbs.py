"""Every verb does its work on real files, and what it prints can be used by a person, a file and jq."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib

import pytest

from vermeil import __version__

ANNOTATE = ("annotate", "raw.txt", "--task", "task.toml", "--llm", "scripted:answers.jsonl", "--out", "silver.jsonl")
TRAIN = ("train", "--task", "task.toml", "--gold", "gold.conll", "--student", "memorizer", "--steps", "20")


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_annotate_labels_the_texts_and_says_how_it_went(vermeil, desk):
    ran = vermeil(*ANNOTATE)
    assert ran.code == 0, ran.err
    assert "9 texts" in ran.out
    assert "18 labels" in ran.out
    silver = rows(desk / "silver.jsonl")
    assert len(silver) == 9
    assert all(row["text"][s["start"] : s["end"]] for row in silver for s in row["spans"])
    assert silver[0]["source"] == "scripted:answers.jsonl"
    record = json.loads((desk / "silver.jsonl.run.json").read_text())
    assert record["options"]["in_flight"] == 32
    assert record["report"]["texts"] == 9


def test_annotate_says_what_columns_cannot_hold(vermeil, desk):
    first, *rest = rows(desk / "answers.jsonl")
    answers = [first | {"answer": "I am sorry."}, *rest]
    (desk / "answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    ran = vermeil(*ANNOTATE[:-1], "silver.conll")
    assert "1 texts or labels cannot be expressed" in ran.err


def test_a_second_annotate_asks_nothing(vermeil, desk):
    vermeil(*ANNOTATE)
    again = json.loads(vermeil(*ANNOTATE, "--json").out)
    assert (again["from_store"], again["asked"]) == (9, 0)


def test_a_plan_counts_calls_and_price_and_asks_no_more_than_it_may(vermeil, desk):
    prices = ("--set", "prices.input=1000", "--set", "prices.output=2000")
    probed = json.loads(vermeil(*ANNOTATE, "--store", "probed.db", "--plan", "--probe", "4", "--json", *prices).out)
    assert (probed["probed"], probed["calls"]) == (4, 5)
    again = json.loads(vermeil(*ANNOTATE[:-1], "probed.jsonl", "--store", "probed.db", "--json").out)
    assert again["from_store"] == 4, "what the probe asked is not asked again"
    planned = json.loads(vermeil(*ANNOTATE, "--plan", "--probe", "0", "--json", *prices).out)
    assert planned["calls"] == 9
    assert planned["price"] == pytest.approx((planned["tokens_in"] * 1000 + planned["tokens_out"] * 2000) / 1e6)
    assert not (desk / "answers.db").exists()
    assert not (desk / "silver.jsonl").exists()


def test_the_prompt_is_shown_and_nothing_asked(vermeil, desk):
    ran = vermeil(*ANNOTATE, "--show-prompt")
    assert "Ada Lovelace flew to Paris." in ran.out
    assert "a person's name" in ran.out
    assert not (desk / "answers.db").exists()


def test_imported_answers_are_used_instead_of_calls_and_come_out_again(vermeil, desk):
    of = ("--task", "task.toml", "--llm", "scripted:elsewhere")
    assert "9 answers added" in vermeil("answers", "import", "answers.jsonl", *of).out
    ran = vermeil("annotate", "raw.txt", *of, "--out", "silver.jsonl", "--json")
    assert json.loads(ran.out)["asked"] == 0
    assert json.loads(vermeil("answers", "stats", "--json").out)
    assert vermeil("answers", "export", "kept.jsonl").code == 0
    assert len(rows(desk / "kept.jsonl")) == 9


def test_train_evaluate_and_predict_follow_each_other(vermeil, desk):
    trained = vermeil(*TRAIN, "--strategy", "gold-only", "--dev", "gold.conll", "--out", "model")
    assert trained.code == 0, trained.err
    assert "mean share of silver 0%" in trained.out
    evaluated = vermeil("evaluate", "model", "gold.conll")
    assert "95 % interval" in evaluated.out
    assert "PER" in evaluated.out
    predicted = vermeil("predict", "model", "raw.txt")
    labelled = [json.loads(line) for line in predicted.out.splitlines()]
    assert [row["text"] for row in labelled] == (desk / "raw.txt").read_text().splitlines()
    assert labelled[0]["spans"][0]["label"] == "PER"


def test_the_resolved_options_are_saved_with_the_run(vermeil, desk):
    vermeil(*TRAIN, "--strategy", "gold-only", "--seed", "3", "--out", "model")
    record = json.loads((desk / "model/run.json").read_text())
    assert record["options"]["train"]["seed"] == 3
    assert record["options"]["gold"] == "gold.conll"
    assert record["settings"]["settings"]["steps"] == 20


def test_options_come_from_a_file_and_flags_override_it(vermeil, desk):
    (desk / "sub").mkdir()
    (desk / "sub/train.toml").write_text(
        'task = "../task.toml"\ngold = "../gold.conll"\nstudent = "memorizer"\nstrategy = "gold-only"\n'
        'out = "model"\n[train]\nsteps = 7\nseed = 1\n'
    )
    ran = vermeil("train", "--config", "sub/train.toml", "--steps", "9", "--set", "train.seed=5", "--json")
    record = json.loads(ran.out)
    assert record["settings"]["settings"]["steps"] == 9
    assert record["settings"]["settings"]["seed"] == 5
    assert (desk / "sub/model/run.json").exists()


def test_a_strategy_of_ones_own_comes_from_the_file(vermeil, desk):
    vermeil(*ANNOTATE)
    (desk / "own.toml").write_text(
        '[[stages]]\nschedule = "sigmoid"\nmidpoint = 0.3\nshare_of_steps = 0.8\n'
        '[[stages]]\nschedule = "constant"\nshare = 0.0\nshare_of_steps = 0.2\n'
    )
    ran = vermeil(*TRAIN, "--silver", "silver.jsonl", "--config", "own.toml", "--out", "model", "--json")
    stages = json.loads(ran.out)["settings"]["strategy"]["stages"]
    assert [stage["schedule"] for stage in stages] == ["sigmoid", "constant"]


def test_the_teacher_is_scored_against_gold(vermeil, desk):
    vermeil(*ANNOTATE)
    (desk / "gold.jsonl").write_text((desk / "silver.jsonl").read_text().replace("scripted:answers.jsonl", "gold"))
    scores = json.loads(vermeil("evaluate", "--predicted", "silver.jsonl", "gold.jsonl", "--json").out)
    assert scores["f1"] == 1.0
    assert scores["f1_low"] <= scores["f1_high"]


def test_compare_and_report(vermeil, desk):
    vermeil(*ANNOTATE)
    (desk / "study.toml").write_text(
        'task = "task.toml"\ngold = "gold.conll"\nsilver = "silver.jsonl"\ndev = "gold.conll"\ntest = "gold.conll"\n'
        'student = "memorizer"\nseeds = [0, 1]\nworkers = 1\nstrategies = ["gold-only", "pooled", "mine"]\n'
        "[train]\nsteps = 10\n[strategy.mine]\nstages = [{ schedule = 'power', exponent = 3 }]\n"
    )
    ran = vermeil("compare", "study.toml", "--out", "results")
    assert ran.code == 0, ran.err
    assert "gold-only" in ran.out
    assert "mine" in ran.out
    page = (desk / "results/report.html").read_text()
    assert "mine" in page
    (desk / "results/report.html").unlink()
    assert vermeil("report", "results").code == 0
    assert (desk / "results/report.html").exists()
    again = json.loads(vermeil("compare", "study.toml", "--out", "results", "--json").out)
    assert [row["strategy"] for row in again["rows"]] == ["gold-only", "pooled", "mine"]


@pytest.mark.parametrize("kind", ["tasks", "llms", "strategies", "schedules", "students"])
def test_list_shows_each_choice_with_a_line_about_it(vermeil, kind):
    listed = json.loads(vermeil("list", kind, "--json").out)[kind]
    assert listed
    assert all(about for about in listed.values())


def test_list_says_what_can_be_set_of_a_strategy(vermeil):
    listed = json.loads(vermeil("list", "strategies", "--json").out)["strategies"]
    assert listed["sigmoid"].endswith("(epochs=0, midpoint=0.5, steepness=10)")
    assert listed["silver-then-gold"].endswith("(first=0.6, restart=true, rate=1)")


def test_list_shows_everything_by_default(vermeil):
    ran = vermeil("list")
    assert all(name in ran.out for name in ("ner", "openai", "silver-then-gold", "sigmoid", "minilm"))


@pytest.mark.parametrize(
    "verb",
    [[v] for v in ("demo", "annotate", "train", "evaluate", "predict", "serve", "compare", "report", "list")]
    + [["answers", v] for v in ("import", "export", "stats")],
    ids=" ".join,
)
def test_the_help_of_every_verb_has_an_example(vermeil, verb):
    ran = vermeil(*verb, "--help")
    assert ran.code == 0
    assert "Example" in ran.out
    assert f"vermeil {' '.join(verb)}" in " ".join(ran.out.split())


def test_the_version_is_that_of_the_package(vermeil):
    assert vermeil("--version").out.strip() == f"vermeil {__version__}"
    with open("pyproject.toml", "rb") as file:  # noqa: PTH123
        assert tomllib.load(file)["project"]["version"] == __version__


def test_the_program_starts_without_loading_torch():
    code = "import sys, vermeil.cli.app; assert not {'torch', 'transformers', 'matplotlib'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nobody_reading_on_is_no_failure():
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([sys.executable, "-m", "vermeil", "list"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, b"")
