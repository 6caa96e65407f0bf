"""The program, run in this process, on small files of its own."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass

import pytest
from people_and_places import PEOPLE, PLACES

from vermeil.cli.app import _exit_code
from vermeil.demo import Corpus

TASK = """task = "ner"
[labels]
PER = "a person's name"
LOC = "a place"
"""


@dataclass(frozen=True)
class Ran:
    """What a run printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def vermeil(capsys, monkeypatch):
    """Run `vermeil ARGUMENTS` and give back what it printed."""

    def run(*arguments) -> Ran:
        monkeypatch.setattr(sys, "argv", ["vermeil", *map(str, arguments)])
        code = _exit_code()
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a task, texts, gold, silver and recorded answers, in which the program is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(TASK)
    flights = [(person, place) for person in PEOPLE for place in PLACES]
    texts = [f"{person} flew to {place}." for person, place in flights]
    (tmp_path / "raw.txt").write_text("\n".join(texts) + "\n")
    with (tmp_path / "answers.jsonl").open("w") as answers, (tmp_path / "gold.conll").open("w") as gold:
        for text, (person, place) in zip(texts, flights, strict=True):
            entities = [{"text": person, "type": "PER"}, {"text": place, "type": "LOC"}]
            answers.write(json.dumps({"text": text, "answer": json.dumps({"entities": entities})}) + "\n")
            first, last = person.split()
            gold.write(f"{first} B-PER\n{last} I-PER\nflew O\nto O\n{place} B-LOC\n. O\n\n")
    return tmp_path


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A folder with the embedded messages to a library and their classes, in which the program is run."""
    for file in Corpus("classify").folder.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
