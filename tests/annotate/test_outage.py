"""One text's failure is its own; everybody's is the server's, and the server is given time."""

from __future__ import annotations

import asyncio

import pytest

from vermeil.annotate.outage import Outage
from vermeil.annotate.patience import Patience
from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, SettingsError

PATIENCE = Patience(hopeless=5, outage=60.0)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    async def sleep(self, seconds: float) -> bool:
        self.now += seconds
        self.sleeps.append(seconds)
        await asyncio.sleep(0)
        return True


def outage(clock: Clock) -> Outage:
    return Outage(PATIENCE, clock.sleep, lambda: clock.now)


def fail(seen: Outage, times: int, error: LLMError | None = None, tries: int = 1) -> None:
    for _ in range(times):
        seen.failed(error or LLMBusy("busy"), tries)


def test_nobody_waits_while_answers_come() -> None:
    async def run() -> list[bool]:
        seen = outage(clock)
        counted = []
        for _ in range(20):
            async with seen.turn() as counts:
                counted.append(counts)
            fail(seen, 4)
            seen.answered()
        return counted

    clock = Clock()
    assert asyncio.run(run()) == [True] * 20
    assert clock.sleeps == []


def test_when_all_fail_one_at_a_time_tries_after_growing_waits_and_uses_up_no_attempt() -> None:
    async def run() -> None:
        seen = outage(clock)
        seen.answered()
        fail(seen, 5)
        assert seen.down
        probing = 0

        async def one() -> bool:
            nonlocal probing
            async with seen.turn() as counts:
                probing += not counts
                assert probing <= 1 or counts
                if clock.now > 20:
                    seen.answered()
                else:
                    fail(seen, 1)
                probing -= not counts
                return counts

        assert await asyncio.gather(*(one() for _ in range(30))) == [False] * 5 + [True] * 25

    clock = Clock()
    asyncio.run(run())
    assert clock.sleeps == [1, 2, 4, 8, 16]


def test_an_outage_that_lasts_too_long_ends_the_run() -> None:
    clock = Clock()
    seen = outage(clock)
    seen.answered()
    fail(seen, 5)
    clock.now = 59.0
    fail(seen, 1)
    clock.now = 61.0
    with pytest.raises(LLMUnavailable, match=r"no answer for 61 s \(7 attempts\), the last: busy"):
        fail(seen, 1)


def test_an_answer_begins_the_count_anew() -> None:
    clock = Clock()
    seen = outage(clock)
    seen.answered()
    for _ in range(10):
        fail(seen, 4)
        clock.now += 50
        seen.answered()
    assert not seen.down


def test_a_server_that_never_was_there_is_given_three_tries() -> None:
    seen = outage(Clock())
    gone = LLMBusy("cannot reach it", cause="unreachable")
    seen.failed(gone, 1)
    seen.failed(gone, 2)
    with pytest.raises(LLMUnavailable, match="cannot reach it"):
        seen.failed(gone, 3)


def test_a_server_that_was_there_may_be_gone_for_a_while() -> None:
    seen = outage(Clock())
    seen.answered()
    fail(seen, 4, LLMBusy("cannot reach it", cause="unreachable"), tries=6)


def test_many_that_meet_one_short_outage_at_the_start_are_no_sign() -> None:
    seen = outage(Clock())
    fail(seen, 64, tries=1)
    with pytest.raises(LLMUnavailable, match="the first 65 attempts all failed"):
        seen.failed(LLMBusy("busy"), 4)


def test_an_llm_that_refuses_every_prompt_from_the_start_is_not_asked_on() -> None:
    seen = outage(Clock())
    fail(seen, 4, LLMError("no parameter temperature"))
    with pytest.raises(LLMUnavailable, match="the first 5 attempts all failed, the last with: no parameter"):
        fail(seen, 1, LLMError("no parameter temperature"))


def test_an_llm_that_begins_to_refuse_everything_is_not_asked_on_for_ever() -> None:
    seen = outage(Clock())
    seen.answered()
    fail(seen, 24, LLMError("the model was withdrawn"))
    with pytest.raises(LLMUnavailable, match="25 attempts failed in a row"):
        fail(seen, 1, LLMError("the model was withdrawn"))


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"hopeless": 0}, {"first_wait": -1.0}, {"longest": 0.0}])
def test_patience_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        Patience(**wrong)  # type: ignore[arg-type]


def test_waits_grow_and_end_with_the_attempts_and_with_the_time() -> None:
    patience = Patience(attempts=4, first_wait=1.0, longest_wait=3.0, longest=100.0)
    longest = [max(patience.wait(tries, None) or 0 for _ in range(300)) for tries in (1, 2, 3)]
    assert [round(wait) for wait in longest] == [1, 2, 3]
    assert patience.wait(4, None) is None
    assert patience.wait(1, None, passed=100.0) is None


def test_the_servers_wish_is_a_lower_bound_up_to_the_longest_wait() -> None:
    patience = Patience(first_wait=1.0, longest_wait=10.0)
    assert 5 <= (patience.wait(1, 5.0) or 0) <= 6
    assert patience.wait(1, 11.0) is None
