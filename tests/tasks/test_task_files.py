"""A task file is read strictly: what it says is what is asked."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from vermeil.errors import DataError, SettingsError, UnknownName, UserError
from vermeil.tasks import read_task, task_from_settings, task_names
from vermeil.tasks.ner import NER

GOOD = """
task = "ner"
guideline = "Newswire."

[labels]
PER = "a person's name, without titles"
LOC = "a named place"

[[examples]]
text = "Alice flew to Lima."
entities = [{ text = "Alice", type = "PER" }, { text = "Lima", type = "LOC" }]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "task.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_task_file_becomes_a_task(tmp_path: Path) -> None:
    task = read_task(written(tmp_path, GOOD))
    assert isinstance(task, NER)
    assert dict(task.labels) == {"PER": "a person's name, without titles", "LOC": "a named place"}
    assert task.guideline == "Newswire."
    assert [(s.start, s.end, s.label) for s in task.examples[0].labels] == [(0, 5, "PER"), (14, 18, "LOC")]
    assert task.prompt_name == "few-shot"


def test_tasks_are_found_by_their_files() -> None:
    assert "ner" in task_names()
    assert not any(name.startswith("_") or name == "base" for name in task_names())


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("guideline =", "guidline =", SettingsError, "unknown key 'guidline' (did you mean 'guideline'?)"),
        ('task = "ner"', 'task = "nre"', UnknownName, "no task named 'nre' (did you mean 'ner'?)"),
        ('task = "ner"', "", SettingsError, 'write task = "ner"'),
        ('task = "ner"', "task = 3", SettingsError, 'write task = "ner"'),
        ("[labels]", "[label]", SettingsError, "'labels'"),
        ('PER = "a person', 'O = "a person', SettingsError, "'O' stands for no entity"),
        ('LOC = "a named place"', "LOC = 7", SettingsError, "labels.LOC"),
        (
            '"Alice", type = "PER"',
            '"Alicia", type = "PER"',
            DataError,
            "example 1 ('Alice flew to Lima.'): PER 'Alicia'",
        ),
        ('"Alice", type = "PER"', '"Alice", type = "PRE"', DataError, "has the label 'PRE'"),
        ('"Alice", type = "PER"', '"Alice", label = "PER"', SettingsError, "examples.0.entities.0"),
        ("[labels]", "[labels", SettingsError, "no valid TOML"),
    ],
)
def test_a_mistake_is_one_line_with_the_file_and_the_remedy(
    tmp_path: Path, old: str, new: str, error: type[UserError], message: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(error) as caught:
        read_task(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_task_without_labels_says_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r'NAME = "definition" under \[labels\]'):
        read_task(written(tmp_path, 'task = "ner"\n[labels]\n'))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.toml"):
        read_task(tmp_path / "nowhere.toml")


def test_settings_need_a_task() -> None:
    with pytest.raises(SettingsError, match="the task: the key 'task' is missing"):
        task_from_settings({"labels": {"PER": ""}})


def test_the_demo_task_reads_all_recorded_answers_and_its_teacher_is_good() -> None:
    folder = Path(str(files("vermeil.demo"))) / "corpora/ner"
    task = read_task(folder / "task.toml")
    answers = [json.loads(row) for row in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    gold = [json.loads(row) for row in (folder / "raw_gold.jsonl").read_text(encoding="utf-8").splitlines()]
    right = given = wanted = 0
    for answer, truth in zip(answers, gold, strict=True):
        parsed = task.parse(answer["answer"], answer["text"])
        assert not parsed.lost
        found = {(span.start, span.end, span.label) for span in parsed.labels}
        true = {(span["start"], span["end"], span["label"]) for span in truth["spans"]}
        right, given, wanted = right + len(found & true), given + len(found), wanted + len(true)
    assert 2 * right / (given + wanted) == pytest.approx(0.982, abs=0.002)


@pytest.mark.parametrize("name", ["ner", "classify"])
def test_labels_without_definitions_may_be_a_list_of_names(tmp_path: Path, name: str) -> None:
    task = read_task(written(tmp_path, f'task = "{name}"\nlabels = ["CITY", "RIVER"]\n'))
    assert dict(task.labels) == {"CITY": "", "RIVER": ""}
    assert "- CITY\n- RIVER\n" in task.prompt("x").text
    for wrong in ('["CITY", 7]', '"CITY"', "7"):
        with pytest.raises(SettingsError, match=r"task\.toml: labels"):
            read_task(written(tmp_path, f'task = "{name}"\nlabels = {wrong}\n'))
