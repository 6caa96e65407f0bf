"""How fast an LLM is asked: as fast as it allows, and no faster."""

from __future__ import annotations

import asyncio
import math
import pickle
import random
import time
from collections.abc import Callable
from statistics import fmean

import pytest
from rate_limits import RULES, AtOnce, NowAndThen, Says, ask_for
from virtual_time import VirtualLoop, run_virtually

from vermeil.annotate.pace import Limits, Pace
from vermeil.errors import Busy, LLMBusy, SettingsError
from vermeil.exchange import Quota, Quotas

MINUTES = 20


@pytest.mark.parametrize("says", ["retry-after", "nothing", "headers"])
@pytest.mark.parametrize("name", RULES)
def test_a_limit_of_60_a_minute_is_used_and_hardly_ever_hit(name: str, says: Says) -> None:
    outcome = run_virtually(ask_for(MINUTES, RULES[name](), says))
    assert outcome.per_minute(300, 60 * MINUTES) >= 0.9 * 60
    assert outcome.share_refused() <= 0.05


@pytest.mark.parametrize("latency", [0.1, 10.0])
@pytest.mark.parametrize("says", ["retry-after", "nothing", "headers"])
@pytest.mark.parametrize("name", RULES)
def test_so_it_is_by_fast_and_by_slow_servers(name: str, says: Says, latency: float) -> None:
    outcome = run_virtually(ask_for(MINUTES, RULES[name](), says, latency=latency))
    assert outcome.per_minute(300, 60 * MINUTES) >= 0.8 * 60
    assert outcome.share_refused(since=300) <= 0.05
    assert outcome.share_refused() <= 0.08  # a burst that went well is under way when the first refusal comes


def test_a_refusal_among_many_answers_is_no_trickle() -> None:
    runs = [
        run_virtually(ask_for(2, NowAndThen(random=random.Random(seed)), "retry-after", limits=Limits(16), seed=seed))
        for seed in range(8)
    ]
    assert fmean(run.per_minute(0, 120) for run in runs) >= 55, "41 where a refusal is taken for a trickle"


def test_a_server_that_takes_20_at_once_is_kept_busy() -> None:
    outcome = run_virtually(ask_for(3, AtOnce(20), "nothing", limits=Limits(64)))
    assert outcome.per_minute(60, 180) >= 0.8 * 60 * 20 / 1.1  # an answer takes 1.1 s
    assert outcome.share_refused() <= 0.05


def test_the_first_request_goes_alone_then_the_number_doubles() -> None:
    most = run_virtually(_most_at_once(Limits(512), turns=8))
    assert most == [1, 16, 32, 64, 128, 256, 512, 512]


def test_the_start_costs_less_than_a_quarter_of_a_second() -> None:
    async def run() -> float:
        pace = _pace(Limits(64))
        await asyncio.gather(*(_ask(pace, 0.05) for _ in range(64 * 20)))
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) <= 20 * 0.05 + 0.25


def test_requests_do_not_run_in_waves() -> None:
    written, rate = run_virtually(_together(Limits(128)))
    assert fmean(written) <= 4, "128 where those that were written together go together"
    assert rate >= 0.95 * 128 / 0.25, "80 % in waves"


@pytest.mark.parametrize("cause", ["fault", "unreachable"])
def test_a_first_request_that_breaks_off_does_not_hold_up_the_others_for_ever(cause: Busy) -> None:
    async def run() -> int:
        pace = _pace()
        await pace.admit(1)
        pace.busy(LLMBusy("broke off", cause=cause), 1)
        return pace.allowed

    assert run_virtually(run()) == 4


@pytest.mark.parametrize("cause", ["rate", "overload"])
def test_a_busy_server_is_asked_half_as_often_at_once_per_round_trip(cause: Busy) -> None:
    async def run() -> list[int]:
        pace = await _opened(Limits(64))
        for _ in range(pace.allowed):
            assert await pace.admit(1)
        allowed = [pace.allowed]
        for _ in range(64):
            pace.busy(LLMBusy("busy", cause=cause), 1)
        return [*allowed, pace.allowed]

    assert run_virtually(run()) == [64, 32]


