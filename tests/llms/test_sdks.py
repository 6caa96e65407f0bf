"""Our requests are those that the providers' own SDKs make, and their answers are read alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from fault_server import FaultServer, Request
from vermeil.exchange import Message, Prompt
from vermeil.llms import anthropic, azure, openai

KEY = "sk-test-0123456789abcdef"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"entities": {"type": "array", "items": {"type": "string"}}},
    "required": ["entities"],
    "additionalProperties": False,
}
PROMPT = Prompt((Message("system", "Find names."), Message("user", "Zoë sang in Łódź 😀.")), json.dumps(SCHEMA))
TURNS: list[Any] = [{"role": message.role, "content": message.content} for message in PROMPT.messages]
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}
VERSION = "2024-10-21"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, KEY)
    with FaultServer(answer=lambda prompt: '{"entities": ["Zoë"]}') as running:
        yield running


def assert_alike(ours: Request, theirs: Request, *headers: str) -> None:
    assert ours.path == theirs.path
    assert ours.body == theirs.body
    assert ours.key == theirs.key == KEY
    for name in ("content-type", *headers):
        assert ours.headers[name] == theirs.headers[name]


def test_openai(server: FaultServer) -> None:
    sdk = pytest.importorskip("openai")
    ours = openai.LLM("gpt-x", base_url=server.url, temperature=0.2, seed=7, max_completion_tokens=99)
    answer = ours.read(asyncio.run(ours.ask(PROMPT)))
    with sdk.OpenAI(base_url=server.url) as client:
        completion = client.chat.completions.create(
            model="gpt-x",
            messages=TURNS,
            response_format=FORMAT,
            temperature=0.2,
            seed=7,
            max_completion_tokens=99,
        )
    assert_alike(*server.requests, "authorization")
    assert answer.text == completion.choices[0].message.content
    assert (answer.tokens_in, answer.tokens_out) == (
        completion.usage.prompt_tokens,
        completion.usage.completion_tokens,
    )


@pytest.mark.parametrize("version", [VERSION, "v1"])
def test_azure(server: FaultServer, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    sdk = pytest.importorskip("openai")
    endpoint = server.url.removesuffix("/v1")
    monkeypatch.setenv("OPENAI_API_VERSION", version)
    ours = azure.LLM("my-gpt", base_url=endpoint, temperature=0)
    asyncio.run(ours.ask(PROMPT))
    dated = version == VERSION
    theirs = (
        sdk.AzureOpenAI(azure_endpoint=endpoint)
        if dated
        else sdk.OpenAI(base_url=f"{endpoint}/openai/v1", default_headers={"api-key": KEY})
    )
    with theirs as client:
        client.chat.completions.create(model="my-gpt", messages=TURNS, response_format=FORMAT, temperature=0)
    assert_alike(*server.requests, "api-key")


@pytest.mark.parametrize("answer_format", ["tool", "json_schema", "text"])
def test_anthropic(server: FaultServer, answer_format: anthropic.Form) -> None:
    sdk = pytest.importorskip("anthropic")
    endpoint = server.url.removesuffix("/v1")
    ours = anthropic.LLM("claude-x", base_url=endpoint, max_tokens=99, answer_format=answer_format)
    answer = ours.read(asyncio.run(ours.ask(PROMPT)))
    tool = {"name": "answer", "description": "Gives the answer.", "input_schema": SCHEMA}
    forms: dict[str, dict[str, Any]] = {
        "tool": {
            "tools": [tool],
            "tool_choice": {"type": "tool", "name": "answer", "disable_parallel_tool_use": True},
        },
        "json_schema": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        "text": {},
    }
    with sdk.Anthropic(base_url=endpoint) as client:
        message = client.messages.create(
            model="claude-x", max_tokens=99, system="Find names.", messages=TURNS[1:], **forms[answer_format]
        )
    assert_alike(*server.requests, "anthropic-version")  # the key under its older name, which servers like it take too
    (block,) = message.content
    assert json.loads(answer.text) == (block.input if answer_format == "tool" else json.loads(block.text))
    assert answer.tokens_out == message.usage.output_tokens
