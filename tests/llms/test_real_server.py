"""A server that others wrote: `transformers serve`, with a tiny model of random weights that is made here."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vermeil.errors import LLMError, LLMUnavailable
from vermeil.exchange import Answer, Message, Prompt
from vermeil.llms.openai import LLM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(
            importlib.util.find_spec(name) for name in ("accelerate", "fastapi", "openai", "transformers", "uvicorn")
        ),
        reason="`transformers serve` needs what `pip install 'vermeil[dev,dev-server,train]'` brings",
    ),
]

TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}<|assistant|>"
SECONDS_TO_START = 120


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two narrow layers, which answers with noise."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab={**letters, "</s>": len(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    folder = tmp_path_factory.mktemp("model")
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>")
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(letters) + 1,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        eos_token_id=len(letters),
        pad_token_id=len(letters),
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def url(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve", str(model)]
    log = tmp_path_factory.mktemp("log") / "server.log"
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    with log.open("w") as said:
        options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
        server = subprocess.Popen([*command, *options], stdout=said, stderr=said, env=offline)
    try:
        wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(port: int, server: subprocess.Popen[Any], log: Path) -> None:
    for _ in range(SECONDS_TO_START * 5):
        assert server.poll() is None, log.read_text()[-2000:]
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.2)
    pytest.fail(f"the server didn't start: {log.read_text()[-2000:]}")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def prompt(text: str) -> Prompt:
    return Prompt((Message("system", "Find names."), Message("user", text)), '{"type":"object"}')


async def ask_all(asked: LLM, texts: list[str]) -> list[Answer]:
    return [asked.read(body) for body in await asyncio.gather(*(asked.ask(prompt(text)) for text in texts))]


def test_many_at_once_are_answered_each_with_its_cost(url: str, model: Path) -> None:
    asked = LLM(str(model), base_url=url, max_tokens=5)
    answers = asyncio.run(ask_all(asked, [f"Anna met Bob {number} times." for number in range(8)]))
    assert all(answer.text and answer.tokens_in > 40 and answer.tokens_out == 5 for answer in answers)
    assert all(answer.cut for answer in answers), "noise seldom ends by itself"
    assert asked.lessons() == {"answer_format": "json_schema"}, "it takes every format, and keeps to none"


def test_a_field_that_it_does_not_know_is_named(url: str, model: Path) -> None:
    with pytest.raises(LLMError, match=r"answered 422: Unexpected fields .*'guess'"):
        asyncio.run(ask_all(LLM(str(model), base_url=url, extra={"guess": True}), ["Anna sang."]))


def test_another_model_than_it_has_is_refused(url: str) -> None:
    with pytest.raises(LLMError, match="other/model"):
        asyncio.run(ask_all(LLM("other/model", base_url=url), ["Anna sang."]))


def test_a_wrong_path_stops_the_run(url: str, model: Path) -> None:
    with pytest.raises(LLMUnavailable, match="answered 404"):
        asyncio.run(ask_all(LLM(str(model), base_url=f"{url}/v2"), ["Anna sang."]))
