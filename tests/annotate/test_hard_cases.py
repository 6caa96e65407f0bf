# ruff: noqa: ANN401  (providers that return what they should not)
"""What providers, tasks and sources of a user's own may do to a run: nothing hangs, and nothing paid for is lost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from names_task import Names, names_in

from fault_server import FaultServer
from vermeil import formats
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.budget import Budget
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.patience import Patience
from vermeil.annotate.store import AnswerStore
from vermeil.errors import LLMUnavailable, StoreError
from vermeil.exchange import Answer, Prompt
from vermeil.llms import openai
from vermeil.llms.scripted import LLM
from vermeil.tasks.base import Parsed
from vermeil.tasks.ner import NER

HASTY = Patience(attempts=2, first_wait=0.01)
HALF = "\ud83d"


class Own:
    """A provider of a user's own, asked with any function."""

    name = "own:model"
    settings: Mapping[str, Any] = {"model": "m"}

    def __init__(self, reply: Callable[[Prompt], Awaitable[Any]]) -> None:
        self.reply = reply

    async def ask(self, prompt: Prompt) -> Any:
        return await self.reply(prompt)

    def read(self, body: str) -> Answer:
        return Answer(body)


def test_a_reply_function_that_runs_out_ends_the_run_instead_of_hanging(task: Names) -> None:
    replies = iter(['["Anna"]'])
    with AnswerStore() as store:
        with pytest.raises(RuntimeError, match="StopIteration"):
            Annotator(task, LLM(reply=lambda prompt: next(replies)), store).annotate(["Anna sang", "Bob sang"])
        assert len(store) == 1


def test_a_call_that_is_cancelled_from_within_is_a_failed_attempt(task: Names) -> None:
    async def cancelled(prompt: Prompt) -> str:
        raise asyncio.CancelledError

    annotator = Annotator(task, Own(cancelled), patience=HASTY)
    (example,) = annotator.annotate(["Anna sang"])
    assert "cancelled" in example.failed
    assert annotator.report.spent.unknown == 2


@pytest.mark.parametrize("body", [None, {"a": 1}, b"[]"], ids=["none", "dict", "bytes"])
def test_what_is_no_string_is_refused_in_one_line(task: Names, body: object) -> None:
    async def wrong(prompt: Prompt) -> object:
        return body

    with pytest.raises(LLMUnavailable, match=f"as a string, and gave {type(body).__name__}"):
        Annotator(task, Own(wrong)).annotate(["Anna sang"])


def test_a_plain_ask_may_hand_on_a_coroutine(task: Names) -> None:
    class Wrapped(Own):
        def ask(self, prompt: Prompt) -> Any:
            return self.reply(prompt)

    async def reply(prompt: Prompt) -> str:
        return names_in(prompt.text)

    assert Annotator(task, Wrapped(reply)).annotate(["Anna sang"])[0].labels


def test_half_characters_in_replies_end_no_run_and_spoil_no_file(task: Names, tmp_path: Path) -> None:
    bare = Annotator(task, LLM(reply=lambda prompt: f"oops {HALF}")).annotate(["Anna sang"])
    with FaultServer(lambda prompt: json.dumps(["Anna", f"Z{HALF}"])) as server:
        escaped = Annotator(task, openai.LLM("m", base_url=server.url)).annotate(["Anna sang"])
    assert bare[0].failed
    assert [lost.text for lost in escaped[0].lost] == ["Z?"]
    formats.write(escaped, tmp_path / "silver.jsonl")


def test_a_parser_that_breaks_ends_the_run_after_all_answers_under_way_are_kept() -> None:
    class BreaksLater(Names):
        def parse(self, answer: str, text: str) -> Parsed:
            if int(text.split()[-1]) > 20:
                raise ZeroDivisionError("a bug in a parser")
            return super().parse(answer, text)

    with AnswerStore() as store, FaultServer(names_in, delay=0.05) as server:
        annotator = Annotator(BreaksLater(), openai.LLM("m", base_url=server.url), store, limits=Limits(8))
        with pytest.raises(ZeroDivisionError):
            annotator.annotate([f"Anna {n}" for n in range(100)])
        assert len(store) == len(server.requests) < 100


class Judge(LLM):
    """Names Bob, and gives verdicts that nobody can use."""

    def __init__(self) -> None:
        super().__init__("judge", self.answer)
        self.judged = 0

    def answer(self, prompt: str) -> str:
        if "verdicts" not in prompt:
            return json.dumps({"entities": [{"text": "Bob", "type": "PER"}]})
        self.judged += 1
        return "who knows"


def test_a_second_look_in_vain_is_paid_for_once_however_often_the_text_is_there() -> None:
    judge = Judge()
    voters = [judge, LLM("blind", lambda prompt: '{"entities": []}')]
    people, method = NER({"PER": "a person"}), Method(verify=0.9)
    with AnswerStore() as store:
        silver = Annotator(people, voters, store, method).annotate(["Bob sang."] * 600)
        assert judge.judged == 1
        assert all(example.labels for example in silver)
        Annotator(people, voters, store, method, retry_failed=False).annotate(["Bob sang."])
        assert judge.judged == 1
        Annotator(people, voters, store, method).annotate(["Bob sang."])
        assert judge.judged == 2


