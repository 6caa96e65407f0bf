"""Who answers: one file per provider."""

from __future__ import annotations

import inspect
import sys
from typing import Any, cast

from vermeil import folder
from vermeil.errors import SettingsError, nearest
from vermeil.llms.base import LLM

__all__ = ["LLM", "llm", "names"]


def llm(name: str, **options: Any) -> LLM:  # noqa: ANN401
    """The LLM of that name, `adapter:model`: `llm("openai:gpt-5-mini", temperature=0)`.

    Raises:
        UnknownName: there is no such adapter.
        SettingsError: no model is named, or the adapter doesn't know an option.
    """
    adapter, _, model = name.partition(":")
    if not model:
        such_as = adapter if adapter in names() else "openai"
        raise SettingsError(f"an LLM is named adapter:model, such as {such_as}:gpt-5-mini; got {name!r}")
    made_by = folder.load("LLM adapter", sys.modules[__name__], adapter).LLM
    known = list(inspect.signature(made_by).parameters)[1:]
    for option in options:
        if option not in known:
            hint = nearest(option, known)
            raise SettingsError(f"{adapter} has no option {option!r}{hint}; there are: {', '.join(sorted(known))}")
    return cast(LLM, made_by(model, **options))


def names() -> list[str]:
    """The adapters that there are."""
    return folder.names(sys.modules[__name__])