def test_faults_leave_the_number_at_once_alone() -> None:
    async def run() -> int:
        pace = await _opened(Limits(64))
        for _ in range(500):
            await pace.admit(1)
            pace.busy(LLMBusy("broke off"), 1)
        return pace.allowed

    assert run_virtually(run()) == 64


@pytest.mark.parametrize("cause", ["rate", "overload"])
def test_a_short_storm_is_forgotten_within_seconds(cause: Busy) -> None:
    """64 at once at a quarter of a second are 256 a second, before a storm of 5 seconds and soon after it."""

    def storm(now: float) -> LLMBusy | None:
        return LLMBusy("busy", cause=cause) if 30 <= now < 35 else None

    done = run_virtually(_throughput(Limits(64), 0.25, 60, storm))
    assert done(20, 30) >= 0.95 * 256
    assert done(45, 55) >= 0.9 * 256


def test_a_retry_after_is_a_pause_for_all() -> None:
    async def run() -> list[float]:
        pace = await _opened(Limits(16))
        loop = asyncio.get_running_loop()
        began = loop.time()
        await pace.admit(1)
        pace.busy(LLMBusy("busy", 7.0, "overload"), 1)
        times = []

        async def ask() -> None:
            await pace.admit(1)
            times.append(loop.time() - began)
            await asyncio.sleep(0.1)
            pace.done(1, 1)

        await asyncio.gather(*(ask() for _ in range(16)))
        return times

    times = run_virtually(run())
    assert min(times) >= 7
    assert max(times) < 10


def test_a_retry_after_of_an_hour_is_no_pause() -> None:
    async def run() -> float:
        pace = await _opened(Limits(16))
        began = asyncio.get_running_loop().time()
        await pace.admit(1)
        pace.busy(LLMBusy("busy", 3600.0, "rate"), 1)
        await pace.admit(1)
        return asyncio.get_running_loop().time() - began

    assert run_virtually(run()) < 1


@pytest.mark.parametrize("per_minute", [60, 600, 6000])
def test_requests_per_minute_are_kept_to_evenly(per_minute: int) -> None:
    done = run_virtually(_throughput(Limits(64, requests_per_minute=per_minute), 0.2, 60))
    assert 0.97 * per_minute <= 60 * done(0, 60) <= 1.02 * per_minute
    assert 60 * done(10, 20) <= 1.1 * per_minute


def test_tokens_per_minute_are_kept_to_by_what_requests_really_take() -> None:
    limits = Limits(64, tokens_per_minute=60_000)
    done = run_virtually(_throughput(limits, 0.2, 120, tokens=200))  # estimated as 100
    assert 60 * 200 * done(60, 120) == pytest.approx(60_000, rel=0.05)


def test_tokens_of_refused_requests_are_given_back() -> None:
    async def run() -> float:
        pace = _pace(Limits(tokens_per_minute=600))
        await pace.admit(600)
        pace.busy(LLMBusy("busy", cause="overload"), 600)
        await pace.admit(600)
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) < 1


def test_a_quota_that_is_used_up_is_waited_for() -> None:
    async def run() -> float:
        pace = await _opened(Limits(16))
        began = asyncio.get_running_loop().time()
        pace.stated(Quotas(requests=Quota(limit=1000, remaining=0, reset=30)))
        await pace.admit(1)
        return asyncio.get_running_loop().time() - began

    assert run_virtually(run()) == pytest.approx(30, abs=0.1)


