"""Annotating: each text is asked for once, each answer kept, each failure named."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from names_task import Names, names_in

from fault_server import FAULTS, FaultServer, Request
from vermeil.annotate.annotator import Annotator, annotate
from vermeil.annotate.job import Standing
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.annotate.store import AnswerStore
from vermeil.data import Dataset, Example, Lost, Span
from vermeil.errors import LLMBusy, LLMError, LLMUnavailable, SettingsError, StoreError
from vermeil.exchange import Prompt
from vermeil.llms import openai
from vermeil.llms.scripted import LLM
from vermeil.tasks.base import Parsed

TEXTS = ["Anna met Bob", "rain fell", "Carla sang"]
HASTY = Patience(attempts=3, first_wait=0.01, longest_wait=2.0)
ALONE = Limits(in_flight=1)
ONCE = Method(repair=False)


def test_texts_become_labelled_examples_in_their_order(task: Names, llm: LLM) -> None:
    silver = Annotator(task, llm).annotate(TEXTS)
    assert silver.texts == tuple(TEXTS)
    assert [example.state for example in silver] == ["labels", "empty", "labels"]
    assert silver[0].labels == (Span(0, 4, "NAME"), Span(9, 12, "NAME"))
    assert {example.source for example in silver} == {"scripted:tiny"}


def test_examples_keep_their_ids_tokens_and_documents_and_lose_their_old_labels(task: Names, llm: LLM) -> None:
    old = Example("Anna sang", (Span(5, 9, "VERB"),), "7", ((0, 4), (5, 9)), "songs")
    silver = Annotator(task, llm).annotate(Dataset((old,), "songs.conll"))
    assert silver.name == "songs.conll"
    assert silver[0] == replace(old, labels=(Span(0, 4, "NAME"),), source="scripted:tiny")


def test_equal_texts_are_asked_for_once(task: Names, llm: LLM) -> None:
    annotator = Annotator(task, llm)
    silver = annotator.annotate([*TEXTS, *TEXTS, *TEXTS])
    assert llm.calls == 3
    assert len(silver) == 9
    assert (annotator.report.texts, annotator.report.distinct, annotator.report.asked) == (9, 3, 3)
    assert annotator.report.labels == {"NAME": 9}


def test_a_second_run_asks_nothing_and_gives_the_same(task: Names, llm: LLM, tmp_path: Path) -> None:
    with AnswerStore(tmp_path / "answers.db") as store:
        first, _ = annotate(TEXTS, task, llm, store)
    with AnswerStore(tmp_path / "answers.db") as store:
        second, report = annotate(TEXTS, task, llm, store)
    assert llm.calls == 3
    assert (report.from_store, report.asked) == (3, 0)
    assert second == first


def test_reordering_repeating_and_appending_ask_only_for_what_is_new(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS, task, llm, store)
        annotate([Example(text, id=str(n), source="") for n, text in enumerate(reversed(TEXTS))], task, llm, store)
        assert llm.calls == 3
        annotate([*TEXTS, "Dora came", *TEXTS], task, llm, store)
    assert llm.calls == 4


@pytest.mark.parametrize(
    "changed",
    [Names(guideline="List all the names."), Names(schema="{}"), Names(labels={"PERSON": "a person"})],
    ids=["guideline", "schema", "labels"],
)
def test_another_prompt_is_another_question(task: Names, changed: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        annotate(TEXTS, task, llm, store)
        annotate(TEXTS, changed, llm, store)
    assert llm.calls == 6


def test_another_parser_reads_the_stored_answers_without_asking(task: Names, llm: LLM) -> None:
    class First(Names):
        def parse(self, answer: str, text: str) -> Parsed:
            parsed = super().parse(answer, text)
            return replace(parsed, labels=parsed.labels[:1])

    with AnswerStore() as store:
        annotate(TEXTS, task, llm, store)
        silver, _ = annotate(TEXTS, First(), llm, store)
    assert llm.calls == 3
    assert silver[0].labels == (Span(0, 4, "NAME"),)


def test_an_answer_is_stored_before_it_is_read(task: Names, llm: LLM) -> None:
    class Broken(Names):
        def parse(self, answer: str, text: str) -> Parsed:
            raise ZeroDivisionError("a bug in a parser")

    with AnswerStore() as store:
        with pytest.raises(ZeroDivisionError):
            annotate(TEXTS[:1], Broken(), llm, store)
        annotate(TEXTS[:1], task, llm, store)
    assert llm.calls == 1


def test_what_is_lost_is_kept_with_its_text_and_counted(task: Names) -> None:
    annotator = Annotator(task, LLM(reply=lambda prompt: '["Anna", "Zoe"]'))
    silver = annotator.annotate(["Anna sang"])
    assert silver[0].lost == (Lost("Zoe", "NAME", "not in the text"),)
    assert annotator.report.lost["not in the text"].count == 1
    assert annotator.report.lost["not in the text"].examples == ("Zoe (NAME)",)
    assert "1 label lost: not in the text" in str(annotator.report)


def test_an_unreadable_answer_is_a_failure_not_an_empty_text(task: Names) -> None:
    annotator = Annotator(task, LLM(reply=lambda prompt: "Sure! Here you go"))
    silver = annotator.annotate(["Anna sang", "Bob sang"])
    assert [example.state for example in silver] == ["failed", "failed"]
    assert "expected a JSON list" in silver[0].failed
    assert len(silver.trainable) == 0
    (reason,) = annotator.report.failed.values()
    assert (reason.count, annotator.report.empty) == (2, 0)


def test_labels_that_overlap_are_a_failure_not_a_crash(task: Names) -> None:
    silver = Annotator(task, LLM(reply=lambda prompt: '["Anna", "Ann"]')).annotate(["Anna sang"])
    assert "overlap" in silver[0].failed


@pytest.mark.parametrize(("retry", "calls"), [(True, 2), (False, 1)])
def test_unreadable_answers_are_asked_for_again_if_wanted(task: Names, retry: bool, calls: int) -> None:
    replies = iter(["nonsense", '["Anna"]'])
    llm = LLM(reply=lambda prompt: next(replies))
    with AnswerStore() as store:
        annotate(["Anna sang"], task, llm, store, method=ONCE)
        silver, _ = annotate(["Anna sang"], task, llm, store, method=ONCE, retry_failed=retry)
        assert len(store) == calls, "both attempts are kept"
    assert llm.calls == calls
    assert (silver[0].state == "labels") is retry


def test_no_texts_are_no_trouble(task: Names, llm: LLM) -> None:
    annotator = Annotator(task, llm)
    assert len(annotator.annotate([])) == 0
    assert str(annotator.report).startswith("0 texts")


def test_progress_ends_with_every_text_counted(task: Names, llm: LLM) -> None:
    seen: list[Standing] = []
    Annotator(task, llm).annotate([*TEXTS, *TEXTS], lambda standing: seen.append(replace(standing)))
    assert (seen[-1].done, seen[-1].total, seen[-1].asked, seen[-1].failed) == (6, 6, 3, 0)


def test_an_empty_store_that_was_given_is_used(task: Names, llm: LLM) -> None:
    with AnswerStore() as store:
        Annotator(task, llm, store).annotate(TEXTS)
        assert len(store) == 3


class Failing(LLM):
    """Answers as `scripted` does, after it has raised what it is told."""

    def __init__(self, *errors: Exception, last: bool = False) -> None:
        super().__init__("failing", names_in)
        self.errors = list(errors)
        self.last = last

    def ask(self, prompt: Prompt) -> str:
        body = super().ask(prompt)
        if self.errors:
            raise self.errors[0] if self.last else self.errors.pop(0)
        return body


def test_a_busy_llm_is_tried_again(task: Names) -> None:
    llm = Failing(LLMBusy("busy"), LLMBusy("busy", 0.0))
    silver = Annotator(task, llm, patience=HASTY, limits=ALONE).annotate(TEXTS[:1])
    assert silver[0].state == "labels"
    assert llm.calls == 3


def test_the_wish_of_a_busy_llm_is_respected(task: Names) -> None:
    began = time.monotonic()
    Annotator(task, Failing(LLMBusy("busy", 0.3)), patience=HASTY).annotate(TEXTS[:1])
    assert 0.3 <= time.monotonic() - began < 2


def test_a_wish_beyond_all_patience_fails_the_text_at_once(task: Names) -> None:
    llm = Failing(LLMBusy("come back in an hour", 3600.0))
    began = time.monotonic()
    silver = Annotator(task, llm, patience=HASTY).annotate(TEXTS[:1])
    assert time.monotonic() - began < 1
    assert silver[0].failed == "come back in an hour"


def test_a_text_that_stays_busy_fails_and_is_asked_for_next_time(task: Names) -> None:
    llm = Failing(LLMBusy("busy"), LLMBusy("busy"), LLMBusy("busy"))
    with AnswerStore() as store:
        annotator = Annotator(task, llm, store, limits=ALONE, patience=HASTY)
        assert annotator.annotate(TEXTS[:1])[0].failed == "busy"
        assert annotator.annotate(TEXTS[:1])[0].state == "labels"


def test_ctrl_c_does_not_wait_for_a_busy_llm(task: Names) -> None:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        annotate(TEXTS, task, Failing(LLMBusy("busy", 50.0), last=True))
    assert time.monotonic() - began < 5


def test_one_text_that_ends_the_run_does_not_wait_for_the_busy_ones(task: Names) -> None:
    llm = Failing(LLMBusy("busy"), LLMBusy("busy"), LLMUnavailable("gone"))
    began = time.monotonic()
    with pytest.raises(LLMUnavailable, match="gone"):
        annotate(TEXTS, task, llm, patience=Patience(first_wait=2000.0, longest_wait=2000.0, longest=9000.0))
    assert time.monotonic() - began < 5


def test_a_refused_text_fails_and_the_others_go_on(task: Names) -> None:
    silver = Annotator(task, Failing(LLMError("too long")), limits=ALONE).annotate(TEXTS)
    assert [example.failed for example in silver] == ["too long", "", ""]


def test_an_unavailable_llm_stops_the_run_and_says_what_is_kept(task: Names, tmp_path: Path) -> None:
    texts = [f"Anna {number}" for number in range(30)]
    llm = LLM(reply=names_in)
    with AnswerStore(tmp_path / "answers.db") as store:
        annotate(texts[:10], task, llm, store)
        down = Failing(LLMUnavailable("nobody there"), last=True)
        down._settings, down.model = llm._settings, llm.model
        with pytest.raises(LLMUnavailable, match=r"nobody there \(10 answers are kept in .*answers\.db: the same comm"):
            annotate(texts, task, down, store, limits=Limits(4))
    assert down.calls == 1, "nothing is asked for after the first sign"


@pytest.mark.parametrize("error", [LLMBusy("overloaded"), LLMError("no parameter temperature")])
def test_a_run_in_which_nothing_ever_works_stops(task: Names, error: LLMError) -> None:
    llm = Failing(error, last=True)
    texts = [f"Anna {number}" for number in range(500)]
    with pytest.raises(LLMUnavailable, match=rf"the first \d+ attempts all failed, the last with: {error}"):
        Annotator(task, llm, limits=Limits(4), patience=HASTY).annotate(texts)
    assert llm.calls < 40


def test_what_is_no_error_of_an_llm_is_raised_after_the_others_are_kept(task: Names) -> None:
    llm = Failing(SettingsError("no key"))
    with AnswerStore() as store:
        with pytest.raises(SettingsError, match="no key"):
            annotate(TEXTS, task, llm, store, limits=Limits(3))
        assert len(store) == llm.calls - 1


def test_a_full_disk_stops_the_run_and_loses_nothing_that_was_saved(task: Names, llm: LLM, tmp_path: Path) -> None:
    texts = [f"Anna {number} " + "x" * 3000 for number in range(400)]
    store = AnswerStore(tmp_path / "answers.db")
    annotate(texts[:20], task, llm, store)
    store._database.one(f"pragma max_page_count = {store._database.one('pragma page_count')[0] + 20}")
    with pytest.raises(StoreError, match="disk is full"):
        annotate(texts, task, llm, store)
    store._database.one("pragma max_page_count = 100000")
    before = llm.calls
    silver, report = annotate(texts, task, llm, store)
    assert report.from_store == before, "every answer, even those that first had no room"
    assert len(silver.trainable) == 400
    store.close()


def test_a_full_disk_is_noticed_also_when_every_slot_waits_for_it(task: Names, llm: LLM, tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.db")
    annotate(["Anna sang"], task, llm, store)
    store._database.one(f"pragma max_page_count = {store._database.one('pragma page_count')[0]}")
    began = time.monotonic()
    with pytest.raises(StoreError, match="disk is full"):
        annotate([f"Anna {number} " + "x" * 9000 for number in range(50)], task, llm, store, limits=ALONE)
    assert time.monotonic() - began < 20
    assert llm.calls <= 4, "nothing more is paid for"
    store._database.one("pragma max_page_count = 100000")
    store.close()


ENDS_AS_LABELS = {"charset", "parts", "no-schema", "no-formats", "format-500"}
NEVER_END = {"hang", "drip", "drip-headers"}
STOPS_THE_RUN = {"401", "404", "redirect"}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_ends_as_labels_or_as_a_failure_with_its_reason(
    task: Names, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789")
    patience = Patience(attempts=2, first_wait=0.01, longest_wait=0.5)
    with AnswerStore() as store, FaultServer(names_in, lambda request, before: fault) as server:
        deadline = 0.3 if fault in NEVER_END else 10.0
        llm = openai.LLM("m", base_url=server.url, deadline=deadline, max_bytes=1_000_000)
        annotator = Annotator(task, llm, store, patience=patience)
        began = time.monotonic()
        if fault in STOPS_THE_RUN:
            with pytest.raises(LLMUnavailable) as caught:
                annotator.annotate(["Anna sang"])
            said = str(caught.value)
        else:
            (example,) = annotator.annotate(["Anna sang"])
            assert (example.state == "labels") is (fault in ENDS_AS_LABELS)
            assert bool(example.failed) is (fault not in ENDS_AS_LABELS)
            said = repr(example) + str(annotator.report.as_dict())
        assert time.monotonic() - began < 2 * (deadline + 1) + 1
        assert "sk-planted" not in said + "".join(map(repr, store.rows()))


def test_a_run_through_all_faults_ends_with_every_text_settled(task: Names) -> None:
    faults = sorted(set(FAULTS) - STOPS_THE_RUN - NEVER_END - {"429-5"})

    def script(request: Request, before: int) -> str:
        number = int(request.prompt.split()[-1])
        return faults[number // 5 % len(faults)] if number % 5 == 0 and not before else ""

    texts = [f"Anna met {number}" for number in range(200)]
    with FaultServer(names_in, script) as server:
        llm = openai.LLM("m", base_url=server.url, deadline=10.0, max_bytes=1_000_000)
        silver = Annotator(task, llm, limits=Limits(16), patience=HASTY).annotate(texts)
    assert [example.text for example in silver] == texts
    assert all(example.labels or example.failed for example in silver)
    states = Counter(example.state for example in silver if int(example.text.split()[-1]) % 5)
    assert states == {"labels": 160}, "texts without a fault are not touched by those with one"


def test_settings_of_the_llm_are_part_of_the_question(task: Names) -> None:
    with AnswerStore() as store, FaultServer(names_in) as server:
        options: list[dict[str, Any]] = [{}, {"temperature": 0.0}, {"max_tokens": 9}, {"extra": {"top_k": 1}}, {}]
        for chosen in options:
            annotate(["Anna sang"], task, openai.LLM("m", base_url=server.url, **chosen), store)
        annotate(["Anna sang"], task, openai.LLM("n", base_url=server.url), store)
        assert len(server.requests) == 5


def test_tokens_are_counted_when_they_are_paid_for(task: Names) -> None:
    with AnswerStore() as store, FaultServer(names_in) as server:
        llm = openai.LLM("m", base_url=server.url)
        _, first = annotate(TEXTS, task, llm, store)
        _, second = annotate(TEXTS, task, llm, store)
    assert (first.spent.tokens_in, first.spent.tokens_out) == (300, 60)
    assert (second.spent.tokens_in, second.spent.tokens_out) == (0, 0)


def test_a_report_is_plain_values(task: Names, llm: LLM) -> None:
    _, report = annotate(TEXTS, task, llm)
    assert json.loads(json.dumps(report.as_dict()))["labels"] == {"NAME": 3}
    assert str(report).startswith("3 texts, 3 labels, 1 empty\n  3 calls in ")
