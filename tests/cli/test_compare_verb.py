"""`vermeil compare` runs a whole grid from one file, or picks a winner from it, and says what a reader should know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vermeil.compare import read_comparison
from vermeil.report import repeat

STUDY = """task = "task.toml"
gold = "gold.jsonl"
dev = "dev.jsonl"
test = "test.jsonl"
strategies = ["gold-only", "silver-then-gold"]
student = "memorizer"
workers = 1
[silver]
strong = "strong.jsonl"
weak = "weak.jsonl"
[other_tests]
corrected = "test.jsonl"
[train]
steps = 12
batch_size = 4
[costs]
gold = 0.5
silver = 0.01
currency = "EUR"
"""


def write(path, verb, wrong=False, source="gold"):
    rows = []
    for person in ("Ada Lovelace", "Alan Turing", "Grace Hopper"):
        for place in ("Paris", "Lisbon", "Quito"):
            text = f"{person} {verb} to {place}."
            start = text.index(place)
            spans = [
                {"start": 0, "end": len(person), "label": "PER"},
                {"start": start, "end": start + len(place), "label": "PER" if wrong else "LOC"},
            ]
            rows.append({"text": text, "spans": spans, "source": source})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def study(desk):
    """A study file in a folder of its own, with its data beside it: paths in it are meant from there."""
    home = desk / "studies"
    home.mkdir()
    (home / "task.toml").write_text((desk / "task.toml").read_text())
    for name, verb in (("gold", "flew"), ("dev", "ran"), ("test", "walked")):
        write(home / f"{name}.jsonl", verb)
    write(home / "strong.jsonl", "went", source="strong")
    write(home / "weak.jsonl", "went", wrong=True, source="weak")
    (home / "study.toml").write_text(STUDY)
    return home / "study.toml"


def test_a_grid_of_sizes_and_teachers_with_controls(vermeil, desk, study):
    ran = vermeil(
        *("compare", study, "--out", "results", "--gold-size", 2, "--gold-size", "all", "--controls", "--json")
    )
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    names = {row["name"] for row in said["rows"]}
    assert {"gold-only, 2 gold", "gold-only, all gold", "gold-then-gold, all gold"} <= names
    assert "constant(share=0.58), 2 gold, weak" in names
    (row,) = [row for row in said["rows"] if row["name"] == "silver-then-gold, 2 gold, strong"]
    assert row["cost"] == pytest.approx(2 * 0.5 + 9 * 0.01)
    assert row["gold_multiplier"] >= 1
    assert row["f1_by_other_labels"]["corrected"] == pytest.approx(row["f1"])
    assert {"gold alone", "equal share", "restart"} == {contrast["question"] for contrast in said["contrasts"]}
    assert "silver-then-gold, 2 gold, weak" in (desk / "results/report.html").read_text()


def test_in_a_file_the_table_is_as_wide_as_it_takes(vermeil, study, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    told = vermeil("compare", study, "--out", "results")
    lines = [line for line in told.out.splitlines() if line.strip()]
    assert {"strategy", "P", "R", "F1", "time"} <= set(lines[0].split())
    assert lines[3].strip().startswith("silver-then-gold, strong  ")
    assert "not shown" not in told.out


def test_what_a_reader_should_know_is_told_beside_the_table(vermeil, study):
    write(study.parent / "test.jsonl", "flew")
    ran = vermeil("compare", study, "--out", "results")
    assert "note: 9 texts are in both gold and test" in ran.err


def test_a_folder_with_a_test_set_of_ones_own_is_not_written_into(vermeil, study):
    before = {path: path.read_bytes() for path in study.parent.iterdir()}
    ran = vermeil("compare", study, "--out", study.parent)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "has test.jsonl, but no comparison.json" in ran.err
    assert {path: path.read_bytes() for path in study.parent.iterdir()} == before


@pytest.mark.parametrize("theirs", ["report.md", "results.csv", "vermeil.json", "pick.json"])
def test_nor_is_one_with_a_report_or_a_model_of_ones_own(vermeil, desk, study, theirs):
    (desk / "notes").mkdir()
    (desk / "notes" / theirs).write_text("mine")
    ran = vermeil("compare", study, "--out", "notes")
    assert (ran.code, f"has {theirs}, but no comparison.json" in ran.err) == (2, True)
    assert [(path.name, path.read_text()) for path in (desk / "notes").iterdir()] == [(theirs, "mine")]


def test_an_unfinished_comparison_says_so_wherever_it_is_shown(vermeil, desk, study):
    assert vermeil("compare", study, "--out", "results").code == 0
    next((desk / "results/cells").glob("*.json")).unlink()
    ran = vermeil("report", "results")
    assert "note: the comparison is not finished: 1 cell is missing" in ran.err
    assert "the comparison is not finished" in json.loads(vermeil("report", "results", "--json").out)["warnings"][0]


def test_gold_that_a_teacher_labelled_is_told(vermeil, study):
    write(study.parent / "gold.jsonl", "flew", source="openai:gpt-5-mini")
    ran = vermeil("compare", study, "--out", "results")
    assert "note: the gold labels are from openai:gpt-5-mini, not from people" in ran.err


def test_pick_says_who_won_and_saves_the_model(vermeil, desk, study):
    ran = vermeil(
        "compare", study, "--pick", "--out", "results", "--json", "--set", "pick.keep=0.5", "--choose-by", "macro-f1"
    )
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert said["picked"] in [row["name"] for row in said["rows"]]
    assert [len(one["dev_scores"]) for one in said["rounds"]] == [3, 2]
    assert all("dev_macro_f1" in row for row in said["rows"])
    assert f"picked: {said['picked']}" in ran.err
    assert vermeil("evaluate", "results/model", study.parent / "test.jsonl").code == 0


OWN = """[vary.sigmoid]
midpoint = [0.3, 0.7]
[strategy.mine]
stages = [{ schedule = "constant", share = 0.25 }]
[treatments.smooth]
smoothing = 0.2
[treatments.sharp]
smoothing = 0.0
"""


@pytest.mark.parametrize(
    ("named", "rows"),
    [
        (("--strategy", "pooled", "--treatment", "as-it-is"), ["pooled, strong, as-it-is", "pooled, weak, as-it-is"]),
        (("--strategy", "mine", "--treatment", "smooth"), ["mine, strong, smooth", "mine, weak, smooth"]),
        (
            ("--strategy", "sigmoid", "--treatment", "sharp"),
            [f"sigmoid(midpoint={at}), {teacher}, sharp" for teacher in ("strong", "weak") for at in (0.3, 0.7)],
        ),
    ],
)
def test_what_is_named_on_the_command_line_is_all_that_is_run(vermeil, study, named, rows):
    study.write_text(STUDY + OWN)
    ran = vermeil("compare", study, "--out", "results", "--json", *named)
    assert ran.code == 0, ran.err
    assert [row["name"] for row in json.loads(ran.out)["rows"]] == rows


def test_a_comparison_of_ones_own_columns_is_repeated_from_its_report(vermeil, study):
    for name in ("gold", "dev", "test"):
        rows = [f"{place} {n},{team}" for n in range(3) for place, team in (("Oslo", "far"), ("Rome", "near"))]
        (study.parent / f"{name}.csv").write_text("\n".join(["Beschreibung,Team", *rows]) + "\n")
    (study.parent / "task.toml").write_text('task = "classify"\nlabels = ["far", "near"]\n')
    given = ("--column", "Beschreibung", "--label-column", "Team", "--strategy", "gold-only", "--steps", 4)
    paths = (f"--{name}={study.parent / name}.csv" for name in ("gold", "dev", "test"))
    task = ("--task", study.parent / "task.toml", "--set", "student=memorizer", "--out", "results")
    assert vermeil("compare", *given, *paths, *task).code == 0
    again = study.parent / "again.toml"
    again.write_text(repeat.study(read_comparison("results")))
    cells = {path: path.stat().st_mtime_ns for path in Path("results/cells").iterdir()}
    ran = vermeil("compare", again, "--out", "results")
    assert ran.code == 0, ran.err
    assert {path: path.stat().st_mtime_ns for path in Path("results/cells").iterdir()} == cells


def test_what_a_pick_leaves_out_is_told_and_what_it_cannot_do_is_refused(vermeil, desk, study):
    ran = vermeil("compare", study, "--pick", "--controls", "--out", "results")
    assert "note: controls were asked for, but a pick leaves them out" in ran.err
    ran = vermeil("compare", study, "--pick", "--set", "keep_model=false", "--out", "other")
    assert (ran.code, ran.err.count("\n"), (desk / "other").exists()) == (2, 1, False)
    assert "a pick saves the winner's model, got keep_model = false" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "gold_size=3"), "unknown key 'gold_size' (did you mean 'gold_sizes'?)"),
        (("--gold-size", "many"), "--gold-size is a number of texts or all, got 'many'"),
        (("--set", "batch_size=4"), "unknown key 'batch_size' (did you mean 'train.batch_size'?)"),
        (("--gold-size", "99"), "99 gold texts were asked for, but there are 9"),
        (("--strategy", "linear(start=2)"), "start lies in [0, 1], got 2"),
        (("--treatment", "mine"), "no treatment of silver named 'mine'"),
        (("--set", "vary.linear.start=[]"), "vary.linear.start is an empty list"),
        (("--set", "train=5", "--steps", "3"), "train is a table of settings, got 5"),
        (("--choose-by", "luck"), "no figure to choose by named 'luck'; there are: F1, macro F1"),
        (("--epochs", "2"), "give steps or epochs, not both"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing_behind(vermeil, desk, study, arguments, message):
    ran = vermeil("compare", study, "--out", "results", *arguments)
    assert ran.code == 2, ran.out + ran.err
    assert ran.err.count("\n") == 1
    assert message in ran.err
    assert not (desk / "results").exists()


def test_picking_without_a_dev_set_and_comparing_without_a_test_set_are_refused(vermeil, study):
    text = STUDY.replace('dev = "dev.jsonl"\n', "")
    study.write_text(text)
    assert "needs a dev set to choose by" in vermeil("compare", study, "--pick").err
    study.write_text(text.replace('test = "test.jsonl"\n', "", 1))
    assert "the key 'test' is missing" in vermeil("compare", study).err
