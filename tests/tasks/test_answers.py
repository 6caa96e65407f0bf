"""Answers of any shape are read; what is no answer is never taken for "no entities"."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vermeil.errors import UnreadableAnswer
from vermeil.tasks._answers import Reading, read_entities

LABELS = ["PER", "LOC", "ORG"]
ALICE, LIMA = ("Alice", "PER"), ("Lima", "LOC")
OBJECTS = '[{"text": "Alice", "type": "PER"}, {"text": "Lima", "type": "LOC"}]'
ENTITIES = f'{{"entities": {OBJECTS}}}'


def read(answer: str) -> Reading:
    return read_entities(answer, LABELS)


def names(answer: str) -> list[tuple[str, str]]:
    return [(quote.text, quote.label) for quote in read(answer).quotes]


@pytest.mark.parametrize(
    "answer",
    [
        ENTITIES,
        OBJECTS,
        '[["Alice", "PER"], ["Lima", "LOC"]]',
        '[["PER", "Alice"], ["LOC", "Lima"]]',
        '{"PER": ["Alice"], "LOC": ["Lima"], "ORG": []}',
        '{"PER": "Alice", "LOC": "Lima", "ORG": null}',
        '{"entities": {"PER": [{"text": "Alice"}], "LOC": [{"name": "Lima"}]}}',
        '{"Alice": "PER", "Lima": "LOC"}',
        '[{"Alice": "PER"}, {"Lima": "LOC"}]',
        '[{"PER": "Alice"}, {"LOC": ["Lima"]}]',
        '[{"entity": "Alice", "label": "per"}, {"entity": "Lima", "label": "Loc"}]',
        '[{"word": "Alice", "entity_group": "PER"}, {"word": "Lima", "entity_group": "LOC"}]',
        '[{"word": "Alice", "entity": "PER"}, {"word": "Lima", "entity": "LOC"}]',
        '[{"name": "Alice", "category": "PER"}, {"span": "Lima", "entityType": "LOC"}]',
        '{"result": {"named_entities": [{"Text": "Alice", "Type": ["PER"]}, {"Text": "Lima", "Type": "LOC"}]}}',
        '{"refusal": null, "entities": [["Alice", "PER"], ["Lima", "LOC"]]}',
        json.dumps(ENTITIES),
        "\ufeff" + ENTITIES,
        f"```json\n{ENTITIES}\n```",
        f"Here you are [see note]: {ENTITIES} I hope {{this}} helps!",
        f'<think>Maybe {{"entities": []}}?</think>\n{ENTITIES}',
        f"No opening tag </think> {ENTITIES}",
        f'An example: {{"entities": [{{"text": "Bob", "type": "PER"}}]}}. My answer: {ENTITIES}',
        '{"text": "Alice", "type": "PER"}\n{"text": "Lima", "type": "LOC"}',
        "{'entities': [{'text': 'Alice', 'type': 'PER'}, {'text': 'Lima', 'type': 'LOC'},],}",
        "[('Alice', 'PER'), ('Lima', 'LOC')]",
        '{"entities": [{"text": "Alice", "type": "PER"} {"text": "Lima", "type": "LOC"}]}',
        '{entities: [{text: "Alice", type: "PER"}, {text: "Lima", type: "LOC"}]}',
        '{"PER": ["Alice"], "LOC": [], "LOC": ["Lima"]}',
        '{"analysis": "[x", "candidates": ["Bob"], "decisions": [{"reason": "r", "text": "Bob", "type": "PER"}], '
        f'"entities": {OBJECTS}}}',
    ],
)
def test_the_shapes_that_models_give_are_read(answer: str) -> None:
    assert names(answer) == [ALICE, LIMA]
    assert not read(answer).lost


@pytest.mark.parametrize("answer", ["[]", '{"entities": []}', '{"entities": {}}', '{"PER": [], "LOC": []}', "None: []"])
def test_an_empty_list_means_that_there_are_none(answer: str) -> None:
    assert names(answer) == []
    assert not read(answer).lost


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "There are no entities in this text.",
        "I'm sorry, but I can't help with that.",
        "{}",
        "null",
        "NaN",
        "42",
        '"Alice"',
        '{"error": "content filter"}',
        '{"refusal": "I cannot do that"}',
        '{"refusal": "I cannot do that", "entities": []}',
        '{"entities": null}',
        '{"entities": "none"}',
        '{"entities": ["Alice", "Lima"]}',
        '{"entities": [',
        '{"entities": [{"text": "New',
        '{"PER": [], "LOC": ["New Yo',
        '{"analysis": "x", "candidates": ["Bob"], "decisions": [{"reason": "r", "text": "Bob", "type": "PER"}],',
        '<think>{"entities": []} but wait',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"entities":[' * 100_000,
        "{'" * 30_000,
        "[" + "1" * 5000 + "]",
        "<html><body>502 Bad Gateway</body></html>",
    ],
    ids=lambda answer: answer[:30] or "nothing",
)
def test_what_is_no_answer_is_an_error_that_shows_it(answer: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableAnswer, match="expected JSON with a list of entities, got") as caught:
        read(answer)
    assert len(str(caught.value)) < 200
    assert time.process_time() - started < 5


def test_what_cannot_be_used_is_lost_with_its_reason() -> None:
    answer = (
        '{"entities": [{"text": "Alice", "type": "PER"}, {"text": "May", "type": "DATE"}, {"text": "Bob"}, "x",'
        ' 7, null, {"text": null, "type": "PER"}, {"text": 7, "type": "ORG"}]}'
    )
    reading = read(answer)
    assert names(answer) == [ALICE, ("", "PER"), ("7", "ORG")]
    assert [lost.reason for lost in reading.lost] == ["unknown label 'DATE'", *["no label"] * 4]
    assert reading.lost[0].text == "May"


JSON_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.lists(st.text(max_size=2)))


@given(
    st.lists(
        st.one_of(
            JSON_VALUES,
            st.dictionaries(st.sampled_from(["text", "type", "confidence", "why"]), JSON_VALUES),
            st.fixed_dictionaries(
                {"text": st.text(), "type": st.sampled_from(LABELS)}, optional={"confidence": JSON_VALUES}
            ),
        ),
        min_size=1,
    )
)
def test_an_answer_as_it_was_asked_for_is_read_as_one_with_more_in_it(entities: list[object]) -> None:
    def read_or_error(answer: dict[str, object]) -> Reading | str:
        try:
            return read(json.dumps(answer))
        except UnreadableAnswer:
            return "unreadable"

    assert read_or_error({"entities": entities}) == read_or_error({"entities": entities, "because": ""})


def test_labels_that_differ_by_case_alone_are_not_mixed_up() -> None:
    reading = read_entities('[["a", "Per"], ["b", "per"], ["c", "PER"]]', ["PER", "Per"])
    assert [(quote.text, quote.label) for quote in reading.quotes] == [("a", "Per"), ("c", "PER")]


@pytest.mark.parametrize(
    ("given_as", "confidence"),
    [
        *[("0.5", 0.5), ("1", 1.0), ("0", 0.0), ('"0.5"', 0.5), ("85", 0.85), ('"85%"', 0.85)],
        *[("7", None), ("-1", None), ("NaN", None), ("1e999", None), ("true", None), ('"high"', None), ("250", None)],
    ],
)
def test_confidence_is_read_as_a_share_of_one(given_as: str, confidence: float | None) -> None:
    answer = f'[{{"text": "Alice", "type": "PER", "confidence": {given_as}}}, ["Lima", "LOC", {given_as}]]'
    assert [quote.confidence for quote in read(answer).quotes] == [confidence, confidence]


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        (ENTITIES, ""),
        (f"```\n{ENTITIES}\n```", "fenced"),
        (f"Sure: {ENTITIES}", "chatty"),
        (ENTITIES.replace("}]}", "},]}"), "mended"),
        (ENTITIES[:-2], "cut"),
        (json.dumps(ENTITIES), "encoded twice"),
    ],
)
def test_how_it_was_read_is_said(answer: str, how: str) -> None:
    assert read(answer).repaired == how


def test_only_a_list_by_label_is_not_in_the_order_of_the_text() -> None:
    assert read(ENTITIES).ordered
    assert not read('{"PER": ["Alice"], "LOC": ["Lima"]}').ordered


def test_what_was_cut_off_is_shown() -> None:
    reading = read('{"entities": [{"text": "Alice", "type": "PER"}, {"text": "New Yo')
    assert [(lost.text, lost.reason) for lost in reading.lost] == [('{"text": "New Yo', "answer cut off")]


PAIRS = [
    ("Ann Lee", "PER"),
    ('the "Old" [Mill]', "ORG"),
    ("Lima, {Peru}", "LOC"),
    ("O'Neil\\x", "PER"),
    ("東京", "LOC"),
]
OBJECTS_CUT = [{"text": text, "type": label} for text, label in PAIRS]


@pytest.mark.parametrize("before", ["", "```json\n", "Sure, here it is:\n"], ids=["bare", "fenced", "chatty"])
@pytest.mark.parametrize("shape", [{"entities": OBJECTS_CUT}, OBJECTS_CUT, PAIRS], ids=["object", "list", "pairs"])
@pytest.mark.parametrize("indent", [None, 2])
def test_of_an_answer_cut_anywhere_all_complete_objects_are_saved_and_no_half_name(
    before: str, shape: object, indent: int | None
) -> None:
    whole = before + json.dumps(shape, indent=indent)
    ends = [whole.index(f'"{label}"', whole.index(json.dumps(text))) + len(label) + 2 for text, label in PAIRS]
    for cut in range(len(whole)):
        try:
            found = names(whole[:cut])
        except UnreadableAnswer:
            found = []
        assert found == PAIRS[: sum(end <= cut for end in ends)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["PER", "per", "text", "\ud800", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["entities", "text", "type", "PER", "Alice", "name", "score", "error", "é "]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(0, 200), st.sampled_from(["", "```json\n", "so: [1] ", "<think>{</think>"]))
@example(["PER", "\ud800"], 200, "")
@example({"\ud800": "PER", "PER": "\ud800"}, 200, "")
@example({"text": "\ud800", "type": "\ud800"}, 200, "")
def test_no_json_breaks_the_reader_whole_or_cut(value: object, cut: int, before: str) -> None:
    text = before + json.dumps(value)
    for answer in (text, text[:cut], text.replace('"', "'")):
        try:
            reading = read(answer)
        except UnreadableAnswer:
            continue
        assert all(quote.label in LABELS for quote in reading.quotes)
        json.dumps([quote.text for quote in reading.quotes], ensure_ascii=False).encode()
        json.dumps([(lost.text, lost.label, lost.reason) for lost in reading.lost], ensure_ascii=False).encode()


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("[]{}\"':,\\ \nab1`<think>/") | st.characters(), max_size=80))
def test_no_text_breaks_the_reader(answer: str) -> None:
    try:
        read(answer)
    except UnreadableAnswer as error:
        assert "\n" not in str(error)


def test_a_type_with_other_marks_is_no_type_of_the_task() -> None:
    assert names('{"entities": [{"text": "Alice", "type": "per"}]}') == [("Alice", "PER")]
    reading = read('{"entities": [{"text": "Alice", "type": "PER"}, {"text": "Acme", "type": "org."}]}')
    assert [lost.reason for lost in reading.lost] == ["unknown label 'org.'"]