def test_a_quota_of_tokens_holds_back_what_would_not_fit() -> None:
    async def run() -> list[float]:
        pace = await _opened(Limits(16))
        loop = asyncio.get_running_loop()
        began = loop.time()
        pace.stated(Quotas(tokens=Quota(limit=100_000, remaining=1000, reset=20)))
        times = []
        for tokens in (800, 800):
            await pace.admit(tokens)
            times.append(loop.time() - began)
        return times

    first, second = run_virtually(run())
    assert first < 1
    assert second == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize(
    "quota", [Quota(0, 0, 0), Quota(math.nan, 1, 1), Quota(60, math.inf, 1), Quota(60, -5, -1), Quota(1, 1, 1e12)]
)
def test_a_quota_that_makes_no_sense_stops_nothing_for_longer_than_a_minute(quota: Quota) -> None:
    async def run() -> float:
        pace = await _opened(Limits(16))
        pace.stated(Quotas(quota, quota))
        for _ in range(3):
            await pace.admit(500)
            pace.done(500, 500)
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) < 130


def test_after_a_suspended_hour_there_is_no_burst() -> None:
    async def run() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        pace = _pace(Limits(64, requests_per_minute=600))
        sent: list[float] = []

        async def ask() -> None:
            while await pace.admit(1):
                sent.append(loop.time())
                await asyncio.sleep(0.05)
                pace.done(1, 1)

        workers = [asyncio.create_task(ask()) for _ in range(64)]
        await asyncio.sleep(10)
        loop.now += 3600
        await asyncio.sleep(1)
        pace.close()
        await asyncio.gather(*workers)
        return sum(when > 3600 for when in sent)

    assert run_virtually(run()) <= 12  # 10 a second


def test_a_wall_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 86_400.0 * random.random())

    async def run() -> None:
        pace = Pace(Limits(requests_per_minute=6000))
        await asyncio.gather(*(_ask(pace, 0.001) for _ in range(50)))

    began = time.monotonic()
    asyncio.run(run())
    assert 0.4 < time.monotonic() - began < 1.5


def test_those_who_wait_are_let_go_in_their_order() -> None:
    async def run() -> list[int]:
        pace = _pace(Limits(3))
        order: list[int] = []

        async def ask(number: int) -> None:
            await pace.admit(1)
            order.append(number)
            await asyncio.sleep(random.random())
            pace.done(1, 1)

        await asyncio.gather(*(ask(number) for number in range(100)))
        return order

    assert run_virtually(run()) == list(range(100))


def test_closing_wakes_all_who_wait_and_lets_nobody_else_in() -> None:
    async def run() -> list[bool]:
        pace = _pace()
        waiting = [asyncio.create_task(pace.admit(1)) for _ in range(100)]
        await asyncio.sleep(5)
        pace.close()
        return [*await asyncio.gather(*waiting), await pace.admit(1)]

    assert run_virtually(run()) == [True] + 100 * [False]


def test_one_who_gives_up_waiting_does_not_keep_a_place() -> None:
    async def run() -> int:
        pace = await _opened(Limits(16))
        for _ in range(16):
            await pace.admit(1)
        waiting = [asyncio.create_task(pace.admit(1)) for _ in range(10)]
        await asyncio.sleep(0)
        for _ in range(16):
            pace.done(1, 1)
        for task in waiting:  # some have been let go in the same moment
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return pace.in_flight

    assert run_virtually(run()) == 0


def test_letting_in_is_cheap() -> None:
    async def run(waiting: int) -> float:
        pace = Pace(Limits(512))
        await asyncio.gather(*(_ask(pace, 0) for _ in range(2000)))
        others = [asyncio.create_task(pace.admit(1)) for _ in range(512 + waiting)]
        await asyncio.sleep(0)
        best = math.inf
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(200):
                pace.done(1, 1)
                await pace.admit(1) if not waiting else others.append(asyncio.create_task(pace.admit(1)))
            best = min(best, (time.perf_counter() - began) / 200)
        pace.close()
        await asyncio.gather(*others)
        return best

    assert asyncio.run(run(0)) < 60e-6  # measured: below 10 on a quiet machine, for coming and going
    assert asyncio.run(run(512)) < 120e-6  # with a task made for each


