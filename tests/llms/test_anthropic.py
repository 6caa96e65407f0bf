"""The Messages API against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from fault_server import FaultServer, message
from vermeil.errors import (
    LLMBusy,
    LLMUnavailable,
    NoReply,
    Refusal,
    SettingsError,
    UnreadableAnswer,
    VermeilError,
)
from vermeil.exchange import Answer, Message, Prompt
from vermeil.llms.anthropic import LLM

KEY = "sk-ant-test-0123456789abcdef"
TURNS = (Message("system", "Find names."), Message("system", "Be brief."), Message("user", "Anna sang."))
PROMPT = Prompt(TURNS, '{"type":"object"}')


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url.removesuffix("/v1"))
        yield running


def ask(asked: LLM, prompt: Prompt = PROMPT) -> str:
    return asyncio.run(asked.ask(prompt))


def fail(server: FaultServer, fault: str, **options: Any) -> VermeilError:  # noqa: ANN401
    server.script = lambda request, before: fault
    asked = LLM("m", **options)
    with pytest.raises(VermeilError) as caught:
        asked.read(ask(asked))
    assert KEY not in str(caught.value)
    return caught.value


def test_the_tools_input_is_the_answer_and_cached_tokens_count(server: FaultServer) -> None:
    asked = LLM("m")
    assert asked.read(ask(asked)) == Answer('{"entities": []}', 100, 20)


def test_the_request_forces_a_tool_with_the_schema_and_keeps_the_system_apart(server: FaultServer) -> None:
    ask(LLM("m", extra={"thinking": {"type": "disabled"}}))
    (request,) = server.requests
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.body["system"] == "Find names.\n\nBe brief."
    assert request.body["messages"] == [{"role": "user", "content": "Anna sang."}]
    assert request.body["tools"][0]["input_schema"] == {"type": "object"}
    assert request.body["tool_choice"]["name"] == request.body["tools"][0]["name"]
    assert request.body["max_tokens"] == 4096
    assert "temperature" not in request.body


@pytest.mark.parametrize(
    ("options", "version"),
    [({}, "2026-10-21"), ({"temperature": 0}, "2023-06-01"), ({"extra": {"top_k": 1}}, "2023-06-01")],
)
def test_sampling_settings_go_to_the_version_that_takes_them(
    server: FaultServer, options: dict[str, Any], version: str
) -> None:
    ask(LLM("m", **options))
    assert server.requests[0].headers["anthropic-version"] == version


def test_a_prompt_without_a_schema_asks_for_text(server: FaultServer) -> None:
    ask(LLM("m"), Prompt(TURNS))
    assert "tools" not in server.requests[0].body


def test_a_server_without_forced_tools_is_asked_in_a_simpler_form_from_then_on(server: FaultServer) -> None:
    server.script = lambda request, before: "no-tools"
    asked = LLM("m")
    for _ in range(3):
        assert asked.read(ask(asked)).text == '{"entities": []}'
    assert len(server.requests) == 3 + 2
    assert asked.lessons() == {"answer_format": "text"}


def test_the_form_of_answer_can_be_chosen(server: FaultServer) -> None:
    chosen = LLM("m", answer_format="json_schema", effort="low")
    ask(chosen)
    output = server.requests[0].body["output_config"]
    assert output == {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}}
    assert chosen.settings != LLM("m").settings
    with pytest.raises(SettingsError, match="one of tool, json_schema, text"):
        LLM("m", answer_format="xml")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("claude-refusal", Refusal, "can't help"),
        ("claude-empty", UnreadableAnswer, "empty answer"),
        ("claude-cut-early", UnreadableAnswer, "raise max_tokens"),
        ("claude-error", NoReply, "Oops"),
        ("html", NoReply, "Please sign in"),
        ("null-choices", NoReply, "null as content"),
    ],
)
def test_what_is_no_answer_says_why(server: FaultServer, fault: str, kind: type[UnreadableAnswer], reason: str) -> None:
    error = fail(server, fault)
    assert type(error) is kind
    assert reason in str(error)
    if kind is not NoReply:
        assert (error.tokens_in, error.tokens_out) == (100, 20), "they were paid for"


@pytest.mark.parametrize(("fault", "cause"), [("overloaded", "overload"), ("429-5", "rate"), ("500", "fault")])
def test_what_may_pass_is_busy(server: FaultServer, fault: str, cause: str) -> None:
    error = fail(server, fault)
    assert isinstance(error, LLMBusy)
    assert error.cause == cause


@pytest.mark.parametrize(
    ("fault", "hint"), [("401", "ANTHROPIC_API_KEY"), ("404", "ANTHROPIC_BASE_URL"), ("low-balance", "no credit left")]
)
def test_what_cannot_pass_stops_the_run(server: FaultServer, fault: str, hint: str) -> None:
    error = fail(server, fault)
    assert isinstance(error, LLMUnavailable)
    assert hint in str(error)


def test_thoughts_are_not_part_of_the_answer(server: FaultServer) -> None:
    server.script = lambda request, before: "claude-thinks"
    asked = LLM("m", answer_format="text")
    assert asked.read(ask(asked)).text == '{"entities": []}'


def test_a_cut_answer_is_marked(server: FaultServer) -> None:
    server.script = lambda request, before: "claude-cut"
    asked = LLM("m")
    assert asked.read(ask(asked)).cut


@pytest.mark.parametrize("content", [{"note": "a\ud800b"}, {"name": "Łódź"}], ids=["half a character", "other letters"])
def test_letters_get_through_and_half_characters_do_not(server: FaultServer, content: dict[str, str]) -> None:
    text = LLM("m").read(json.dumps(message(content))).text
    assert json.loads(text) == {name: value.replace("\ud800", "\ufffd") for name, value in content.items()}


@pytest.mark.parametrize(
    "body", ["null", "[]", "{}", '{"content": "text"}', '{"content": [1]}', '{"content": [{"type": "image"}]}']
)
def test_other_json_is_unreadable(server: FaultServer, body: str) -> None:
    with pytest.raises(UnreadableAnswer):
        LLM("m").read(body)


def test_a_worker_elsewhere_gets_everything_but_the_key(server: FaultServer) -> None:
    asked = LLM("m", max_tokens=99, effort="low", answer_format="text", extra={"service_tier": "auto"})
    there = pickle.dumps(asked)
    assert KEY.encode() not in there
    copy = pickle.loads(there)
    assert copy.settings == asked.settings
    assert copy.request(PROMPT) == asked.request(PROMPT)


def test_anthropic_itself_needs_a_key_but_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    asked = LLM("m")
    assert asked.name == "anthropic:m"
    with pytest.raises(SettingsError, match="ANTHROPIC_API_KEY"):
        ask(asked)


@pytest.mark.parametrize("options", [{"max_tokens": 0}, {"temperature": "hot"}, {"extra": {"tools": []}}])
def test_settings_of_the_wrong_kind_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        LLM("m", **options)
