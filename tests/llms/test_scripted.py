"""The fake that ships."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermeil.errors import DataError, LLMError, LLMUnavailable
from vermeil.exchange import Message, Prompt
from vermeil.llms.scripted import LLM


def prompt(text: str) -> Prompt:
    return Prompt((Message("system", "Example: Rain fell."), Message("user", f"Text: {text}")))


def test_it_says_what_the_function_says() -> None:
    llm = LLM("loud", lambda text: text.upper())
    assert llm.read(llm.ask(prompt("hello"))).text.endswith("TEXT: HELLO")


def test_it_counts_its_calls_from_many_threads() -> None:
    llm = LLM(reply=lambda text: "")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: llm.ask(prompt(str(n))), range(200)))
    assert llm.calls == 200


def test_answers_by_text_are_found_in_the_prompt_after_the_examples() -> None:
    llm = LLM(reply={"Rain fell.": "[]", "Anna sang.": '["Anna"]', "sang.": "no"})
    assert llm.ask(prompt("Anna sang.")) == '["Anna"]'
    assert llm.ask(prompt("Rain fell.")) == "[]"
    with pytest.raises(LLMError, match="no recorded answer"):
        llm.ask(Prompt((Message("user", "Snow lay."),)))


@given(st.dictionaries(st.text("ab ", max_size=20), st.text(max_size=3), min_size=1), st.text("ab ", max_size=60))
def test_the_answer_is_that_of_the_text_that_ends_last_and_of_two_the_longer_one(
    answers: dict[str, str], asked: str
) -> None:
    body = Prompt((Message("user", asked),))
    found = [(body.text.rfind(text) + len(text), len(text), text) for text in answers if text in body.text]
    if found:
        assert LLM(reply=answers).ask(body) == answers[max(found)[2]]
    else:
        with pytest.raises(LLMError, match="no recorded answer"):
            LLM(reply=answers).ask(body)


def test_an_answer_among_many_is_found_as_soon_as_one_among_few() -> None:
    llm = LLM(reply={f"Anna sang {n} songs.": str(n) for n in range(20_000)})
    began = time.perf_counter()
    assert [llm.ask(prompt(f"Anna sang {n} songs.")) for n in range(1000)] == [str(n) for n in range(1000)]
    assert time.perf_counter() - began < 2, "a look at all of them takes ten"


def test_without_a_reply_it_only_lends_its_name() -> None:
    with pytest.raises(LLMUnavailable, match="import"):
        LLM("claude").ask(prompt("hello"))


def test_recorded_answers_are_replayed(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"text": "Anna sang.", "answer": '["Anna"]'}) + "\n")
    llm = LLM(str(file))
    assert llm.ask(prompt("Anna sang.")) == '["Anna"]'
    before = llm.settings
    file.write_text(json.dumps({"text": "Anna sang.", "answer": "[]"}) + "\n")
    assert LLM(str(file)).settings != before, "other answers make another LLM"


@pytest.mark.parametrize(
    ("row", "message"),
    [("[]", "no string under 'text'"), ('{"text": "a"}', "no string under 'answer'"), ("{", "not JSON")],
)
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('{"text": "a", "answer": "b"}\n' + row + "\n")
    with pytest.raises(DataError, match=rf"answers\.jsonl:2: {message}"):
        LLM(str(file))
