"""Texts that wait at the same time are labelled together, in turn, and never more of them than was allowed."""

from __future__ import annotations

import threading
import time

import pytest

from vermeil.data import Span
from vermeil.deploy.server.rounds import ROUND, Overloaded, Round, Rounds
from vermeil.errors import VermeilError

FOUND = (Span(0, 1, "A"),)


class Panic(BaseException):
    """What Rust does when it is at a loss."""


class Labeller:
    """Keeps the texts of each round; waits for leave where it was given a gate; chokes on "bad", panics at "panic"."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate, self.rounds = gate, []

    def __call__(self, texts):
        self.rounds.append(list(texts))
        if self.gate:
            assert self.gate.wait(10)
        if "bad" in texts:
            raise ValueError("a text that the model cannot take")
        if "panic" in texts:
            raise Panic("no entry found for key")
        return [FOUND] * len(texts)


def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it did not come true")


def test_what_waits_at_the_same_time_shares_a_round():
    label, seen = Labeller(), []
    rounds = Rounds(label, 10_000, seen.append)
    promises = [rounds.submit([f"text {number}"]) for number in range(5)]
    rounds.start()
    assert [promise.result(10) for promise in promises] == [[FOUND]] * 5
    assert label.rounds == [[f"text {number}" for number in range(5)]]
    rounds.stop()
    assert [type(each) for each in seen] == [Round]
    assert (seen[0].texts, seen[0].seconds > 0) == (5, True)


def test_a_long_request_does_not_hold_up_a_short_one():
    label = Labeller()
    rounds = Rounds(label, 1_000_000)
    long = rounds.submit(["x" * 2000 + str(number) for number in range(40)])
    short = rounds.submit(["short"])
    rounds.start()
    assert short.result(10) == [FOUND]
    assert long.result(10) == [FOUND] * 40
    assert "short" in label.rounds[0]
    assert [text[2000:] for texts in label.rounds for text in texts if text != "short"] == [str(n) for n in range(40)]
    assert all(sum(map(len, texts)) <= ROUND for texts in label.rounds)
    rounds.stop()


def test_a_text_longer_than_a_round_is_labelled_alone():
    label = Labeller()
    rounds = Rounds(label, 10)
    promise = rounds.submit(["x" * (3 * ROUND)])
    rounds.start()
    assert promise.result(10) == [FOUND]
    rounds.stop()


def test_more_than_may_wait_is_told_to_come_back():
    gate = threading.Event()
    rounds = Rounds(Labeller(gate), 1000)
    first = rounds.submit(["x" * 900])
    with pytest.raises(Overloaded, match=r"964 characters wait .* come back in 1 s") as refused:
        rounds.submit(["y" * 900])
    assert refused.value.retry_after == 1
    rounds.start()
    gate.set()
    assert first.result(10) == [FOUND]
    assert rounds.submit(["y" * 900]).result(10) == [FOUND]
    rounds.stop()


def test_what_was_given_up_is_not_labelled_and_makes_room():
    gate, label = threading.Event(), Labeller()
    label.gate = gate
    rounds = Rounds(label, 1000)
    rounds.start()
    busy = rounds.submit(["first"])
    until(lambda: label.rounds)
    given_up = rounds.submit(["x" * 900])
    given_up.cancel()
    assert rounds.waiting == 0
    kept = rounds.submit(["y" * 900])
    gate.set()
    assert busy.result(10) == kept.result(10) == [FOUND]
    assert label.rounds == [["first"], ["y" * 900]]
    rounds.stop()


def test_a_text_that_fails_fails_alone():
    rounds = Rounds(Labeller(), 10_000)
    good, bad, mixed = rounds.submit(["good"]), rounds.submit(["bad"]), rounds.submit(["fine", "bad", "fine"])
    rounds.start()
    assert good.result(10) == [FOUND]
    for promise in (bad, mixed):
        with pytest.raises(ValueError, match="cannot take"):
            promise.result(10)
    assert rounds.submit(["after"]).result(10) == [FOUND]
    rounds.stop()


def test_a_text_that_makes_the_model_panic_fails_alone_too():
    rounds = Rounds(Labeller(), 10_000)
    good, panic = rounds.submit(["good"]), rounds.submit(["panic"])
    rounds.start()
    assert good.result(10) == [FOUND]
    with pytest.raises(VermeilError, match="Panic: no entry found for key"):
        panic.result(10)
    assert rounds.submit(["after"]).result(10) == [FOUND]
    rounds.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_dies_nobody_waits_for_ever():
    def count(done):
        raise OSError("the counters are gone")

    rounds = Rounds(Labeller(), 10_000, count)
    half, waits = rounds.submit(["a", "x" * ROUND]), rounds.submit(["y" * ROUND])
    rounds.start()
    for promise in (half, waits):
        with pytest.raises(OSError, match="the counters are gone"):
            promise.result(10)
    until(lambda: rounds.ended)
    assert (rounds.broken, rounds.working) == (True, False)


def test_stopping_labels_what_waits_first():
    label = Labeller()
    rounds = Rounds(label, 1_000_000)
    promises = [rounds.submit(["x" * ROUND]) for _ in range(5)]
    assert not rounds.working
    rounds.start()
    assert rounds.working
    rounds.stop()
    assert not rounds.working
    until(lambda: rounds.ended)
    assert all(promise.done() for promise in promises)
    assert (len(label.rounds), rounds.broken) == (5, False)


def test_no_texts_need_no_round():
    assert Rounds(Labeller(), 10).submit([]).result(0) == []
