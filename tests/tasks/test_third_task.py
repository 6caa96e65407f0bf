"""A third task is one file: what ARCHITECTURE.md says of it is true, from its prompt to the student's labels."""

from __future__ import annotations

import json
import sys

import pytest

from vermeil import formats, tasks
from vermeil.annotate.annotator import annotate
from vermeil.deploy.predictor import predict
from vermeil.evaluate.score import evaluate
from vermeil.folder import abouts
from vermeil.llms.scripted import LLM
from vermeil.students import student
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train

FILE = '''"""Whether a text is about the weather: the LLM says yes or no."""

from vermeil.data import whole
from vermeil.errors import UnreadableAnswer
from vermeil.exchange import Message, Prompt
from vermeil.settings import Settings
from vermeil.tasks.base import Parsed


class TaskSettings(Settings):
    """A task file may hold another subject."""

    task: str = "about"
    subject: str = "the weather"

    def build(self):
        return About(self.subject)


class About:
    """Yes or no."""

    name, kind, labels = "about", "class", {"yes": "it is about it", "no": "it is not"}

    def __init__(self, subject):
        self.settings = {"task": self.name, "subject": subject}
        self.subject = subject

    def prompt(self, text, examples=None):
        return Prompt((Message("user", f"Is this text about {self.subject}? Say yes or no.\\n{text}"),))

    def parse(self, answer, text):
        if answer.casefold() not in self.labels:
            raise UnreadableAnswer(f"expected yes or no, got {answer!r}")
        return Parsed((whole(text, answer.casefold()),))

    def prompt_many(self, texts, examples=None):
        raise NotImplementedError

    split = verify_prompt = read_verdicts = prompt_many
'''
ANSWERS = {
    "It will rain all night.": "Yes",
    "The bank raised its rates.": "no",
    "Heavy rain and wind are expected.": "yes",
    "The team won the match.": "No",
    "Fog in the valleys.": "I can't tell.",
}


@pytest.fixture
def about(tmp_path, monkeypatch):
    """The folder of tasks with one more file in it."""
    (tmp_path / "about.py").write_text(FILE)
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path)])
    yield tasks.task_from_settings({"task": "about"})
    sys.modules.pop("vermeil.tasks.about", None)


def test_its_file_is_found_by_name_and_listed_with_its_first_line(about):
    assert about.settings == {"task": "about", "subject": "the weather"}
    assert abouts(tasks)["about"].startswith("Whether a text is about the weather")


def test_its_answers_become_labels_that_a_student_learns_and_that_files_hold(about, tmp_path):
    silver, report = annotate(ANSWERS, about, LLM("demo", reply=ANSWERS))
    assert [example.classes for example in silver] == [("yes",), ("no",), ("yes",), ("no",), ()]
    assert sum(reason.count for reason in report.failed.values()) == 1
    formats.write(silver, tmp_path / "silver.jsonl")
    assert json.loads((tmp_path / "silver.jsonl").read_text().splitlines()[0])["label"] == "yes"
    gold = formats.read(tmp_path / "silver.jsonl", kind=about.kind).trainable
    learner = student("memorizer", about.labels, kind=about.kind)
    train(learner, STRATEGIES["gold-only"], gold=gold, settings=TrainSettings(steps=20, batch_size=4))
    assert evaluate(learner, gold).accuracy == 1
    assert predict(learner, ["More rain is expected."])[0].classes == ("yes",)
