"""The classify task asks for the class of a text, or for all its classes; answers become labels of the whole text."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vermeil as vm
from vermeil.data import Example, Span, whole
from vermeil.errors import DataError, SettingsError, UnknownName, UnreadableAnswer, UserError
from vermeil.tasks import read_task, task_from_settings, task_names
from vermeil.tasks.classify import Classify

LABELS = {"sport": "games and those who play them", "money": "", "world news": "what happens abroad"}
ONE = Classify(LABELS)
MANY = Classify(LABELS, several=True)
GOAL = Example("Goal!", (whole("Goal!", "sport"),), kind="class")
PLAYERS = "Players strike for pay."
STRIKE = Example(PLAYERS, (whole(PLAYERS, "money"), whole(PLAYERS, "sport")), kind="classes")
TOML = """
task = "classify"
guideline = "By the main topic."

[labels]
sport = "games"
"world news" = "what happens abroad"

[[examples]]
text = "Goal!"
label = "sport"
"""


def test_the_prompt_holds_classes_definitions_guideline_and_the_text() -> None:
    system, user = Classify(LABELS, guideline="By the main topic.").prompt("A match.").messages
    for part in ("- sport: games and those who play them\n", "- money\n", "By the main topic.", "JSON", "exactly one"):
        assert part in system.content
    assert "<text>\nA match.\n</text>" in user.content
    assert '{"label":"sport|money|world news"}' in system.content


def test_the_schema_names_the_classes() -> None:
    assert json.loads(ONE.prompt("x").schema)["properties"] == {"label": {"type": "string", "enum": [*LABELS]}}
    listed = json.loads(MANY.prompt("x").schema)["properties"]["labels"]
    assert listed == {"type": "array", "items": {"type": "string", "enum": [*LABELS]}}
    sure = json.loads(Classify(LABELS, confidence=True).prompt("x").schema)
    assert sure["required"] == ["label", "confidence"]


def test_thoughts_come_before_the_class() -> None:
    task = Classify(LABELS, prompt_name="chain-of-thought")
    assert [*json.loads(task.prompt("x").schema)["properties"]] == ["analysis", "candidates", "decision", "label"]
    assert "four steps" in task.prompt("x").text
    many = json.loads(task.prompt_many(["x"]).schema)["properties"]["answers"]["items"]["properties"]
    assert [*many] == ["id", "analysis", "candidates", "decision", "label"]


@pytest.mark.parametrize(
    ("task", "shown"),
    [
        (Classify(LABELS, examples=(GOAL,)), '</text>\n{"label":"sport"}'),
        (Classify(LABELS, examples=(STRIKE,), several=True), '{"labels":["money","sport"]}'),
        (
            Classify(LABELS, examples=(STRIKE,), several=True, confidence=True),
            '{"labels":[{"label":"money"},{"label":"sport"}]}',
        ),
        (Classify(LABELS, examples=(Example("Hm.", kind="classes"),), several=True), '{"labels":[]}'),
        (Classify(LABELS, examples=(Example("Hm."),), several=True), '{"labels":[]}'),
    ],
)
def test_examples_are_shown_with_their_classes(task: Classify, shown: str) -> None:
    assert task.prompt_name == "few-shot"
    assert shown in task.prompt("x").text
    assert shown.removeprefix("</text>\n").strip("{}") in task.prompt_many(["x", "y"]).text


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1))
def test_the_text_reaches_the_model_unchanged(text: str) -> None:
    assert f">\n{text}\n</" in ONE.prompt(text).messages[-1].content
    assert f">\n{text}\n</" in MANY.prompt_many([text, "x"]).messages[-1].content


def test_an_answer_becomes_labels_of_the_whole_text() -> None:
    assert ONE.parse('{"label": "Sport"}', "A match.").labels == (Span(0, 8, "sport"),)
    two = MANY.parse('{"labels": [{"label": "sport", "confidence": 0.7}, {"label": "money"}]}', "A match.").labels
    assert [(span.label, span.score) for span in two] == [("sport", 0.7), ("money", None)]
    assert MANY.parse('{"labels": []}', "A match.").labels == ()
    with pytest.raises(UnreadableAnswer):
        ONE.parse("I'd rather not.", "A match.")
    with pytest.raises(DataError, match="an empty text is in no class"):
        ONE.parse('{"label": "sport"}', "")


def test_several_texts_are_told_apart_by_their_ids() -> None:
    answer = '{"answers": [{"id": 2, "label": "money"}, {"id": 1, "label": "sport"}, {"id": 3, "label": "tennis"}]}'
    parts = ONE.split(answer, 4)
    assert {n: ONE.parse(part, "x").labels[0].label for n, part in parts.items()} == {1: "sport", 2: "money"}
    assert ONE.split('{"1": "sport", "2": "world news"}', 2).keys() == {1, 2}
    both = MANY.split('[{"id": 1, "labels": []}, {"id": 2, "labels": ["sport", "money"]}]', 2)
    assert [len(MANY.parse(part, "x").labels) for part in both.values()] == [0, 2]
    assert ONE.split('[{"id": 1, "label": "sport"}, {"id": 2, "label": "mon', 2).keys() == {1}


def test_a_second_look_chooses_one_class_anew_without_saying_what_came_before() -> None:
    text = "Players strike."
    doubtful = (whole(text, "money"), whole(text, "sport"))
    prompt = ONE.verify_prompt(text, doubtful)
    assert '"reason"' in prompt.text
    assert '"class"' not in prompt.text
    assert ONE.read_verdicts('{"reason": "pay", "label": "money"}', doubtful) == {0: "money", 1: "money"}
    with pytest.raises(UnreadableAnswer):
        ONE.read_verdicts('{"label": "tennis"}', doubtful)


def test_a_second_look_judges_each_of_several_classes() -> None:
    text = "Players strike."
    doubtful = (whole(text, "money"), whole(text, "sport"), whole(text, "world news"))
    prompt = MANY.verify_prompt(text, doubtful)
    assert '{"id":2,"class":"sport"}' in prompt.messages[-1].content
    answer = '{"verdicts": [{"id": 1, "reason": "r", "fits": "yes"}, {"id": 2, "fits": false}, {"id": 3, "fits": "?"}]}'
    assert MANY.read_verdicts(answer, doubtful) == {0: "money", 1: None}
    with pytest.raises(UnreadableAnswer, match="list of verdicts"):
        MANY.read_verdicts("yes", doubtful)


def test_a_task_file_becomes_a_task_and_its_settings_the_same_one(tmp_path: Path) -> None:
    path = tmp_path / "task.toml"
    path.write_text(TOML, encoding="utf-8")
    task = read_task(path)
    assert isinstance(task, vm.Classify)
    assert (task.kind, task.prompt_name, task.examples) == ("class", "few-shot", (GOAL,))
    for each in (
        task,
        Classify(LABELS, "G", (STRIKE,), "", True, True),
        copy.deepcopy(ONE),
        pickle.loads(pickle.dumps(MANY)),
    ):
        again = task_from_settings(json.loads(json.dumps(each.settings)))
        assert again == each
        assert again.prompt("x") == each.prompt("x")
    assert "classify" in task_names()


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('label = "sport"', 'label = "sprot"', DataError, "has the label 'sprot'"),
        ('label = "sport"', 'labels = ["sport", "world news"]', DataError, "where a text has one"),
        ('label = "sport"', "labels = []", DataError, "its labels are not all there"),
        ('label = "sport"', 'label = "sport"\nlabels = []', SettingsError, "has label and labels; give label ="),
        ('label = "sport"', "", SettingsError, 'has no class; give label = "…"'),
        ('text = "Goal!"', 'text = ""', DataError, "an empty text is in no class"),
        ('sport = "games"', 'sport = "games"\nSport = ""', SettingsError, "differ by case alone"),
        ('"world news"', '"world  news"', SettingsError, "white space"),
        ('"world news"', '"world|news"', SettingsError, "holds '|'"),
        ("guideline", "several = 1\nguideline", SettingsError, "several"),
        ('task = "classify"', 'task = "classifi"', UnknownName, "did you mean 'classify'"),
    ],
)
def test_a_mistake_in_a_task_file_is_one_line_with_the_remedy(
    tmp_path: Path, old: str, new: str, error: type[UserError], message: str
) -> None:
    path = tmp_path / "task.toml"
    path.write_text(TOML.replace(old, new), encoding="utf-8")
    with pytest.raises(error) as caught:
        read_task(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "example",
    [
        Example("Goal!", (Span(0, 4, "sport"),)),
        Example("Goal!", (whole("Goal!", "tennis"),), kind="class"),
        Example("Goal!", kind="class"),
        Example("Goal!", (whole("Goal!", "sport"),), kind="classes"),
    ],
)
def test_an_example_that_does_not_fit_is_refused(example: Any) -> None:  # noqa: ANN401
    with pytest.raises(DataError):
        Classify(LABELS, examples=(example,))
    with pytest.raises(DataError):
        ONE.prompt("x", [example])
