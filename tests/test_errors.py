"""Errors: one family, one line each, and the exit codes that scripts rely on."""

from __future__ import annotations

import inspect

import pytest

from vermeil import errors
from vermeil.errors import (
    DataError,
    LLMBusy,
    LLMError,
    LLMUnavailable,
    MissingExtra,
    NoStore,
    OutputError,
    StoreError,
    UnknownName,
    UserError,
    VermeilError,
    nearest,
)

FAMILY = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]


@pytest.mark.parametrize("error", FAMILY)
def test_every_error_is_of_the_family_and_stands_in_the_tree(error: type[Exception]) -> None:
    assert issubclass(error, VermeilError)
    assert error.__name__ in (errors.__doc__ or "")


def test_what_the_user_can_put_right_exits_with_two() -> None:
    assert {error.exit_code for error in FAMILY if issubclass(error, UserError)} == {2}
    assert (OutputError.exit_code, StoreError.exit_code, LLMUnavailable.exit_code) == (2, 1, 1)
    assert issubclass(DataError, UserError)
    assert (NoStore.exit_code, issubclass(NoStore, StoreError)) == (2, True)


def test_a_busy_llm_is_an_llm_error_that_knows_when_to_ask_again() -> None:
    assert LLMBusy("slow down", 2.5).retry_after == 2.5
    assert isinstance(LLMBusy("slow down"), LLMError)
    assert LLMBusy("slow down").retry_after is None


def test_an_unknown_name_comes_with_the_nearest_and_the_list() -> None:
    message = str(UnknownName("schedule", "sigmod", ["sigmoid", "cosine"]))
    assert message == "no schedule named 'sigmod' (did you mean 'sigmoid'?); there are: cosine, sigmoid"
    assert str(UnknownName("task", "zzz", iter(["ner"]))) == "no task named 'zzz'; there are: ner"


def test_a_missing_extra_says_what_to_install() -> None:
    assert str(MissingExtra("training", "train")).endswith("pip install 'vermeil[train]'")


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert nearest("PER", ["LOC"]) == ""
    assert nearest("PRE", ["PER"]) == " (did you mean 'PER'?)"
