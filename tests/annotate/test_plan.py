"""What a run would cost, without asking."""

from __future__ import annotations

import pytest
from names_task import Names, names_in

from fault_server import FaultServer
from vermeil.annotate.annotator import annotate
from vermeil.annotate.plan import Prices, plan
from vermeil.annotate.store import AnswerStore
from vermeil.errors import SettingsError
from vermeil.llms import openai
from vermeil.llms.scripted import LLM

TEXTS = ["Anna sang", "Bob sang", "Anna sang"]


def test_a_plan_counts_and_asks_nothing(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS[:1], task, llm, store)
        planned = plan([*TEXTS, "Carla sang"], task, llm, store)
    assert (planned.texts, planned.distinct, planned.answered, planned.calls) == (4, 3, 1, 2)
    assert llm.calls == 1
    assert planned.price is None


def test_a_plan_for_what_is_answered_is_free(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS, task, llm, store)
        planned = plan(TEXTS, task, llm, store, Prices(1.0, 2.0))
    assert (planned.calls, planned.tokens_in, planned.price) == (0, 0, 0.0)


def test_the_estimate_is_drawn_from_stored_answers_where_there_are_any(task: Names) -> None:
    with AnswerStore() as store, FaultServer(names_in) as server:
        llm = openai.LLM("m", base_url=server.url)
        rough = plan(["Anna sang", "Otto sang"], task, llm, store, Prices(1e6, 0.0))
        annotate(["Anna sang"], task, llm, store)
        measured = plan(["Anna sang", "Otto sang"], task, llm, store, Prices(1e6, 10e6))
    assert rough.measured == 0
    assert rough.price == rough.tokens_in
    assert (measured.measured, measured.tokens_in, measured.tokens_out) == (1, 100, 20)
    assert measured.price == 100 + 10 * 20
    assert "measured on 1 answers" in str(measured)


@pytest.mark.parametrize(("retry", "calls"), [(True, 1), (False, 0)])
def test_unreadable_answers_count_as_calls_if_they_would_be_asked_for_again(
    task: Names, retry: bool, calls: int
) -> None:
    llm = LLM(reply=lambda prompt: "nonsense")
    with AnswerStore() as store:
        annotate(["Anna sang"], task, llm, store)
        assert plan(["Anna sang"], task, llm, store, retry_failed=retry).calls == calls


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(SettingsError, match="0 or more"):
        Prices(-1.0, 0.0)
