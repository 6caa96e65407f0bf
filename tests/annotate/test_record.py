"""The record beside silver labels says what made them, and holds no key."""

from __future__ import annotations

import json

from vermeil.annotate.annotator import Annotator
from vermeil.annotate.record import annotation_record
from vermeil.llms.openai import LLM as OpenAI
from vermeil.llms.scripted import LLM
from vermeil.tasks.classify import Classify
from vermeil.tasks.ner import NER

ANSWER = '{"entities": [{"text": "Ada", "type": "PER"}]}'


def record(task, llm, texts=("Ada is here",)):
    annotator = Annotator(task, llm)
    annotator.annotate(texts)
    return json.loads(annotation_record(annotator, {"limit": 3}))


def test_task_llm_texts_and_report_are_in_the_record():
    made = record(NER({"PER": "a person"}), LLM("x", reply=lambda prompt: ANSWER))
    assert made["task"]["labels"] == {"PER": "a person"}
    assert made["llms"][0]["name"] == "scripted:x"
    assert made["texts"]["count"] == 1
    assert made["report"]["labels"] == {"PER": 1}
    assert made["options"] == {"limit": 3}
    assert made["versions"]["vermeil"]


def test_the_prompt_hash_changes_with_the_task_and_not_with_the_texts():
    def reply(prompt):
        return ANSWER

    one = record(NER({"PER": "a person"}), LLM("x", reply=reply))
    same = record(NER({"PER": "a person"}), LLM("x", reply=reply), ["Ada came", "Ada went"])
    other = record(NER({"PER": "a person's name"}), LLM("x", reply=reply))
    assert one["prompt_sha256"] == same["prompt_sha256"] != other["prompt_sha256"]
    assert one["texts"]["sha256"] != same["texts"]["sha256"]


def test_no_key_reaches_the_record(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key")
    annotator = Annotator(NER({"PER": "a person"}), OpenAI("some-model", temperature=0.0))
    annotator.annotate([])
    made = annotation_record(annotator)
    assert "sk-planted" not in made
    assert json.loads(made)["llms"][0]["settings"]["temperature"] == 0.0


def test_the_record_says_how_long_pieces_were_also_where_nobody_set_it():
    assert record(NER({"PER": "a person"}), LLM("x", reply=lambda prompt: ANSWER))["method"]["longest"] == 6000
    sorting = Classify(["sport", "money"])
    assert record(sorting, LLM("x", reply=lambda prompt: "sport"))["method"]["longest"] is None
