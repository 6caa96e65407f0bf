"""The small task and the LLM that knows its answers."""

from __future__ import annotations

import pytest
from names_task import Names, names_in

from vermeil.llms.scripted import LLM


@pytest.fixture
def task() -> Names:
    return Names()


@pytest.fixture
def llm() -> LLM:
    return LLM("tiny", names_in)
