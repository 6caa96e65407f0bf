"""A stored answer becomes all the labels of a text, or a failure that says why; never half of them."""

from __future__ import annotations

import json

import pytest

from vermeil.annotate.annotator import Annotator
from vermeil.annotate.method import Method
from vermeil.annotate.reading import read
from vermeil.data import unlabelled
from vermeil.exchange import Answer
from vermeil.llms.scripted import LLM
from vermeil.tasks.ner import NER

TASK = NER({"PER": "a person", "LOC": "a place"})
TEXT = "Ada Lovelace flew from Paris to Oslo."
WHOLE = json.dumps({"entities": [{"text": "Ada Lovelace", "type": "PER"}, {"text": "Paris", "type": "LOC"}]})


def state(answer):
    reading = read(TASK, TEXT, Answer(answer))
    return reading.label(unlabelled([TEXT])[0], "scripted:x", TASK.kind).state


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (WHOLE, "labels"),
        ('{"entities": []}', "empty"),
        ("I am sorry, I cannot help with that.", "failed"),
        ('{"entities": [{"text": "Berlin", "type": "LOC"}]}', "failed"),  # labels, none of which is in the text
        (WHOLE[:-20], "failed"),  # one label whole, the other cut
    ],
)
def test_an_answer_ends_in_one_of_three_states(answer, expected):
    assert state(answer) == expected


def test_a_cut_answer_teaches_nothing_but_keeps_what_it_said():
    reading = read(TASK, TEXT, Answer(WHOLE[:-20]))
    assert reading.labels == ()
    assert "max_tokens" in reading.failed
    assert ("Ada Lovelace", "PER", "in a cut answer") in [(x.text, x.label, x.reason) for x in reading.lost]


def test_a_label_that_is_not_in_the_text_is_lost_while_the_others_stay():
    answer = WHOLE.replace("Paris", "Berlin")
    reading = read(TASK, TEXT, Answer(answer))
    assert [span.label for span in reading.labels] == ["PER"]
    assert [(lost.text, lost.reason) for lost in reading.lost] == [("Berlin", "not in the text")]


@pytest.mark.parametrize(
    ("first", "calls"),
    [
        (WHOLE[:-20], 2),  # another answer may be whole
        ("no JSON", 2),
        ('{"entities": [{"text": "Berlin", "type": "LOC"}]}', 1),  # was read well: asking again buys the same
        (WHOLE, 1),
    ],
)
def test_the_next_run_asks_again_only_where_that_may_help(first, calls):
    replies = iter([first, WHOLE])
    llm = LLM("x", reply=lambda prompt: next(replies))
    annotator = Annotator(TASK, llm, method=Method(repair=False))
    annotator.annotate([TEXT])
    annotator.annotate([TEXT])
    assert llm.calls == calls
