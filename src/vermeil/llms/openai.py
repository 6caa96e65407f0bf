"""Any server with OpenAI's `/chat/completions`: OpenAI, vLLM, SGLang, llama.cpp, Ollama, Gemini, Mistral."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from vermeil.errors import SettingsError
from vermeil.exchange import Answer, Prompt
from vermeil.llms._address import Access, key_in
from vermeil.llms._ladder import Ladder
from vermeil.llms._openai_batch import OpenAIBatches
from vermeil.llms._provider import Provider, parsed
from vermeil.llms._reply import read_completion
from vermeil.llms._settings import fields, number

DEFAULT_URL = "https://api.openai.com/v1"
URL_FROM = "OPENAI_BASE_URL"
KEY_FROM = "OPENAI_API_KEY"

_FORMS = ("json_schema", "json_object", "text")
_SIGNS_OF_FORM = ("response_format", "json_schema", "json_object", "structured output", "guided", "grammar")
_OURS = ("model", "messages", "response_format", "stream", "n")
_ACCOUNT = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}


class LLM(Provider):
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

    adapter = "openai"

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
            "temperature": number("temperature", temperature),
            "top_p": number("top_p", top_p),
            "seed": number("seed", seed),
            "max_tokens": number("max_tokens", max_tokens),
            "max_completion_tokens": number("max_completion_tokens", max_completion_tokens),
            "reasoning_effort": reasoning_effort,
        }
        options = {"base_url": base_url, "deadline": deadline, "max_bytes": max_bytes}
        ladder = Ladder(_FORMS, _SIGNS_OF_FORM)
        super().__init__(model, self._access(base_url), fields(given, extra, _OURS), ladder, options)

    @property
    def batches(self) -> OpenAIBatches:
        """The batch API of the same server."""
        return OpenAIBatches(self._server, self.request, self.refused)

    def read(self, body: str) -> Answer:
        """The answer in `choices[0].message`."""
        return read_completion(body)

    def request(self, prompt: Prompt, form: str | None = None) -> dict[str, Any]:
        """The body that asks; None for the form of answer that was found to work."""
        form = form or self._ladder.form(schema=bool(prompt.schema))
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        request = {"model": self.model, "messages": messages, **self._fields}
        if form == "json_object":
            request["response_format"] = {"type": "json_object"}
        elif form == "json_schema":
            schema = {"name": "answer", "strict": True, "schema": parsed(prompt.schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    @property
    def _path(self) -> str:
        return "/chat/completions"

    def _access(self, base_url: str | None) -> Access:
        account = {header: key_in(variable) for header, variable in _ACCOUNT.items() if key_in(variable)}
        url = base_url or os.environ.get(URL_FROM) or DEFAULT_URL
        return Access(url, URL_FROM, KEY_FROM, key_in(KEY_FROM), headers=account)

    def _check_key(self) -> None:
        if self._server.host == "api.openai.com" and not self._server.access.key:
            raise SettingsError(f"{DEFAULT_URL} needs a key: set {KEY_FROM}, or {URL_FROM} for a server of your own")
