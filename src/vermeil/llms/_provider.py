"""What all providers behind HTTP share: asking in the form of answer that the server takes, and what it states."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable
from vermeil.exchange import Answer, Prompt, Quotas
from vermeil.llms._address import Access
from vermeil.llms._faults import error_of
from vermeil.llms._ladder import Ladder
from vermeil.llms._limits import quotas_in
from vermeil.llms._server import Reply, Server
from vermeil.llms._settings import positive


class Provider:
    """One model behind an API.

    Args:
        fields: what was set of each request.
        ladder: the forms of answer.
        options: what else the LLM is made with, and what no answer depends on: address, deadline, cap.
    """

    adapter: ClassVar[str]

    def __init__(
        self, model: str, access: Access, fields: Mapping[str, Any], ladder: Ladder, options: Mapping[str, Any]
    ) -> None:
        self.model = model
        self._fields = dict(fields)
        self._ladder = ladder
        self._options = dict(options)
        self._quotas = Quotas()
        deadline, most = positive("deadline", options["deadline"]), positive("max_bytes", options["max_bytes"])
        self._server = Server(access, deadline, int(most))

    def __repr__(self) -> str:
        return f"LLM({self.model!r}, base_url={self._server.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.model, self._fields, self._options)  # no key: a worker has its own

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
        """The raw body of the reply; a server that doesn't know the form of answer is asked in a simpler one."""
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
            simpler = self._ladder.after(form, reply) if prompt.schema else None
            if simpler is None:
                raise error if isinstance(error, LLMBusy | LLMUnavailable) else first
            form = simpler

    def refused(self, reply: Reply) -> LLMError:
        """The error of a reply that is no success."""
        return error_of(reply, self._server.access, self._fields)

    @abstractmethod
    def request(self, prompt: Prompt, form: str | None = None) -> dict[str, Any]:
        """The body that asks; None for the form of answer that was found to work."""

    @abstractmethod
    def read(self, body: str) -> Answer:
        """The answer in a raw body."""

    @property
    @abstractmethod
    def _path(self) -> str:
        """Where questions go, below the base URL."""

    @abstractmethod
    def _check_key(self) -> None:
        """Raise SettingsError where the API needs a key and there is none.

        Done late, at the first question: to plan, or to import answers, nobody needs a key.
        """


@lru_cache(maxsize=64)
def parsed(schema: str) -> Any:  # noqa: ANN401
    """The schema as it goes into a request; shared by all requests, none of which changes it."""
    return json.loads(schema)


def _rebuilt(kind: type[Any], model: str, fields: Mapping[str, Any], options: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return kind(model, extra=fields, **options)
