"""Any server with OpenAI's `/chat/completions`: OpenAI, vLLM, SGLang, llama.cpp, Ollama, Gemini, Mistral."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, SettingsError
from vermeil.exchange import Answer, Prompt, Quotas
from vermeil.llms._address import Access, key_in
from vermeil.llms._faults import error_of
from vermeil.llms._ladder import Ladder
from vermeil.llms._limits import quotas_in
from vermeil.llms._reply import read_completion
from vermeil.llms._server import Reply, Server
from vermeil.llms._settings import fields, number, positive

DEFAULT_URL = "https://api.openai.com/v1"
URL_FROM = "OPENAI_BASE_URL"
KEY_FROM = "OPENAI_API_KEY"

_FORMS = ("json_schema", "json_object", "text")
_SIGNS_OF_FORM = ("response_format", "json_schema", "json_object", "structured output", "guided", "grammar")
_OURS = ("model", "messages", "response_format", "stream", "n")
_ACCOUNT = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}


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
        self._fields = fields(given, extra, _OURS)
        self.model = model
        self._again = {"base_url": base_url, "deadline": deadline, "max_bytes": max_bytes}
        self._path = "/chat/completions"
        limits = positive("deadline", deadline), int(positive("max_bytes", max_bytes))
        self._server = Server(self._access(base_url), *limits)
        self._ladder = Ladder(_FORMS, _SIGNS_OF_FORM)
        self._quotas = Quotas()

    def __repr__(self) -> str:
        return f"LLM({self.model!r}, base_url={self._server.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.model, self._fields, self._again)  # the key stays: a worker has its own

    @property
    def name(self) -> str:
        """`adapter:model`."""
        return f"{self.adapter}:{self.model}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The model and every field of the request that was set."""
        return {"adapter": self.adapter, "model": self.model, **self._fields}

    @property
    def quotas(self) -> Quotas:
        """As the newest reply had them."""
        return self._quotas

    def lessons(self) -> Mapping[str, str]:
        """Which form of answer the server takes."""
        return self._ladder.lessons()

    def recall(self, lessons: Mapping[str, str]) -> None:
        """Begin with the form of answer that worked before."""
        self._ladder.recall(lessons)

    async def ask(self, prompt: Prompt) -> str:
        """The raw body of the reply; a server that doesn't know the answer format is asked in a simpler one."""
        self._check_key()
        form = self._ladder.form(schema=bool(prompt.schema))
        first: LLMError | None = None
        while True:
            reply = await self._server.post(self._path, self.request(prompt, form), again=True)
            self._quotas = quotas_in(reply.headers)
            if reply.good:
                if prompt.schema:
                    self._ladder.worked(form)
                return reply.text
            error = self.refused(reply)
            first = first or error
            simpler = self._ladder.after(form, reply)
            if simpler is None:
                raise error if isinstance(error, LLMBusy | LLMUnavailable) else first
            form = simpler

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
            schema = {"name": "answer", "strict": True, "schema": _parsed(prompt.schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request

    def refused(self, reply: Reply) -> LLMError:
        """The error of a reply that is no success."""
        return error_of(reply, self._server.access, self._fields)

    def _access(self, base_url: str | None) -> Access:
        account = {header: key_in(variable) for header, variable in _ACCOUNT.items() if key_in(variable)}
        url = base_url or os.environ.get(URL_FROM) or DEFAULT_URL
        return Access(url, URL_FROM, KEY_FROM, key_in(KEY_FROM), headers=account)

    def _check_key(self) -> None:
        # Asked for late: to plan, or to import answers, nobody needs a key.
        if self._server.host == "api.openai.com" and not self._server.access.key:
            raise SettingsError(f"{DEFAULT_URL} needs a key: set {KEY_FROM}, or {URL_FROM} for a server of your own")


@lru_cache(maxsize=64)
def _parsed(schema: str) -> Any:  # noqa: ANN401
    return json.loads(schema)  # shared by all requests, none of which changes it


def _rebuilt(kind: type[LLM], model: str, set_fields: Mapping[str, Any], again: Mapping[str, Any]) -> LLM:
    return kind(model, extra=set_fields, **again)