def test_a_pickled_pace_starts_anew() -> None:
    async def run() -> Pace:
        return await _opened(Limits(64))

    copy = pickle.loads(pickle.dumps(run_virtually(run())))
    assert (copy.allowed, copy.in_flight) == (1, 0)


@pytest.mark.parametrize("in_flight", [0, -1, 513])
def test_in_flight_has_bounds(in_flight: int) -> None:
    with pytest.raises(SettingsError, match="1 to 512"):
        Limits(in_flight)


@pytest.mark.parametrize("per_minute", [0, -1, math.nan, math.inf])
def test_a_limit_per_minute_is_above_0(per_minute: float) -> None:
    with pytest.raises(SettingsError, match="requests_per_minute is above 0"):
        Limits(requests_per_minute=per_minute)
    with pytest.raises(SettingsError, match="tokens_per_minute is above 0"):
        Limits(tokens_per_minute=per_minute)


def _pace(limits: Limits = Limits()) -> Pace:  # noqa: B008 - frozen
    return Pace(limits, asyncio.get_running_loop().time, chance=random.Random(0).random)


async def _opened(limits: Limits) -> Pace:
    """A pace that has found out that the server takes all that it is allowed."""
    pace = _pace(limits)
    await asyncio.gather(*(_ask(pace, 0.05) for _ in range(8 * limits.in_flight)))
    assert pace.allowed == limits.in_flight
    return pace


async def _ask(pace: Pace, seconds: float, tokens: int = 100) -> None:
    await pace.admit(100)
    await asyncio.sleep(seconds)
    pace.done(tokens, 100)


async def _most_at_once(limits: Limits, turns: int) -> list[int]:
    """How many are under way in the middle of each round trip of a second."""
    pace = _pace(limits)
    tasks = [asyncio.create_task(_ask(pace, 1)) for _ in range(4000)]
    found = []
    await asyncio.sleep(0.5)
    for _ in range(turns):
        found.append(pace.in_flight)
        await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def _throughput(
    limits: Limits,
    latency: float,
    seconds: float,
    refusal: Callable[[float], LLMBusy | None] = lambda now: None,
    tokens: int = 100,
) -> Callable[[float, float], float]:
    """Replies a second between two times."""
    pace, loop = _pace(limits), asyncio.get_running_loop()
    done: list[float] = []

    async def ask() -> None:
        while await pace.admit(100):
            if error := refusal(loop.time()):
                await asyncio.sleep(0.02)
                pace.busy(error, 100)
                await asyncio.sleep(random.random())
                continue
            await asyncio.sleep(latency)
            pace.done(tokens, 100)
            done.append(loop.time())

    workers = [asyncio.create_task(ask()) for _ in range(2 * limits.in_flight)]
    await asyncio.sleep(seconds)
    pace.close()
    await asyncio.gather(*workers)
    return lambda since, until: sum(since <= when < until for when in done) / (until - since)


async def _together(limits: Limits) -> tuple[list[int], float]:
    """How many answers are written at once, and requests a second, where a slot is free when its answer is written."""
    pace, loop = await _opened(limits), asyncio.get_running_loop()
    came: list[None] = []
    written: list[int] = []

    async def ask() -> None:
        while await pace.admit(100):
            await asyncio.sleep(0.25)
            came.append(None)

    async def write() -> None:
        while True:
            count = len(came)
            await asyncio.sleep(0.001 + 0.0005 * count)
            for _ in range(count):
                pace.done(100, 100)
            del came[:count]
            written.extend([count] * bool(count))

    tasks = [asyncio.create_task(ask()) for _ in range(2 * limits.in_flight)] + [asyncio.create_task(write())]
    await asyncio.sleep(10)
    began = loop.time()
    written.clear()
    await asyncio.sleep(20)
    rate = sum(written) / (loop.time() - began)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return written, rate
