"""What a run would cost, and how long it would take."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from names_task import Names, names_in

from fault_server import FaultServer
from vermeil.annotate.annotator import Annotator, annotate
from vermeil.annotate.budget import Prices
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.annotate.plan import plan
from vermeil.annotate.store import AnswerStore
from vermeil.llms import openai
from vermeil.llms.scripted import LLM

TEXTS = ["Anna sang", "Bob sang", "Anna sang"]


def test_a_plan_counts_and_asks_nothing(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS[:1], task, llm, store)
        planned = plan(Annotator(task, llm, store), [*TEXTS, "Carla sang"])
    assert (planned.texts, planned.distinct, planned.answered, planned.calls) == (4, 3, 1, 2)
    assert llm.calls == 1
    assert (planned.price, planned.seconds, planned.probed) == (None, None, 0)
    assert "a rough guess" in str(planned)


def test_one_of_a_thing_is_not_several(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        planned = plan(Annotator(task, llm, store), TEXTS[:2], probe=1)
        assert str(store.stats()).startswith("1 answer to 1 question (")
    assert str(planned).startswith("2 texts, 2 distinct, 0 answered before: 1 call, about ")
    assert "1 text was asked for this; its answer is kept" in str(planned)


def test_a_plan_for_what_is_answered_is_free(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS, task, llm, store)
        planned = plan(Annotator(task, llm, store, prices=Prices(1.0, 2.0)), TEXTS, probe=5)
    assert (planned.calls, planned.tokens_in, planned.price, planned.probed) == (0, 0, 0.0, 0)


def test_a_plan_does_not_change_what_the_run_after_it_reports(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotator = Annotator(task, llm, store)
        plan(annotator, TEXTS)
        annotator.annotate(TEXTS)
        assert (annotator.report.texts, annotator.report.distinct) == (3, 2)


def test_without_a_probe_the_estimate_is_drawn_from_stored_answers_where_there_are_any(task: Names) -> None:
    with AnswerStore() as store, FaultServer(names_in) as server:
        llm = openai.LLM("m", base_url=server.url)
        annotator = Annotator(task, llm, store, prices=Prices(1e6, 10e6))
        rough = plan(annotator, ["Anna sang", "Otto sang"])
        annotate(["Anna sang"], task, llm, store)
        measured = plan(annotator, ["Anna sang", "Otto sang"])
    assert rough.basis == "a rough guess"
    assert (measured.tokens_in, measured.tokens_out) == (100, 20)
    assert measured.price == 100 + 10 * 20
    assert measured.basis == "measured on 1 stored answer"


def test_a_probe_asks_a_few_texts_measures_them_and_keeps_their_answers(task: Names) -> None:
    texts = [f"Anna {number} sang" for number in range(100)]
    with AnswerStore() as store, FaultServer(names_in, delay=0.05) as server:
        llm = openai.LLM("m", base_url=server.url)
        annotator = Annotator(task, llm, store, limits=Limits(in_flight=5), prices=Prices(1e6, 0))
        planned = plan(annotator, texts, probe=5)
        assert len(server.requests) == 5
        assert (planned.calls, planned.answered, planned.probed, len(store)) == (95, 0, 5, 5)
        assert planned.basis == "measured on 5 texts"
        assert planned.tokens_in == pytest.approx(9500, rel=0.02)
        assert planned.price == planned.tokens_in
        assert planned.seconds is not None
        assert 0.9 < planned.seconds < 4  # 19 turns of 50 ms
        assert "their answers are kept" in str(planned)
        annotator.annotate(texts)
        assert len(server.requests) == 100


def test_the_probe_is_spread_over_the_input(task: Names) -> None:
    asked: list[int] = []

    def note(prompt: str) -> str:
        asked.append(int(prompt.split()[-1]))
        return "[]"

    plan(Annotator(task, LLM("m", note)), (f"text {number}" for number in range(1000)), probe=8)
    assert len(asked) == 8
    assert min(asked) < 400
    assert max(asked) > 600


def test_texts_are_drawn_once_and_one_at_a_time(task: Names, llm: LLM) -> None:
    alive = []

    def texts() -> Iterator[str]:
        for number in range(300):
            alive.append(number)
            yield f"Anna {number} sang"

    assert plan(Annotator(task, llm), texts()).texts == 300
    assert len(alive) == 300


def test_an_llm_that_cannot_be_reached_leaves_a_rough_guess_and_the_reason(task: Names) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    llm = openai.LLM("m", base_url=f"http://127.0.0.1:{port}/v1")
    planned = plan(Annotator(task, llm, patience=Patience(first_wait=0.01)), TEXTS, probe=2)
    assert (planned.calls, planned.probed, planned.basis) == (2, 0, "a rough guess")
    assert "cannot reach" in planned.unreachable
    assert "no text could be asked: cannot reach" in str(planned)


def test_limits_bound_the_time(task: Names, llm: LLM) -> None:
    texts = [f"Anna {number} sang" for number in range(90)]
    by_requests = plan(Annotator(task, llm, limits=Limits(requests_per_minute=60)), texts)
    assert by_requests.seconds == pytest.approx(90)
    assert "at least 2 min" in str(by_requests)
    by_tokens = plan(Annotator(task, llm, limits=Limits(tokens_per_minute=60)), texts)
    assert by_tokens.seconds == pytest.approx(by_tokens.tokens_in + by_tokens.tokens_out)


def test_several_answers_to_each_text_are_several_calls_and_each_llm_has_its_price(task: Names) -> None:
    llms = [LLM("cheap", names_in), LLM("dear", names_in)]
    one, two = (Prices(1e6, 0), Prices(3e6, 0))
    prices = {llms[0].name: one, llms[1].name: two}
    planned = plan(Annotator(task, llms, method=Method(samples=2), prices=prices), TEXTS)
    assert planned.calls == 2 * 2 * 2
    assert planned.price == 2 * planned.tokens_in


def test_long_texts_are_planned_by_the_piece(task: Names, llm: LLM) -> None:
    long = " ".join(f"Anna{number} sang." for number in range(60))
    planned = plan(Annotator(task, llm, method=Method(longest=200, overlap=20)), [long])
    annotator = Annotator(task, llm, method=Method(longest=200, overlap=20))
    annotator.annotate([long])
    assert 2 < planned.calls == annotator.report.spent.calls


@pytest.mark.parametrize(("retry", "calls"), [(True, 1), (False, 0)])
def test_unreadable_answers_count_as_calls_if_they_would_be_asked_for_again(
    task: Names, retry: bool, calls: int
) -> None:
    llm = LLM(reply=lambda prompt: "nonsense")
    with AnswerStore() as store:
        annotate(["Anna sang"], task, llm, store)
        assert plan(Annotator(task, llm, store, retry_failed=retry), ["Anna sang"]).calls == calls


def test_a_large_input_is_planned_quickly(task: Names, llm: LLM) -> None:
    began = time.monotonic()
    assert plan(Annotator(task, llm), (f"Anna {number} sang" for number in range(5000))).calls == 5000
    assert time.monotonic() - began < 10
