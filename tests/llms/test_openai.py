"""The OpenAI-compatible adapter against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from fault_server import FaultServer, completion
from vermeil.errors import (
    LLMBusy,
    LLMError,
    LLMUnavailable,
    NoReply,
    Refusal,
    SettingsError,
    UnreadableAnswer,
    VermeilError,
)
from vermeil.exchange import Message, Prompt, Quota, Quotas
from vermeil.llms.openai import LLM

KEY = "sk-test-0123456789abcdef"
PROMPT = Prompt((Message("system", "Find names."), Message("user", "Anna sang.")), '{"type":"object"}')
SECOND = 1.0


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def llm(server: FaultServer, **options: Any) -> LLM:  # noqa: ANN401
    return LLM("m", base_url=server.url, **{"deadline": 10.0, **options})


def ask(asked: LLM, prompt: Prompt = PROMPT) -> str:
    return asyncio.run(asked.ask(prompt))


async def ask_many(asked: LLM, number: int, return_exceptions: bool = False) -> list[Any]:
    asking = (asked.ask(PROMPT) for _ in range(number))
    return await asyncio.gather(*asking, return_exceptions=return_exceptions)


def fail(server: FaultServer, fault: str, **options: Any) -> VermeilError:  # noqa: ANN401
    """The error that a fault ends in, whether it shows in asking or in reading."""
    server.script = lambda request, before: fault
    asked = llm(server, **options)
    with pytest.raises(VermeilError) as caught:
        asked.read(ask(asked))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_answer_and_its_cost(server: FaultServer) -> None:
    asked = llm(server)
    answer = asked.read(ask(asked))
    assert (answer.text, answer.tokens_in, answer.tokens_out, answer.cut) == ('{"entities": []}', 100, 20, False)


def test_the_request_holds_the_prompt_the_schema_and_only_what_was_set(server: FaultServer) -> None:
    ask(llm(server, temperature=0, extra={"top_k": 3}))
    body = server.requests[0].body
    assert body["messages"] == [
        {"role": "system", "content": "Find names."},
        {"role": "user", "content": "Anna sang."},
    ]
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert {"temperature", "top_k"} <= set(body)
    assert "max_tokens" not in body
    assert server.requests[0].key == KEY


def test_a_prompt_without_a_schema_asks_for_text(server: FaultServer) -> None:
    ask(llm(server), Prompt(PROMPT.messages))
    assert "response_format" not in server.requests[0].body


def test_settings_are_what_changes_the_answer(server: FaultServer) -> None:
    plain = llm(server)
    assert plain.settings == LLM("m", base_url="http://other:1/v1", deadline=9).settings
    assert plain.settings != llm(server, temperature=0).settings
    assert plain.settings != llm(server, extra={"top_k": 1}).settings
    assert KEY not in str(plain.settings) + repr(plain)


@pytest.mark.parametrize(("fault", "calls"), [("no-schema", 2), ("no-formats", 3), ("format-500", 3)])
def test_a_server_without_schemas_is_asked_in_a_simpler_format_from_then_on(
    server: FaultServer, fault: str, calls: int
) -> None:
    server.script = lambda request, before: fault
    asked = llm(server)
    for _ in range(3):
        ask(asked)
    assert len(server.requests) == calls + 2


def test_calls_that_meet_a_server_without_schemas_together_all_get_their_answer(server: FaultServer) -> None:
    server.script = lambda request, before: "no-formats"
    asked = llm(server)
    assert len(asyncio.run(ask_many(asked, 64))) == 64


@pytest.mark.parametrize(
    ("fault", "learnt"), [("", "json_schema"), ("no-schema", "json_object"), ("no-formats", "text")]
)
def test_what_one_run_learns_about_the_server_the_next_one_begins_with(
    server: FaultServer, fault: str, learnt: str
) -> None:
    server.script = lambda request, before: fault
    first, second = llm(server), llm(server)
    assert first.lessons() == {}
    ask(first)
    assert first.lessons() == {"answer_format": learnt}
    second.recall(first.lessons())
    before = len(server.requests)
    ask(second)
    assert len(server.requests) == before + 1


def test_lessons_that_do_not_fit_any_more_are_learnt_anew(server: FaultServer) -> None:
    server.script = lambda request, before: "no-formats"
    asked = llm(server)
    asked.recall({"answer_format": "json_object"})
    asked.recall({"answer_format": "xml", "mood": "good"})
    ask(asked)
    assert asked.lessons() == {"answer_format": "text"}


def test_a_busy_server_is_not_taken_for_one_without_formats(server: FaultServer) -> None:
    server.script = lambda request, before: "no-schema" if not before else "429-5"
    with pytest.raises(LLMBusy):
        ask(llm(server))


def test_quotas_are_those_of_the_newest_reply(server: FaultServer) -> None:
    asked = llm(server)
    ask(asked)
    assert asked.quotas == Quotas()
    server.script = lambda request, before: "429-used-up"
    with pytest.raises(LLMBusy):
        ask(asked)
    assert asked.quotas.requests == Quota(60, 0, 360)


def test_a_key_that_is_a_word_does_not_spoil_answers(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")
    server.answer = lambda prompt: "EMPTY"
    assert "EMPTY" in ask(llm(server))


def test_the_account_is_named_when_the_environment_does(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    ask(llm(server))
    assert server.requests[0].headers["openai-organization"] == "org-1"


def test_a_refused_prompt_does_not_cost_later_ones_their_schema(server: FaultServer) -> None:
    server.script = lambda request, before: "400" if before == 1 else ""
    asked = llm(server)
    ask(asked)
    with pytest.raises(LLMError, match="too long"):
        ask(asked)
    ask(asked)
    assert [r.body["response_format"]["type"] for r in server.requests] == ["json_schema"] * 3


@pytest.mark.parametrize("fault", ["hang", "drip", "drip-headers"])
def test_no_attempt_outlives_its_deadline(server: FaultServer, fault: str) -> None:
    began = time.monotonic()
    error = fail(server, fault, deadline=0.5)
    assert isinstance(error, LLMBusy)
    assert "within 0.5 s" in str(error)
    assert time.monotonic() - began < 0.5 + SECOND


def test_a_server_that_accepts_nothing_is_left_at_the_deadline() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        began = time.monotonic()
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        asked = LLM("m", base_url=url, deadline=0.5)
        failed = asyncio.run(ask_many(asked, 4, return_exceptions=True))
        assert [type(error) for error in failed] == [LLMBusy] * 4
        assert time.monotonic() - began < 0.5 + SECOND


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("429-0", "rate"),
        ("429-garbage", "rate"),
        ("503", "overload"),
        ("529", "overload"),
        ("overloaded", "overload"),
        ("slow-down", "overload"),
        ("500", "fault"),
        ("502", "fault"),
        ("reset", "fault"),
        ("short-body", "fault"),
        ("garbled", "fault"),
        ("no-gzip", "fault"),
        ("brotli", "fault"),
    ],
)
def test_what_may_pass_is_busy_and_says_of_which_kind(server: FaultServer, fault: str, cause: str) -> None:
    error = fail(server, fault)
    assert isinstance(error, LLMBusy)
    assert error.cause == cause


def test_a_reply_that_is_not_http_is_left_at_once(server: FaultServer) -> None:
    began = time.monotonic()
    assert "not HTTP" in str(fail(server, "garbled", deadline=10))
    assert time.monotonic() - began < 3 * SECOND


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ("429-0", 0.0),
        ("429-5", 5.0),
        ("429-3600", 3600.0),
        ("429-ms", 1.5),
        ("429-azure", 2.5),
        ("429-words", 62.5),
        ("429-used-up", 360.0),
        ("slow-down", 7.0),
        ("429-garbage", None),
        ("503", None),
    ],
)
def test_the_wish_of_a_busy_server_is_passed_on(server: FaultServer, fault: str, seconds: float | None) -> None:
    error = fail(server, fault)
    assert isinstance(error, LLMBusy)
    assert error.retry_after == seconds


def test_a_wish_given_as_a_date_is_read_by_the_servers_clock(server: FaultServer) -> None:
    error = fail(server, "429-date")
    assert isinstance(error, LLMBusy)
    assert error.retry_after is not None
    assert 0 <= error.retry_after <= 2


def test_a_wrong_key_stops_the_run_and_is_not_repeated(server: FaultServer) -> None:
    error = fail(server, "401")
    assert isinstance(error, LLMUnavailable)
    assert "OPENAI_API_KEY" in str(error)


def test_a_wrong_model_stops_the_run(server: FaultServer) -> None:
    error = fail(server, "404")
    assert isinstance(error, LLMUnavailable)
    assert "nosuch" in str(error)


@pytest.mark.parametrize("fault", ["no-credit", "low-balance", "402"])
def test_an_empty_account_stops_the_run(server: FaultServer, fault: str) -> None:
    error = fail(server, fault)
    assert isinstance(error, LLMUnavailable)
    assert "no credit left" in str(error)


def test_a_setting_that_the_model_refuses_stops_the_run_and_is_named(server: FaultServer) -> None:
    error = fail(server, "bad-setting", temperature=0.5)
    assert isinstance(error, LLMUnavailable)
    assert str(error).endswith("change or leave out the setting temperature")


def test_a_prompt_that_the_filter_holds_back_is_no_reason_to_stop(server: FaultServer) -> None:
    error = fail(server, "filtered-prompt")
    assert type(error) is LLMError
    assert "filtered" in str(error)


def test_a_redirect_is_not_followed_and_its_target_named(server: FaultServer) -> None:
    error = fail(server, "redirect")
    assert isinstance(error, LLMUnavailable)
    assert "elsewhere.example" in str(error)
    assert len(server.requests) == 1


def test_nobody_there_names_the_address_and_the_variable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(LLMBusy, match=rf"{url} .*refused.*start the server or set OPENAI_BASE_URL") as caught:
        ask(LLM("m", base_url=url))
    assert caught.value.cause == "unreachable"


def test_an_unknown_host_is_said_to_be_unreachable() -> None:
    with pytest.raises(LLMBusy, match=r"cannot reach http://nosuch\.invalid/v1") as caught:
        ask(LLM("m", base_url="http://nosuch.invalid/v1", deadline=20))
    assert caught.value.cause == "unreachable"


def test_a_bomb_is_not_unpacked(server: FaultServer) -> None:
    error = fail(server, "bomb", max_bytes=1_000_000)
    assert isinstance(error, LLMError)
    assert "longer than 1,000,000 bytes" in str(error)


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("html", NoReply, "Please sign in"),
        ("error-in-200", NoReply, "engine overloaded"),
        ("null-choices", NoReply, "null as choices"),
        ("duplicate-keys", NoReply, "twice"),
        ("nan", NoReply, "NaN"),
        ("nested", NoReply, "nested too deep"),
        ("two-objects", NoReply, "Extra data"),
        ("refusal", Refusal, "can't help"),
        ("filter", Refusal, "content filter"),
        ("tool-call", UnreadableAnswer, "tool"),
        ("empty", UnreadableAnswer, "empty answer"),
    ],
)
def test_what_is_no_answer_says_why(server: FaultServer, fault: str, kind: type[UnreadableAnswer], reason: str) -> None:
    error = fail(server, fault)
    assert type(error) is kind
    assert reason in str(error)
    if kind is not NoReply:
        assert (error.tokens_in, error.tokens_out) == (100, 20), "they were paid for"


@pytest.mark.parametrize("fault", ["think", "fenced", "parts", "charset", "not-utf8", "bom", "gzip", "closing"])
def test_what_holds_an_answer_is_left_to_the_task(server: FaultServer, fault: str) -> None:
    server.script = lambda request, before: fault
    asked = llm(server)
    assert asked.read(ask(asked)).text


def test_a_cut_answer_is_marked(server: FaultServer) -> None:
    server.script = lambda request, before: "length"
    asked = llm(server)
    assert asked.read(ask(asked)).cut


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "{}", '{"choices": []}', '{"choices": [{"message": 1}]}'])
def test_other_json_is_unreadable(server: FaultServer, body: str) -> None:
    with pytest.raises(UnreadableAnswer):
        llm(server).read(body)


def test_half_characters_do_not_get_through(server: FaultServer) -> None:
    body = json.dumps(completion("a\ud83d\ude00b\ud800c"))
    assert llm(server).read(body).text == "a😀b\ufffdc"


def test_the_key_in_a_body_is_struck_out_before_it_can_be_stored(server: FaultServer) -> None:
    server.answer = lambda prompt: f"your key is {KEY}"
    assert KEY not in ask(llm(server))


def test_a_worker_elsewhere_gets_everything_but_the_key(server: FaultServer) -> None:
    there = pickle.dumps(llm(server, temperature=0.5))
    assert KEY.encode() not in there
    copy = pickle.loads(there)
    assert copy.settings == llm(server, temperature=0.5).settings
    assert ask(copy)


def test_openai_itself_needs_a_key_but_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    asked = LLM("gpt-5-mini")
    assert asked.settings["model"] == "gpt-5-mini"
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        ask(asked)


def test_a_server_of_ones_own_needs_no_key(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert ask(LLM("m"))
    assert server.requests[0].key == ""


def test_servers_on_this_machine_are_reached_past_a_proxy(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert ask(llm(server))


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://", "http://x/v1?key=abc", "nonsense"])
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="a base URL looks like"):
        LLM("m", base_url=url)


def test_a_password_in_the_base_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="password") as caught:
        LLM("m", base_url="http://anna:hunter2@server/v1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-abc def", "sk-abc\nX-Evil: 1", "sk-ключ"])
def test_a_key_that_cannot_be_one_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY holds") as caught:
        LLM("m")
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"temperature": "hot"}, {"seed": True}, {"deadline": 0}, {"deadline": float("nan")}, {"extra": {"stream": True}}],
)
def test_settings_of_the_wrong_kind_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        LLM("m", **options)
