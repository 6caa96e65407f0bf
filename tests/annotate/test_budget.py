"""What a run may spend."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate.budget import Budget, Prices, Reservation, Spending, read_budget
from vermeil.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("5.00", Budget(money=5.0)),
        (" 5 ", Budget(money=5.0)),
        (".5", Budget(money=0.5)),
        ("500000 tokens", Budget(tokens=500_000)),
        ("500_000 tokens", Budget(tokens=500_000)),
        ("2M tokens", Budget(tokens=2_000_000)),
        ("1.5 m Tokens", Budget(tokens=1_500_000)),
        ("20ktokens", Budget(tokens=20_000)),
    ],
)
def test_a_budget_is_money_or_tokens(text: str, budget: Budget) -> None:
    assert read_budget(text) == budget


@pytest.mark.parametrize("text", ["", "five", "-1", "5,00", "$5", "2M", "1e400", "nan", "inf", "tokens", "5.00 euros"])
def test_what_is_neither_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match="2M tokens"):
        read_budget(text)


@pytest.mark.parametrize("text", ["0", "0.00", "0 tokens", "0.1 tokens"])
def test_a_budget_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="above 0"):
        read_budget(text)


def test_a_budget_reads_as_it_was_meant() -> None:
    assert str(read_budget("5")) == "5.00"
    assert str(read_budget("2M tokens")) == "2,000,000 tokens"
    assert str(Budget(5, 100)) == "5.00 and 100 tokens"


def test_money_without_prices_says_how_to_give_them() -> None:
    with pytest.raises(SettingsError, match=r"prices\.input="):
        Spending(Budget(money=5.0))


def test_a_missing_price_of_one_llm_is_noticed_before_it_is_asked() -> None:
    with pytest.raises(SettingsError, match="no price for 'dear', only for cheap"):
        Spending(Budget(money=5.0), {"cheap": Prices(1, 1)}, llms=["cheap", "dear"])


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_a_price_is_a_number_of_0_or_more(price: float) -> None:
    with pytest.raises(SettingsError, match="0 or more"):
        Prices(price, 0.0)


def test_without_a_budget_everything_is_counted_and_nothing_refused() -> None:
    spending = Spending()
    for _ in range(1000):
        spending.settle(_reserved(spending), 100, 20)
    assert (spending.calls, spending.tokens_in, spending.tokens_out, spending.cost) == (1000, 100_000, 20_000, None)


def test_the_cost_follows_the_prices() -> None:
    spending = Spending(prices=Prices(2.0, 10.0))
    spending.settle(_reserved(spending), 1_000_000, 500_000)
    assert spending.cost == pytest.approx(7.0)


def test_each_llm_has_its_own_price() -> None:
    spending = Spending(prices={"cheap": Prices(1, 1), "dear": Prices(100, 100)})
    for llm in ("cheap", "dear"):
        spending.settle(_reserved(spending, llm=llm), 500_000, 500_000)
    assert spending.cost == pytest.approx(101)


def test_once_the_budget_is_used_up_nothing_more_is_allowed() -> None:
    spending = Spending(Budget(tokens=1000))
    asked = 0
    while reservation := spending.reserve(300):
        spending.settle(reservation, 100, 20)
        asked += 1
    assert spending.tokens_in + spending.tokens_out <= 1000
    assert asked >= 7


@given(
    seed=st.integers(0, 10_000),
    in_flight=st.integers(1, 64),
    spread=st.sampled_from([0.0, 0.3, 1.0]),
)
@settings(max_examples=100, deadline=None)
def test_a_budget_is_exceeded_by_no_more_than_what_was_under_way(seed: int, in_flight: int, spread: float) -> None:
    draw = random.Random(seed)
    spending, under_way, dearest = Spending(Budget(money=1.0), Prices(1.0, 4.0)), [], 0.0
    while True:
        while len(under_way) < in_flight and (reservation := spending.reserve(draw.randint(400, 4000))):
            under_way.append(reservation)
        if not under_way:
            break
        reservation = under_way.pop(draw.randrange(len(under_way)))
        tokens_in, tokens_out = reservation.prompt_bytes // 4, round(200 * draw.lognormvariate(0, spread))
        dearest = max(dearest, Prices(1.0, 4.0).cost(tokens_in, tokens_out))
        if draw.random() < 0.5:
            spending.free(reservation)
        else:
            spending.settle(reservation, tokens_in, tokens_out)
    assert 0.9 <= (spending.cost or 0) <= 1.0 + in_flight * dearest


def test_what_was_turned_away_costs_nothing() -> None:
    spending = Spending(Budget(tokens=400), Prices(1, 1))
    for _ in range(100):
        spending.free(_reserved(spending))
    assert (spending.calls, spending.cost, spending.unknown_attempts) == (0, 0.0, 0)


def test_what_broke_off_counts_against_the_budget_and_is_shown_apart() -> None:
    spending = Spending(Budget(tokens=1000), Prices(1e6, 1e6))
    spending.unknown(_reserved(spending))
    assert (spending.calls, spending.tokens_in, spending.cost, spending.unknown_attempts) == (0, 0, 0.0, 1)
    assert spending.unknown_cost == pytest.approx(100 + 256)
    lost = 1
    while reservation := spending.reserve(300):
        spending.unknown(reservation)
        lost += 1
    assert lost == 2


def test_where_the_server_does_not_say_the_estimate_counts() -> None:
    spending = Spending(Budget(tokens=1000), Prices(1e6, 1e6))
    spending.settle(_reserved(spending), 0, 0)
    assert (spending.calls, spending.unsaid_calls, spending.tokens_in) == (1, 1, 0)
    assert spending.cost == pytest.approx(100 + 256)
    spending.settle(_reserved(spending), 0, 0)
    assert spending.reserve(300) is None


def test_estimates_are_learnt_from_replies_and_are_high_rather_than_low() -> None:
    spending = Spending()
    draw = random.Random(0)
    answers = [draw.randint(10, 90) for _ in range(300)]
    for answer in answers:
        spending.settle(_reserved(spending, 1000), 250, answer)
    high = spending.estimate(1000) - 250
    assert sum(answer <= high for answer in answers) / len(answers) > 0.9
    assert high < 150
    assert spending.estimate(2000) == pytest.approx(500 + high, abs=1)


def test_spending_adds_up_over_threads() -> None:
    spending = Spending(prices=Prices(1, 1))

    def ask() -> None:
        for _ in range(500):
            spending.settle(_reserved(spending), 3, 1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (spending.calls, spending.tokens_in, spending.tokens_out) == (2000, 6000, 2000)


def _reserved(spending: Spending, prompt_bytes: int = 300, llm: str = "") -> Reservation:
    reservation = spending.reserve(prompt_bytes, llm)
    assert reservation is not None
    return reservation
