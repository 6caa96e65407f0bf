"""Any server with OpenAI's `/chat/completions`: OpenAI, Azure, vLLM, SGLang, llama.cpp, Ollama, Gemini, Mistral."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from typing import Any

from vermeil.errors import LLMError, SettingsError
from vermeil.exchange import Answer, Prompt
from vermeil.llms._faults import error_of
from vermeil.llms._reply import read_completion
from vermeil.llms._server import Reply, Server

DEFAULT_URL = "https://api.openai.com/v1"
URL_FROM = "OPENAI_BASE_URL"
KEY_FROM = "OPENAI_API_KEY"

_FORMATS = ("json_schema", "json_object", "text")
_SIGNS_OF_FORMAT = ("response_format", "json_schema", "json_object", "structured output", "guided", "grammar")
_OURS = ("model", "messages", "response_format", "stream", "n")


class LLM:
    """A model behind an OpenAI-compatible server; the key comes from `OPENAI_API_KEY` and nowhere else.

    The base URL is not part of `settings`: a server that moves to another port doesn't make its answers unknown,
    and answers can be imported by the name of the model. Where two servers answer differently under one name,
    give each its own store.

    Args:
        base_url: None for `OPENAI_BASE_URL`, else OpenAI's own; other servers need no key.
        temperature: sent only when given, since some models refuse it; so is every setting that follows.
        extra: further fields of the request, for what only one server has.
        deadline: seconds for one whole attempt.
        max_bytes: cap on one reply.

    Raises:
        SettingsError: a setting is of the wrong kind, or the URL or the key cannot be used.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        max_tokens: int | None = None,
        max_completion_tokens: int | None = None,
        reasoning_effort: str | None = None,
        extra: Mapping[str, Any] | None = None,
        deadline: float = 120.0,
        max_bytes: int = 4 * 2**20,
    ) -> None:
        given = {
            "temperature": _number("temperature", temperature),
            "top_p": _number("top_p", top_p),
            "seed": _number("seed", seed),
            "max_tokens": _number("max_tokens", max_tokens),
            "max_completion_tokens": _number("max_completion_tokens", max_completion_tokens),
            "reasoning_effort": reasoning_effort,
        }
        self._fields = {name: value for name, value in given.items() if value is not None} | _extra(extra)
        self.model = model
        self._again = {"base_url": base_url, "deadline": deadline, "max_bytes": max_bytes}
        self._server = Server(
            base_url or os.environ.get(URL_FROM) or DEFAULT_URL,
            URL_FROM,
            _key(),
            _positive("deadline", deadline),
            int(_positive("max_bytes", max_bytes)),
        )
        self._formats = _Ladder()

    def __repr__(self) -> str:
        return f"LLM({self.model!r}, base_url={self._server.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.model, self._fields, self._again)  # the key stays here: a worker has its own

    @property
    def name(self) -> str:
        """`openai:MODEL`."""
        return f"openai:{self.model}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The model and every field of the request that was set."""
        return {"adapter": "openai", "model": self.model, **self._fields}

    def ask(self, prompt: Prompt) -> str:
        """The raw body of the reply; a server that doesn't know the answer format is asked in a simpler one."""
        self._check_key()
        rung = self._formats.rung if prompt.schema else len(_FORMATS) - 1
        refused: LLMError | None = None
        while True:
            reply = self._server.post("/chat/completions", self._request(prompt, _FORMATS[rung]))
            if 200 <= reply.status < 300:
                if prompt.schema:
                    self._formats.worked(rung)
                return reply.text
            refused = refused or error_of(reply, self._server.base_url, URL_FROM, KEY_FROM)
            if rung == len(_FORMATS) - 1 or not self._formats.to_blame(reply, rung):
                raise refused
            rung += 1

    def read(self, body: str) -> Answer:
        """The answer in `choices[0].message`."""
        return read_completion(body)

    def _request(self, prompt: Prompt, answer_format: str) -> dict[str, Any]:
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        request = {"model": self.model, "messages": messages, **self._fields}
        if answer_format == "json_object":
            request["response_format"] = {"type": "json_object"}
        elif answer_format == "json_schema":
            schema = {"name": "answer", "strict": True, "schema": json.loads(prompt.schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    def _check_key(self) -> None:
        # Asked for late: to plan, or to import answers, nobody needs a key.
        if self._server.host == "api.openai.com" and not os.environ.get(KEY_FROM):
            raise SettingsError(f"{DEFAULT_URL} needs a key: set {KEY_FROM}, or {URL_FROM} for a server of your own")


class _Ladder:
    """Which answer format the server takes, learnt from its refusals by all threads together."""

    def __init__(self) -> None:
        self.rung = 0
        self._proven = -1
        self._lock = threading.Lock()

    def worked(self, rung: int) -> None:
        with self._lock:
            self.rung = max(self.rung, rung)
            self._proven = max(self._proven, rung)

    def to_blame(self, reply: Reply, rung: int) -> bool:
        """Whether to step down. A refusal that doesn't say why counts against a format that has never worked."""
        said = reply.text.lower()
        named = any(sign in said for sign in _SIGNS_OF_FORMAT)
        if named and reply.status in (400, 404, 415, 422, 500, 501):
            with self._lock:
                self.rung = max(self.rung, rung + 1)
            return True
        return reply.status in (400, 415, 422, 501) and self._proven < rung


def _rebuilt(model: str, fields: Mapping[str, Any], again: Mapping[str, Any]) -> LLM:
    return LLM(model, extra=fields, **again)


def _key() -> str:
    key = os.environ.get(KEY_FROM, "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(f"{KEY_FROM} holds spaces, line breaks or letters that no key has; copy it again")
    return key


def _number(name: str, value: float | None) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SettingsError(f"{name} is a number, got {value!r}")
    return value


def _positive(name: str, value: float) -> float:
    if not _number(name, value) or not value > 0:
        raise SettingsError(f"{name} is above 0, got {value!r}")
    return value


def _extra(extra: Mapping[str, Any] | None) -> dict[str, Any]:
    taken = [name for name in extra or {} if name in _OURS]
    if taken:
        raise SettingsError(f"extra can't set {taken[0]!r}: vermeil sets it itself")
    return dict(extra or {})
