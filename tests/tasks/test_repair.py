"""An LLM whose answer cannot be read is shown what it said, and asked once more."""

from __future__ import annotations

from vermeil.exchange import Message
from vermeil.tasks import repair_prompt
from vermeil.tasks.ner import NER

PROMPT = NER({"PER": ""}).prompt("Alice left.")


def test_the_conversation_goes_on_with_the_answer_and_what_is_wrong_with_it() -> None:
    repair = repair_prompt(PROMPT, "  I found Alice.\n", "expected JSON with a list of entities, got 'I found'")
    assert repair.messages[:2] == PROMPT.messages
    assert repair.messages[2] == Message("assistant", "I found Alice.")
    assert repair.messages[3].role == "user"
    assert "expected JSON with a list of entities, got 'I found'" in repair.messages[3].content
    assert "JSON only" in repair.messages[3].content
    assert repair.schema == PROMPT.schema
    assert len(repair.messages) == 4


def test_a_long_answer_is_shown_by_its_beginning_and_its_end() -> None:
    shown = repair_prompt(PROMPT, "begin" + "x" * 100_000 + "end", "too " * 10_000).messages
    assert len(shown[2].content) < 5_000
    assert shown[2].content.startswith("beginx")
    assert shown[2].content.endswith("xend")
    assert "96,008 characters left out" in shown[2].content
    assert len(shown[3].content) < 1_000


def test_what_no_server_would_take_is_not_sent() -> None:
    assert repair_prompt(PROMPT, " \n", "nothing").messages[2].content
    shown = repair_prompt(PROMPT, "half \ud800", "got '\ud800'\n\nTraceback").messages
    assert shown[2].content == "half ?"
    assert "got '?' Traceback" in shown[3].content
