"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from vermeil.cli.app import app
from vermeil.tasks import task_from_settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether")
PLACES = ("Paris", "Lisbon", "Quito", "Oslo")


def blocks(language: str) -> list[str]:
    """The fenced blocks of that language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The files that the README's code reads."""
    monkeypatch.chdir(tmp_path)
    task, raw, gold, answers = blocks("toml")[0], [], [], []
    for person in PEOPLE:
        for place in PLACES:
            first, last = person.split()
            raw.append(f"{person} flew to {place} .")
            gold.append(f"{first} B-PER\n{last} I-PER\nflew O\nto O\n{place} B-LOC\n. O\n")
            entities = f'[{{\\"text\\": \\"{person}\\", \\"type\\": \\"PER\\"}}]'
            answers.append(f'{{"text": "{raw[-1]}", "answer": "{entities}"}}')
    for name, lines in (("task.toml", [task]), ("raw.txt", raw), ("news.conll", gold), ("answers.jsonl", answers)):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_the_python_example_runs_with_a_scripted_llm_and_the_tiny_student(desk, capsys):
    (code,) = blocks("python")
    for shown, used in (("openai:gpt-5-mini", "scripted:answers.jsonl"), ('"minilm"', '"memorizer"')):
        assert shown in code
        code = code.replace(shown, used)
    exec(compile(code, "README.md", "exec"), {})
    assert "16 texts" in capsys.readouterr().out
    assert (desk / "model/run.json").exists() or (desk / "model/vermeil.json").exists()
    assert (desk / "results/report.html").exists()


def test_the_task_files_are_tasks(desk):
    names, classes = (task_from_settings(tomllib.loads(block)) for block in blocks("toml")[:2])
    assert (names.kind, set(names.labels)) == ("spans", {"PER", "LOC"})
    assert (classes.kind, set(classes.labels)) == ("class", {"borrowing", "events"})


def test_every_verb_is_in_the_table_and_every_verb_of_the_table_exists():
    shown = set(re.findall(r"^\| `vermeil (\w+)", README, re.MULTILINE))
    groups = {group.name for group in app.registered_groups}
    assert shown == groups | {command.name for command in app.registered_commands}


def test_the_two_commands_stand_at_the_top():
    top = README[: README.index("## ")]
    assert "make demo" in top
    assert "make test" in top


def test_every_link_to_a_file_leads_somewhere():
    targets = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert targets
    assert [target for target in targets if not (Path(__file__).parents[1] / target).exists()] == []