def test_an_unreadable_answer_whose_repair_the_budget_forbids_is_a_failure_with_its_reason(task: Names) -> None:
    with FaultServer(lambda prompt: "Sure! Here you go") as server:
        llm = openai.LLM("m", base_url=server.url)
        annotator = Annotator(task, llm, budget=Budget(tokens=400), limits=Limits(1))
        silver = annotator.annotate([f"Anna {n}" for n in range(20)])
        failed = [example for example in silver if example.failed]
        assert annotator.report.budget_spent
        assert 2 * len(failed) >= len(server.requests) > 0
        assert all("expected a JSON list" in example.failed for example in failed)
        assert annotator.report.from_store == 0


def test_texts_that_come_slowly_are_asked_for_as_they_come(task: Names) -> None:
    asked = threading.Event()

    def texts() -> Iterator[str]:
        for n in range(200):
            time.sleep(0.01)
            if asked.is_set():
                return
            yield f"Anna {n}"

    def reply(prompt: str) -> str:
        asked.set()
        return names_in(prompt)

    assert len(Annotator(task, LLM(reply=reply)).annotate(texts())) < 200


def test_long_texts_are_let_in_a_few_at_a_time(task: Names) -> None:
    drawn = 0

    def texts() -> Iterator[str]:
        nonlocal drawn
        for n in range(40):
            drawn += 1
            yield f"Anna {n} " + "x" * 400_000

    stream = Annotator(task, LLM(reply=lambda prompt: "[]"), limits=Limits(1)).stream(texts())
    next(stream)
    assert drawn < 20
    stream.close()  # type: ignore[attr-defined]


def test_a_run_that_the_disk_stopped_still_says_what_it_did(task: Names, tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.db")
    store._database.one(f"pragma max_page_count = {store._database.one('pragma page_count')[0] + 20}")
    annotator = Annotator(task, LLM(reply=names_in), store)
    with pytest.raises(StoreError, match="disk is full"):
        annotator.annotate([f"Anna {n} " + "x" * 3000 for n in range(400)])
    assert annotator.report.spent.calls > 0
    store._database.one("pragma max_page_count = 100000")
    store.close()


@pytest.mark.parametrize("text", ["", "   ", "a\0b Anna", "\0", "\r\n", "\u202e Anna", "x" * 1_000_000])
def test_odd_texts_go_through_the_store_and_a_file_unchanged(task: Names, text: str, tmp_path: Path) -> None:
    llm = LLM(reply=names_in)
    with AnswerStore(tmp_path / "answers.db") as store:
        first = Annotator(task, llm, store).annotate([text, "Anna", text])
        calls = llm.calls
        assert Annotator(task, llm, store).annotate([text, "Anna", text]) == first
        assert llm.calls == calls
        store.verify()
    formats.write(first, tmp_path / "silver.jsonl")
    assert [e.text for e in formats.read(tmp_path / "silver.jsonl")] == [text, "Anna", text]


def test_a_good_answer_to_a_text_alone_outweighs_its_part_that_failed(task: Names) -> None:
    together, texts = Method(texts_per_request=2, repair=False), ["Anna sang", "Bob sang"]
    half = LLM("m", lambda prompt: '{"1": ["Anna"], "2": ["B", "Bo"]}')
    with AnswerStore() as store:
        assert Annotator(task, half, store, together).annotate(texts)[1].failed, "labels that overlap"
        Annotator(task, LLM("m", names_in), store).annotate(texts)
        silver = Annotator(task, half, store, together, asking=False).annotate(texts)
        assert [example.state for example in silver] == ["labels", "labels"]


def test_a_run_works_where_an_event_loop_runs_already_and_in_several_threads(task: Names, tmp_path: Path) -> None:
    async def in_a_notebook() -> None:
        assert Annotator(task, LLM(reply=names_in)).annotate(["Anna"])[0].labels

    asyncio.run(in_a_notebook())
    with AnswerStore(tmp_path / "answers.db") as store, FaultServer(names_in) as server:
        llm, done = openai.LLM("m", base_url=server.url), []

        def one(number: int) -> None:
            texts = [f"Anna {number} {n}" for n in range(50)]
            done.append(len(Annotator(task, llm, store, limits=Limits(4)).annotate(texts).trainable))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [50] * 4
        assert len(store) == 200


def test_a_run_whose_budget_ends_keeps_the_labels_that_an_earlier_one_had(task: Names) -> None:
    voters = [LLM("a", names_in), LLM("b", names_in), LLM("c", lambda prompt: "garbage")]
    method = Method(repair=False)
    with AnswerStore() as store:
        assert Annotator(task, voters, store, method).annotate(["Anna sang"])[0].labels
        broke = Annotator(task, voters, store, method, budget=Budget(tokens=1))
        assert broke.annotate(["Anna sang"])[0].labels, "though what is garbage could not be asked for again"
        assert broke.report.budget_spent


def test_a_label_that_the_llm_is_unsure_of_is_looked_at_again_without_votes() -> None:
    def reply(prompt: str) -> str:
        if "verdicts" in prompt:
            return json.dumps({"verdicts": [{"id": 1, "type": "none"}]})
        return json.dumps({"entities": [{"text": "rain", "type": "PER", "confidence": 0.3}]})

    people = NER({"PER": "a person"}, confidence=True)
    (example,) = Annotator(people, LLM(reply=reply), method=Method(verify=0.8)).annotate(["rain fell"])
    assert [lost.reason for lost in example.lost] == ["not confirmed"]


def test_a_wrong_key_costs_one_call(task: Names) -> None:
    with FaultServer(names_in, lambda request, before: "401") as server:
        with pytest.raises(LLMUnavailable):
            Annotator(task, openai.LLM("m", base_url=server.url)).annotate([f"Anna {n}" for n in range(300)])
        assert len(server.requests) == 1
