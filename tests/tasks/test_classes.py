"""Classes are read from answers of any shape; where it isn't clear which class is meant, none is guessed."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.errors import UnreadableAnswer
from vermeil.tasks._classes import Reading, read_classes

LABELS = ["sport", "money", "good", "very_good", "C++"]


def read(answer: str, several: bool = False) -> Reading:
    return read_classes(answer, LABELS, several=several)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        '{"label": "sport"}',
        '{"labels": ["sport"]}',
        '{"Class": "Sport."}',
        '{"category": ["SPORT"]}',
        '{"sentiment": "sport", "reason": "money is not meant"}',
        '{"topic": "sport", "type": "article"}',
        '{"reasons": "money?", "label": "sport"}',
        '{"analysis": "goals", "candidates": ["money", "sport"], "decision": "money is less", "label": "sport"}',
        '{"label": {"name": "sport"}}',
        '{"result": {"label": "sport"}}',
        '{"answers": [{"label": "sport"}]}',
        '[{"label": "sport", "score": 0.98}]',
        '{"sport": true, "money": false}',
        '{"sport": "yes", "money": "no"}',
        '{"sport": 1, "money": 0}',
        '{"label": "1. sport"}',
        '{"label": "sport", "refusal": null}',
        '{"label": "sport"} {"label": "sport"}',
        "{'label': 'sport'}",
        '{label: "sport"}',
        '```json\n{"label": "sport"}\n```',
        'Sure! Here it is: {"label": "sport"}. Is there more to do?',
        '<think>Could be {"label": "money"}.</think>{"label": "sport"}',
        'No opening tag, money? </think> {"label": "sport"}',
        json.dumps('{"label": "sport"}'),
        "\ufeff" + '{"label": "sport"}',
        "sport",
        '"sport"',
        "Sport.",
        "**Sport**",
        "#sport",
        "- sport",
        "(b) sport",
        "2. sport",
        "Label: sport",
        "Answer: **Sport**",
        "The label is sport.",
        "The final category is: sport!",
        "```\nsport\n```",
        "sport\n\nThis is about a match.",
        'The text belongs to the class "sport" since there are goals in it.',
    ],
)
def test_the_shapes_that_models_give_are_read(answer: str, several: bool) -> None:
    assert [*read(answer, several).classes] == ["sport"]
    assert not read(answer, several).lost


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "{}",
        "[[]",
        "null",
        "true",
        "7",
        '{"label": null}',
        '{"label": ""}',
        '{"label": true}',
        '{"labels": [null]}',
        '{"label": "tennis"}',
        '{"label": 2}',
        '{"label": "B"}',
        "B",
        "2",
        '{"label": "C"}',
        '{"label": "sport|money"}',
        '{"label": "spo',
        '{"label": "sport',
        '{"reason": "this is sport", "la',
        '{"reason": "about sport"}',
        '{"sport": 0.9, "reason": 1}',
        "<think>sport",
        "<think>sport</think>",
        "I'm sorry, I can't help with that.",
        "I cannot say whether this is sport.",
        '{"error": "overloaded"}',
        '{"refusal": "I will not", "labels": []}',
        "It is not sport.",
        "This isn't sport.",
        "It could be sport.",
        "It lacks the marks of sport.",
        "This is hardly sport.",
        "It is anything but sport.",
        "It is far from sport.",
        "Is it sport?",
        "sport++ is what I would call it",
        '{"label": "sport", "refusal": "I will not"}',
        '{"label": "sport", "Label": "money"}',
        '{"sport": 1, "money": 99}',
        "sport or money",
        "The text is about sport, though some of it speaks of money.",
        "unsportsmanlike",
        "sport-like",
        '[{"label": "sport"}, {"name": null}]',
    ],
)
def test_nothing_is_guessed(answer: str, several: bool) -> None:
    with pytest.raises(UnreadableAnswer):
        read(answer, several)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"label": ["sport", "money"]}', "two classes where one is asked for: 'sport', 'money'"),
        ('{"label": "sport, money"}', "two classes"),
        ('{"label": "sport", "label": "money"}', "two classes"),
        ('{"sport": true, "money": true}', "two classes"),
        ('{"sport": 0.5, "money": 0.5}', "two classes"),
        ('{"label": "sport"} {"label": "money"}', "contradicts itself"),
        ('{"label": "sprot"}', r"unknown class 'sprot' \(did you mean 'sport'\?\); expected one of 'sport, money"),
        ('{"labels": []}', "expected JSON with one class"),
        ('{"label": "none"}', "expected JSON with one class"),
        ("sport, money", "expected JSON with one class"),
    ],
)
def test_where_one_class_is_asked_for_the_reason_says_what_came(answer: str, why: str) -> None:
    with pytest.raises(UnreadableAnswer, match=why):
        read(answer)


@pytest.mark.parametrize(
    "answer",
    [
        '{"labels": ["sport", "money"]}',
        '{"labels": ["sport", "money", "sport"]}',
        '{"labels": "sport, money"}',
        '{"categories": [{"label": "sport"}, {"label": "money"}]}',
        '{"sport": true, "money": true, "good": false}',
        '{"label": "sport"}\n{"label": "money"}',
        "sport, money",
        "- sport\n- money",
        "Labels: sport and money",
    ],
)
def test_several_classes_come_in_several_shapes(answer: str) -> None:
    assert [*read(answer, several=True).classes] == ["sport", "money"]


@pytest.mark.parametrize("answer", ['{"labels": []}', "[]", '{"labels": ["none"]}', '{"sport": false, "money": false}'])
def test_an_empty_list_of_classes_is_an_answer(answer: str) -> None:
    assert read(answer, several=True) == Reading({})


def test_of_several_classes_an_unknown_one_is_lost_beside_a_known_one() -> None:
    reading = read('{"labels": ["sport", "tennis"]}', several=True)
    assert [*reading.classes] == ["sport"]
    assert [(lost.label, lost.reason) for lost in reading.lost] == [("tennis", "unknown label 'tennis'")]
    with pytest.raises(UnreadableAnswer, match="contradicts itself"):
        read('{"labels": ["sport"]} {"labels": ["money"]}', several=True)


def test_how_sure_the_model_is_is_kept() -> None:
    assert read('{"label": "sport", "confidence": 0.8}').classes == {"sport": 0.8}
    assert read('{"label": "sport", "score": "80%"}').classes == {"sport": 0.8}
    assert read('{"sport": 0.9, "money": 0.1}').classes == {"sport": 0.9}
    listed = '{"labels": ["sport", "money"], "scores": [0.9, 0.4]}'
    assert read(listed, several=True).classes == {"sport": 0.9, "money": 0.4}
    each = '{"labels": [{"label": "sport", "confidence": 0.9}, {"label": "money"}]}'
    assert read(each, several=True).classes == {"sport": 0.9, "money": None}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Very Good", "very_good"),
        ("very-good.", "very_good"),
        ("VERYGOOD", "very_good"),
        ("c++", "C++"),
        ("GOOD", "good"),
    ],
)
def test_case_and_marks_make_no_other_class(name: str, label: str) -> None:
    assert [*read(json.dumps({"label": name})).classes] == [label]
    assert [*read(f"The label is {name}").classes] == [label]


def test_a_number_or_a_letter_counts_only_as_the_name_of_a_class() -> None:
    assert [*read_classes('{"label": 1}', ["0", "1"], several=False).classes] == ["1"]
    assert [*read_classes('{"label": 1.0}', ["0", "1"], several=False).classes] == ["1"]
    assert [*read_classes('{"label": true}', ["true", "false"], several=False).classes] == ["true"]
    assert [*read_classes("B", ["A", "B"], several=False).classes] == ["B"]
    with pytest.raises(UnreadableAnswer, match="unknown class '1'"):
        read_classes('{"label": 1}', ["-1", "0"], several=False)


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        (["IT", "sport"], "It is about a football match."),
        (["US", "world"], "Let us see."),
        (["A", "B"], "A good review."),
        (["4", "5"], "There are 4 actors in it."),
        (["C", "Java"], "C++"),
        (["C", "Java"], "The snippet is written in C#."),
    ],
)
def test_a_short_name_is_not_taken_out_of_another_word(labels: list[str], answer: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read_classes(answer, labels, several=False)


def test_a_short_name_in_a_sentence_counts_as_the_task_writes_it() -> None:
    assert [*read_classes("This text is about IT.", ["IT", "sport"], several=False).classes] == ["IT"]
    assert [*read_classes("I take it for ham.", ["ham", "spam"], several=False).classes] == ["ham"]
    with pytest.raises(UnreadableAnswer):
        read_classes("IT, though much of it is sport", ["IT", "sport"], several=False)


def test_a_class_whose_name_holds_another_is_that_class() -> None:
    assert [*read("It is very good.").classes] == ["very_good"]
    labels = ["toxic", "non-toxic"]
    assert [*read_classes("It is non-toxic.", labels, several=False).classes] == ["non-toxic"]
    with pytest.raises(UnreadableAnswer):
        read_classes("It is not toxic.", labels, several=False)


def test_what_was_wrong_with_the_form_is_said() -> None:
    assert read('{"label": "sport"}').repaired == ""
    assert read('```\n{"label": "sport"}\n```').repaired == "fenced"
    assert read("sport").repaired == "outside JSON"
    assert read('{"label": "sport", "confidence": 0.').repaired == "not closed"
    assert read('{"labels": ["sport"').repaired == "cut"
    assert read('{"labels": ["sport", "mo', several=True).repaired == "cut"


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["label", "labels", *LABELS]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["label", "labels", "class", "x", *LABELS]), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(json.dumps),
    st.booleans(),
)
def test_any_answer_is_read_or_refused_and_never_more_than_was_asked_for(answer: str, several: bool) -> None:
    try:
        reading = read(answer, several)
    except UnreadableAnswer as error:
        assert "\n" not in str(error)
        return
    assert set(reading.classes) <= set(LABELS)
    assert several or len(reading.classes) == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(LABELS), unique=True), st.text(alphabet="abc {}[]\n", max_size=20))
def test_an_answer_in_the_form_that_was_asked_for_comes_back(names: list[str], around: str) -> None:
    answer = json.dumps({"labels": names})
    assert [*read(answer, several=True).classes] == names
    assert [*read(f"```json\n{answer}\n```", several=True).classes] == names
    for name in names:
        assert [*read(json.dumps({"reasons": around, "label": name})).classes] == [name]


def test_an_answer_made_to_be_slow_is_read_fast() -> None:
    began = time.perf_counter()
    long = '{"label": "' + "x" * 200_000 + '"}'
    for answer in ("sport " * 20_000, "{" * 20_000, long, '["' * 10_000, ", " * 50_000, "a-" * 50_000, "1. " * 50_000):
        with pytest.raises(UnreadableAnswer):
            read(answer + " money not")
    assert time.perf_counter() - began < 5
