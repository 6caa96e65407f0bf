"""`vermeil merge` and the treatments of `vermeil train`, as a user types them."""

from __future__ import annotations

import json

import pytest
from people_and_places import PEOPLE, PLACES


@pytest.fixture
def teachers(desk):
    """One calls every place an organisation, the other misses every second person; both labelled gold and more."""
    rows = [f"{person} {verb} to {place} ." for verb in ("flew", "went") for person in PEOPLE for place in PLACES]
    with (desk / "task.toml").open("a") as task:
        task.write('ORG = "an organisation"\n')
    with (desk / "one.jsonl").open("w") as one, (desk / "two.jsonl").open("w") as two:
        for number, text in enumerate(rows):
            person = {"start": 0, "end": text.index(" ", 5) if text[:3] != "Ada" else 12, "label": "PER"}
            place = {"start": text.index("to ") + 3, "end": len(text) - 2, "label": "LOC"}
            wrong = place | {"label": "ORG"}
            one.write(json.dumps({"text": text, "spans": [person, wrong], "source": "one"}) + "\n")
            two.write(json.dumps({"text": text, "spans": [person, place][number % 2 :], "source": "two"}) + "\n")
    return desk


MERGE = ("merge", "one.jsonl", "two.jsonl", "--gold", "gold.conll", "--out", "merged.jsonl")
TRAIN = ("train", "--task", "task.toml", "--gold", "gold.conll", "--silver", "one.jsonl", "--student", "memorizer")


def test_merged_labels_are_those_that_gold_bears_out(vermeil, teachers):
    ran = vermeil(*MERGE)
    assert ran.code == 0, ran.err
    assert "one: the teacher's errors on 9 gold texts" in ran.out
    rows = [json.loads(line) for line in (teachers / "merged.jsonl").read_text().splitlines()]
    assert len(rows) == 18
    labels = {span["label"] for row in rows for span in row["spans"]}
    assert labels == {"PER", "LOC"}
    assert all(0.5 <= span["score"] <= 1 for row in rows for span in row["spans"])
    assert "ORG" in (teachers / "merged.jsonl").read_text(), "what became no label is kept as a vote"


def test_merging_can_be_read_by_a_program(vermeil, teachers):
    found = json.loads(vermeil(*MERGE, "--json").out)
    assert found["texts"] == 18
    assert found["teachers"]["one"]["errors"]["precision"]["ORG"]["value"] < 0.3


def test_teachers_of_one_name_or_without_gold_are_refused(vermeil, teachers):
    twice = vermeil("merge", "one.jsonl", "./one.jsonl", "--gold", "gold.conll", "--out", "merged.jsonl")
    assert (twice.code, "names must differ" in twice.err) == (2, True)
    assert "name each file once, or rename one of them" in twice.err
    (teachers / "other.conll").write_text("Nobody O\n\n")
    alone = vermeil(*MERGE[:4], "other.conll", *MERGE[5:])
    assert (alone.code, "cannot be estimated" in alone.err) == (2, True)
    assert not (teachers / "merged.jsonl").exists()


def test_teachers_whose_files_are_called_alike_are_told_apart_by_their_folders(vermeil, teachers):
    for name in ("one", "two"):
        (teachers / name).mkdir()
        (teachers / f"{name}.jsonl").rename(teachers / name / "silver.jsonl")
    ran = vermeil("merge", "one/silver.jsonl", "two/silver.jsonl", *MERGE[3:], "--json")
    assert ran.code == 0, ran.err
    assert list(json.loads(ran.out)["teachers"]) == ["one/silver", "two/silver"]


def test_what_is_merged_is_never_written_over(vermeil, teachers):
    before = (teachers / "gold.conll").read_bytes()
    for out in ("one.jsonl", "gold.conll"):
        ran = vermeil("merge", "one.jsonl", "two.jsonl", "--gold", "gold.conll", "--out", out)
        assert ran.code == 2
        assert "is one of the files to be merged, or gold itself" in ran.err
    assert (teachers / "gold.conll").read_bytes() == before


def test_a_treatment_is_named_and_what_it_estimated_is_recorded(vermeil, teachers):
    ran = vermeil(*TRAIN, "--steps", "20", "--strategy", "silver-only", "--treatment", "masked", "--out", "model")
    assert ran.code == 0, ran.err
    record = json.loads((teachers / "model/run.json").read_text())["settings"]
    assert record["settings"]["silver"]["use"] == "mask"
    assert record["treatment"]["texts"] == 9
    assert record["silver"]["examples"] == {"labels": 9}


def test_a_named_treatment_keeps_what_is_set_beside_it(vermeil, teachers):
    own = ("--treatment", "masked", "--set", "train.silver.smoothing=0.2")
    assert vermeil(*TRAIN, "--steps", "5", "--strategy", "silver-only", *own, "--out", "model").code == 0
    used = json.loads((teachers / "model/run.json").read_text())["settings"]["settings"]["silver"]
    assert (used["use"], used["errors"], used["smoothing"]) == ("mask", True, 0.2)


def test_an_option_of_a_treatment_is_set_alone(vermeil, teachers):
    ran = vermeil(*TRAIN, "--steps", "5", "--set", "train.silver.disagreement=['type']", "--out", "model")
    assert ran.code == 0, ran.err
    record = json.loads((teachers / "model/run.json").read_text())["settings"]
    assert record["settings"]["silver"]["disagreement"] == ["type"]


def test_an_unknown_treatment_lists_those_there_are(vermeil, teachers):
    ran = vermeil(*TRAIN, "--treatment", "maskd", "--out", "model")
    assert ran.code == 2
    assert "did you mean 'masked'" in ran.err
    assert not (teachers / "model").exists()


def test_a_comparison_has_a_row_for_each_treatment(vermeil, teachers):
    grid = ("--treatment", "as-it-is", "--treatment", "masked", "--strategy", "pooled", "--steps", "5")
    (teachers / "study.toml").write_text('student = "memorizer"\ngold = "gold.conll"\nsilver = "one.jsonl"\n')
    ran = vermeil(
        "compare", "study.toml", "--task", "task.toml", "--test", "gold.conll", *grid, "--out", "results", "--json"
    )
    assert ran.code == 0, ran.err
    assert [row["treatment"] for row in json.loads(ran.out)["rows"]] == ["as-it-is", "masked"]
