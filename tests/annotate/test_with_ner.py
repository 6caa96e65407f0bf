"""Phase 1 as a whole, with the real task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import vermeil
from fault_server import FaultServer
from vermeil.annotate.annotator import annotate
from vermeil.annotate.importing import import_answers
from vermeil.annotate.store import AnswerStore
from vermeil.llms import openai
from vermeil.llms.scripted import LLM
from vermeil.tasks.ner import NER

DEMO = Path(vermeil.__file__).parent / "demo/corpora/ner"
NEWS = NER({"PER": "a person", "LOC": "a place", "ORG": "an organisation", "MISC": "any other name"})


def entities(prompt: str) -> str:
    """One entity, and one that the text doesn't hold."""
    found = [{"text": "Anna", "type": "PER"}, {"text": "Atlantis", "type": "LOC"}]
    return json.dumps({"entities": found if "Anna" in prompt else []})


def test_the_recorded_answers_of_the_demo_label_its_texts_without_a_call() -> None:
    llm = LLM("claude")
    texts = (DEMO / "raw.txt").read_text(encoding="utf-8").splitlines()
    with AnswerStore() as store:
        imported = import_answers(DEMO / "answers.jsonl", NEWS, llm, store)
        silver, report = annotate(texts, NEWS, llm, store)
    assert (imported.added, llm.calls, report.from_store, report.asked) == (800, 0, 800, 0)
    assert len(silver) == 800
    assert all(example.text[span.start : span.end].strip() for example in silver for span in example.labels)
    assert sum(report.labels.values()) > 1000
    assert not report.failed


def test_quotes_that_are_not_in_the_text_are_reported_and_the_others_placed() -> None:
    with FaultServer(entities) as server:
        silver, report = annotate(["Anna sang.", "Rain fell."], NEWS, openai.LLM("m", base_url=server.url))
    assert [(span.start, span.end, span.label) for span in silver[0].labels] == [(0, 4, "PER")]
    assert [lost.text for lost in silver[0].lost] == ["Atlantis"]
    assert sum(reason.count for reason in report.lost.values()) == 1
    assert silver[1].state == "empty"


@pytest.mark.parametrize("fault", ["fenced", "think", "parts", "charset", "no-formats"])
def test_answers_in_a_strange_wrapping_are_still_labels(fault: str) -> None:
    with FaultServer(entities, lambda request, before: fault) as server:
        silver, _ = annotate(["Anna sang."], NEWS, openai.LLM("m", base_url=server.url))
    assert [span.label for span in silver[0].labels] == ["PER"]


def test_a_cut_answer_without_a_whole_entity_is_a_failure_that_says_so() -> None:
    with FaultServer(entities, lambda request, before: "length") as server:
        silver, report = annotate(["Anna sang."], NEWS, openai.LLM("m", base_url=server.url))
    assert silver[0].state == "failed"
    assert report.cut == 1
