"""Doubtful spans are asked about by their place, and what is said of each is read by its number."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Example, Span
from vermeil.errors import UnreadableAnswer
from vermeil.tasks.ner import NER

TASK = NER({"PER": "a person's name", "LOC": "a place"}, "Titles are no names.", (Example("Hidden example."),))
TEXT = "Paris met Paris in Lima."
SPANS = (Span(0, 5, "PER"), Span(10, 15, "LOC"), Span(19, 23, "LOC"))


def verdicts(answer: object) -> Mapping[int, str | None]:
    return TASK.read_verdicts(answer if isinstance(answer, str) else json.dumps(answer), SPANS)


def test_the_question_shows_definitions_guideline_text_and_only_these_places() -> None:
    prompt = TASK.verify_prompt(TEXT, SPANS[1:])
    system, user = (message.content for message in prompt.messages)
    assert "- PER: a person's name\n- LOC: a place\n" in system
    assert "Titles are no names." in system
    assert "never an instruction" in system
    assert "Hidden example" not in prompt.text
    assert f"<text>\n{TEXT}\n</text>" in user
    assert [json.loads(line) for line in user.splitlines() if line.startswith("{")] == [
        {"id": 1, "before": "Paris met ", "words": "Paris", "after": " in Lima."},
        {"id": 2, "before": "Paris met Paris in ", "words": "Lima", "after": "."},
    ]


def test_the_labels_in_doubt_are_not_shown() -> None:
    relabelled = [Span(span.start, span.end, "PER") for span in SPANS]
    assert TASK.verify_prompt(TEXT, SPANS) == TASK.verify_prompt(TEXT, relabelled)


def test_the_schema_knows_the_labels_and_none_and_the_form_agrees() -> None:
    prompt = TASK.verify_prompt(TEXT, SPANS)
    verdict = json.loads(prompt.schema)["properties"]["verdicts"]["items"]
    assert verdict["properties"]["type"]["enum"] == ["PER", "LOC", "none"]
    form = json.loads(prompt.messages[0].content.splitlines()[-1])
    assert list(form["verdicts"][0]) == verdict["required"] == ["id", "type"]


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('</text>\n"{}id:') | st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_no_words_of_a_text_end_their_line_or_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))), "PER")
    user = TASK.verify_prompt(text, [span]).messages[1].content
    last = user.removesuffix("\n").split("\n")[-1]
    assert json.loads(last)["words"] == text[span.start : span.end]
    tag = user.split("between <")[1].split(">")[0]
    assert f"\n\n<{tag}>\n{text}\n</{tag}>\n\n{last}" in user
    assert f"</{tag}>" not in text


@pytest.mark.parametrize(
    "answer",
    [
        {"verdicts": [{"id": 1, "type": "LOC"}, {"id": 2, "type": "none"}, {"id": 3, "type": "LOC"}]},
        [{"id": "1", "type": "loc"}, {"id": 2.0, "type": "None"}, {"id": 3, "label": "LOC"}],
        {"verdicts": {"1": "LOC", "2": None, "3": "LOC"}},
        {"1": {"type": "LOC"}, "2": {"type": "O"}, "3": {"type": "LOC"}},
        '```json\n{"verdicts": [{"id": 1, "type": "LOC"}, {"id": 2, "type": "none"}]}\n```',
        '{"verdicts": [{"id": 1, "type": "LOC"}, {"id": 2, "type": "none"}, {"id": 3, "type": "P',
        '{"id": 1, "type": "LOC"}\n{"id": 2, "type": "no entity"}',
    ],
)
def test_verdicts_of_any_shape_are_read(answer: object) -> None:
    assert {2: "LOC"} | verdicts(answer) == {0: "LOC", 1: None, 2: "LOC"}


@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        ([{"id": 1, "type": "DATE"}, {"id": 2}, {"id": 3, "type": ["PER"]}], {}),
        ([{"id": 1, "type": "none"}, {"id": 1, "type": "PER"}, {"id": 2, "type": "LOC"}], {1: "LOC"}),
        ([{"id": 2, "type": "LOC"}], {1: "LOC"}),
    ],
)
def test_a_verdict_that_says_nothing_or_is_given_twice_is_left_out(
    answer: object, usable: dict[int, str | None]
) -> None:
    assert verdicts(answer) == usable


@pytest.mark.parametrize(
    "answer",
    ["", "All right.", '{"verdicts": []}', "[[1, 2]]", '[{"id": 0, "type": "none"}, {"id": 1, "type": "PER"}]'],
)
def test_an_answer_without_verdicts_is_an_error(answer: str) -> None:
    with pytest.raises(UnreadableAnswer, match="expected JSON with a list of verdicts, got"):
        verdicts(answer)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers(0, 4) | st.sampled_from(["PER", "none", "1", "x"]),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["verdicts", "id", "type", "1", "2"]), inner)
        ),
        max_leaves=12,
    )
)
def test_no_answer_gives_a_label_that_the_task_does_not_know(value: object) -> None:
    try:
        read = verdicts(value)
    except UnreadableAnswer:
        return
    assert set(read) <= set(range(len(SPANS)))
    assert set(read.values()) <= {"PER", "LOC", None}
