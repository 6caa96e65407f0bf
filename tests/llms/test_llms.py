"""LLMs by name."""

from __future__ import annotations

import pytest

from vermeil import llms
from vermeil.errors import SettingsError, UnknownName


def test_a_name_is_adapter_and_model() -> None:
    assert llms.llm("scripted:demo").name == "scripted:demo"
    assert llms.llm("openai:some/model:latest").settings["model"] == "some/model:latest"


def test_the_adapters_are_the_files_of_the_folder() -> None:
    assert {"anthropic", "azure", "openai", "scripted"} <= set(llms.names())
    assert "base" not in llms.names()


def test_an_unknown_adapter_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'openai'\?\); there are: anthropic, azure, openai, scripted"):
        llms.llm("opnai:gpt-5-mini")


def test_a_name_without_a_model_is_told_what_a_name_looks_like() -> None:
    with pytest.raises(SettingsError, match="adapter:model"):
        llms.llm("openai")


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean 'temperature'"):
        llms.llm("openai:m", temprature=0)
