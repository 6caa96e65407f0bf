"""The ledger: what went out, how it ended, and what a killed run leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from vermeil.annotate.ledger import SPENT, STOPPED, Ledger
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.errors import StoreError
from vermeil.exchange import Message, Prompt
from vermeil.llms.scripted import LLM

LLM_ = LLM("tiny")


def asking(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def key_of(text: str) -> str:
    return answer_key(LLM_.settings, asking(text))


def send(store: AnswerStore, text: str) -> int:
    return store.sent(key_of(text), LLM_.name, text)


def test_an_attempt_ends_with_its_answer_or_with_its_reason() -> None:
    with AnswerStore() as store:
        first, second, third = (send(store, text) for text in ("one", "two", "three"))
        store.put(LLM_, asking("one"), "one", "[]", key=key_of("one"), attempt_id=first, tokens_in=30, tokens_out=4)
        store.ended(second, "the server is overloaded", 5, tokens_in=2)
        assert [(a.id, a.state, a.reason, a.tries) for a in store.attempts()] == [
            (first, "got", "", 0),
            (second, "failed", "the server is overloaded", 5),
            (third, "sent", "", 0),
        ]
        assert [a.words for a in store.attempts("sent")] == ["three"]
        assert store.ledger() == Ledger(
            sent=1,
            got=1,
            failed=1,
            tokens_in=32,
            tokens_out=4,
            by_llm={"scripted:tiny": {"got": 1, "failed": 1, "sent": 1}},
        )


def test_what_a_run_left_open_is_unknown_from_then_on(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        send(store, "Anna sang.")
        done = send(store, "Bob sang.")
        store.put(LLM_, asking("Bob sang."), "Bob sang.", "[]", attempt_id=done)
    with AnswerStore(tmp_path / "answers.db") as store:
        ledger = store.ledger()
        assert (ledger.sent, ledger.got, ledger.unknown) == (0, 1, 1)
        assert ledger.unknown_words == ("Anna sang.",)
        assert send(store, "Carol sang.") > done


def test_the_words_of_an_unknown_attempt_come_from_a_later_answer(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.sent(key_of("Anna sang."), LLM_.name)
    with AnswerStore(tmp_path / "answers.db") as store:
        assert store.ledger().unknown_words == ()
        store.put(LLM_, asking("Anna sang."), "Anna sang.", "[]", attempt_id=send(store, "Anna sang."))
        assert store.ledger().unknown_words == ("Anna sang.",)


def test_several_answers_may_share_one_attempt() -> None:
    with AnswerStore() as store:
        attempt = send(store, "a")
        for text in ("a", "b"):
            store.put(LLM_, asking(text), text, "[]", attempt_id=attempt, tokens_in=10, tokens_out=1)
        store.ended(attempt, "too late to fail", 1)
        assert str(store.ledger()) == "1 asked: 1 answered; 20 tokens in, 2 out"


@pytest.mark.parametrize("reason", ["half \ud83d", "a\0b", "x" * 100_000])
def test_no_reason_and_no_count_harms_the_record(reason: str) -> None:
    with AnswerStore() as store:
        store.ended(send(store, "te\ud800xt"), reason, 1, tokens_in=10**30, tokens_out=-5)
        store.ended(send(store, "text"), reason, 1, tokens_in=10**30)
        assert store.ledger().failed == 2
        assert store.ledger().tokens_out == 0


@pytest.mark.parametrize("reason", [STOPPED, SPENT])
def test_what_waited_when_a_run_was_stopped_was_not_asked_and_did_not_fail(reason: str) -> None:
    with AnswerStore() as store:
        store.ended(send(store, "one"), reason, 1)
        store.ended(send(store, "two"), f"{reason} again", 2)  # it had been asked once
        ledger = store.ledger()
        assert (ledger.attempts, ledger.failed, ledger.unasked) == (1, 1, 1)
        assert ledger.by_llm == {"scripted:tiny": {"failed": 1, "unasked": 1}}
        assert str(ledger) == "1 asked: 0 answered, 1 failed; 1 not asked: the run was stopped"
        assert [[a.words for a in store.attempts(state)] for state in ("unasked", "failed")] == [["one"], ["two"]]


def test_nothing_is_sent_while_the_disk_is_full(tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.flush()
        pages = store._database.one("pragma page_count")[0]
        store._database.one(f"pragma max_page_count = {pages}")
        store.put(LLM_, asking("a"), "a", "x" * 50_000)
        with pytest.raises(StoreError, match="disk is full"):
            store.flush()
        with pytest.raises(StoreError, match="disk is full"):
            send(store, "b")
        store._database.one("pragma max_page_count = 1000000")
        assert [row.text for row in store.rows()] == ["a"]
        assert store.ledger().attempts == 0


def fill(store: AnswerStore) -> tuple[int, list[str]]:
    """Ask until the disk is full: how many attempts were made, and which texts were answered."""
    attempts, answered = 0, []
    try:
        while True:
            attempt = send(store, str(attempts))
            text, attempts = str(attempts), attempts + 1
            if attempts % 5:
                answered.append(text)
                store.put(LLM_, asking(text), text, "x" * 700, attempt_id=attempt)
            else:
                store.ended(attempt, "no answer", 1)
    except StoreError as error:
        assert "disk is full" in str(error)
        return attempts, answered


@pytest.mark.parametrize("room", range(0, 60, 3))  # pages of 4 KiB
def test_a_disk_that_fills_up_anywhere_loses_no_answer_and_no_attempt(tmp_path: Path, room: int) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        store.flush()
        pages = store._database.one("pragma page_count")[0]
        store._database.one(f"pragma max_page_count = {pages + room}")
        attempts, answered = fill(store)
        store._database.one("pragma max_page_count = 1000000")
    with AnswerStore(tmp_path / "answers.db") as store:
        store.verify()
        assert [row.text for row in store.rows()] == answered
        ledger = store.ledger()
        assert (ledger.attempts, ledger.got, ledger.unknown) == (attempts, len(answered), 0)
