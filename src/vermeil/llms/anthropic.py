"""Anthropic's Messages API, and servers that speak like it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from vermeil.errors import SettingsError
from vermeil.exchange import Answer, Prompt
from vermeil.llms._address import Access, key_in
from vermeil.llms._anthropic_batch import AnthropicBatches
from vermeil.llms._ladder import Ladder
from vermeil.llms._message import read_message
from vermeil.llms._provider import Provider, parsed
from vermeil.llms._settings import fields, number, positive

DEFAULT_URL = "https://api.anthropic.com"
URL_FROM = "ANTHROPIC_BASE_URL"
KEY_FROM = "ANTHROPIC_API_KEY"
API_VERSION = "2026-10-21"
API_VERSION_WITH_SAMPLING = "2023-06-01"
"""Later ones refuse every request that has one of the sampling settings."""

Form = Literal["tool", "json_schema", "text"]

_FORMS: tuple[Form, ...] = ("tool", "json_schema", "text")
_SIGNS_OF_FORM = ("tool", "input_schema", "output_config", "output_format", "json_schema")
_OURS = ("model", "messages", "system", "stream", "tools", "tool_choice", "output_config")
_SAMPLING = ("temperature", "top_p", "top_k")
_TOOL = "answer"


class LLM(Provider):
    """A Claude model; the key comes from `ANTHROPIC_API_KEY` and nowhere else.

    The answer is the input of a tool that the model is made to call, with the answer's schema as the tool's.

    Args:
        base_url: None for `ANTHROPIC_BASE_URL`, else Anthropic's own; other servers need no key.
        max_tokens: the longest answer; the API wants to be told.
        temperature: sent only when given, and then to an earlier version of the API, since newer ones and models from
            Claude 4.7 on refuse it; so are `top_p` and `top_k`.
        effort: of a model that thinks: "low" to "max".
        answer_format: the form of answer to begin with; where the server refuses it, the next one is tried.
            "json_schema" goes together with thinking, which "tool" does not.
        extra: further fields of the request, such as `thinking` or `cache_control`.
        deadline: seconds for one whole attempt.
        max_bytes: cap on one reply.

    Raises:
        SettingsError: a setting is of the wrong kind, or the URL or the key cannot be used.
    """

    adapter = "anthropic"

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        max_tokens: int = 4096,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        effort: str | None = None,
        answer_format: Form = "tool",
        extra: Mapping[str, Any] | None = None,
        deadline: float = 120.0,
        max_bytes: int = 4 * 2**20,
    ) -> None:
        given = {
            "max_tokens": int(positive("max_tokens", max_tokens)),
            "temperature": number("temperature", temperature),
            "top_p": number("top_p", top_p),
            "top_k": number("top_k", top_k),
        }
        if answer_format not in _FORMS:
            raise SettingsError(f"answer_format is one of {', '.join(_FORMS)}, got {answer_format!r}")
        self._effort = effort
        self._answer_format = answer_format
        options = {"base_url": base_url, "deadline": deadline, "max_bytes": max_bytes}
        options |= {"effort": effort, "answer_format": answer_format}
        ladder = Ladder(_FORMS[_FORMS.index(answer_format) :], _SIGNS_OF_FORM)
        chosen = fields(given, extra, _OURS)
        access = _access(base_url, sampling=any(name in chosen for name in _SAMPLING))
        super().__init__(model, access, chosen, ladder, options)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The model and everything that was set."""
        chosen = {"answer_format": self._answer_format} if self._answer_format != _FORMS[0] else {}
        effort = {"effort": self._effort} if self._effort else {}
        return {**super().settings, **effort, **chosen}

    @property
    def batches(self) -> AnthropicBatches:
        """The batch API of the same server."""
        return AnthropicBatches(self._server, self.request, self.refused)

    def read(self, body: str) -> Answer:
        """The input of the tool that was called, else the text."""
        return read_message(body)

    def request(self, prompt: Prompt, form: str | None = None) -> dict[str, Any]:
        """The body that asks; None for the form of answer that was found to work."""
        form = form or self._ladder.form(schema=bool(prompt.schema))
        turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages if turn.role != "system"]
        request: dict[str, Any] = {"model": self.model, "messages": turns, **self._fields}
        if system := "\n\n".join(turn.content for turn in prompt.messages if turn.role == "system"):
            request["system"] = system
        output: dict[str, Any] = {"effort": self._effort} if self._effort else {}
        if form == "tool":
            tool = {"name": _TOOL, "description": "Gives the answer.", "input_schema": parsed(prompt.schema)}
            request["tools"] = [tool]
            request["tool_choice"] = {"type": "tool", "name": _TOOL, "disable_parallel_tool_use": True}
        elif form == "json_schema":
            output["format"] = {"type": "json_schema", "schema": parsed(prompt.schema)}
        return {**request, "output_config": output} if output else request

    @property
    def _path(self) -> str:
        return "/messages"

    def _check_key(self) -> None:
        if self._server.host == "api.anthropic.com" and not self._server.access.key:
            raise SettingsError(f"{DEFAULT_URL} needs a key: set {KEY_FROM}, or {URL_FROM} for a server of your own")


def _access(base_url: str | None, *, sampling: bool) -> Access:
    url = (base_url or os.environ.get(URL_FROM) or DEFAULT_URL).rstrip("/").removesuffix("/v1")
    version = {"anthropic-version": API_VERSION_WITH_SAMPLING if sampling else API_VERSION}
    return Access(f"{url}/v1", URL_FROM, KEY_FROM, key_in(KEY_FROM), "x-api-key", version)
