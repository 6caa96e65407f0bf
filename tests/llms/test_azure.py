"""Deployments on Azure: other addresses, another key header, the same answers."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator

import pytest

from fault_server import FaultServer
from vermeil.errors import LLMUnavailable, SettingsError
from vermeil.exchange import Message, Prompt
from vermeil.llms.azure import LLM

KEY = "0123456789abcdef0123456789abcdef"
PROMPT = Prompt((Message("user", "Anna sang."),), '{"type":"object"}')


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as running:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", running.url.removesuffix("/v1") + "/")
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
        yield running


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("2024-10-21", "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"),
        ("", "/openai/v1/chat/completions"),
        ("v1", "/openai/v1/chat/completions"),
        ("preview", "/openai/v1/chat/completions?api-version=preview"),
    ],
)
def test_the_version_decides_the_address(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, version: str, path: str
) -> None:
    monkeypatch.setenv("OPENAI_API_VERSION", version)
    asked = LLM("my gpt")
    assert asked.read(asyncio.run(asked.ask(PROMPT))).text == '{"entities": []}'
    (request,) = server.requests
    assert request.path == path
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert request.body["model"] == "my gpt"


@pytest.mark.parametrize("end", ["", "/", "/openai", "/openai/v1", "/openai/v1/"])
def test_the_endpoint_may_be_copied_with_its_path(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.url.removesuffix("/v1") + end)
    asyncio.run(LLM("d").ask(PROMPT))
    assert server.requests[0].path == "/openai/v1/chat/completions"


def test_its_answers_are_not_those_of_openai(server: FaultServer) -> None:
    assert LLM("d").name == "azure:d"
    assert LLM("d", temperature=0).settings == {"adapter": "azure", "model": "d", "temperature": 0}


def test_a_worker_elsewhere_gets_everything_but_the_key(server: FaultServer) -> None:
    there = pickle.dumps(LLM("d", seed=1))
    assert KEY.encode() not in there
    assert pickle.loads(there).settings == LLM("d", seed=1).settings


def test_a_deployment_that_is_not_there_stops_the_run(server: FaultServer) -> None:
    server.script = lambda request, before: "404"
    with pytest.raises(LLMUnavailable, match="check the name of the model, and AZURE_OPENAI_ENDPOINT"):
        asyncio.run(LLM("d").ask(PROMPT))


def test_without_an_endpoint_or_a_key_it_says_what_to_set(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    with pytest.raises(SettingsError, match="AZURE_OPENAI_API_KEY"):
        asyncio.run(LLM("d").ask(PROMPT))
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT")
    with pytest.raises(SettingsError, match=r"AZURE_OPENAI_ENDPOINT .* https://NAME\.openai\.azure\.com"):
        LLM("d")
