"""Several answers to a text, several texts to an answer, long texts, second looks, repairs, limits of money."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from names_task import Names, names_in

from fault_server import FaultServer
from vermeil.annotate import job
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.budget import Budget, Prices
from vermeil.annotate.examples import chooser
from vermeil.annotate.method import Method
from vermeil.annotate.pace import Limits
from vermeil.annotate.store import AnswerStore
from vermeil.data import Dataset, Example, Span
from vermeil.errors import SettingsError
from vermeil.exchange import Prompt
from vermeil.llms import openai
from vermeil.llms.scripted import LLM
from vermeil.tasks.classify import Classify
from vermeil.tasks.ner import NER

PEOPLE = NER({"PER": "a person", "LOC": "a place"})
KNOWN = {"Anna": "PER", "Bob": "PER", "Oslo": "LOC", "Lima": "LOC"}


def entities(text: str, known: dict[str, str] = KNOWN) -> dict[str, object]:
    found = sorted((m.start(), m.group()) for name in known for m in re.finditer(rf"\b{name}\b", text))
    return {"entities": [{"text": name, "type": known[name]} for _, name in found]}


def text_in(prompt: str) -> str:
    """The text to label: what stands in the last pair of tags."""
    return re.findall(r"<(text[-\d]*)>\n(.*?)\n</\1>", prompt, re.DOTALL)[-1][1]


def right(prompt: str) -> str:
    return json.dumps(entities(text_in(prompt)))


def found(example: Example) -> list[tuple[str, str]]:
    return [(example.text[span.start : span.end], span.label) for span in example.labels]


# Repairs


def test_an_unreadable_answer_is_shown_to_the_llm_once_and_the_better_one_taken() -> None:
    seen: list[str] = []

    def reply(prompt: str) -> str:
        seen.append(prompt)
        return "Sure, I will!" if len(seen) == 1 else right(seen[0])

    with AnswerStore() as store:
        annotator = Annotator(PEOPLE, LLM(reply=reply), store)
        (example,) = annotator.annotate(["Anna sang."])
        assert found(example) == [("Anna", "PER")]
        assert "Sure, I will!" in seen[1]
        assert "expected JSON" in seen[1]
        assert annotator.report.repaired == {"asked again": 1}
        assert len(store) == 2, "both answers are kept"
        store.verify()
        annotator.annotate(["Anna sang."])
    assert len(seen) == 2, "the repaired answer is the one that is stored"


def test_an_answer_that_stays_unreadable_fails_after_one_repair() -> None:
    llm = LLM(reply=lambda prompt: "no")
    (example,) = Annotator(PEOPLE, llm).annotate(["Anna sang."])
    assert example.state == "failed"
    assert llm.calls == 2


def test_a_refusal_is_not_asked_again_in_the_same_run() -> None:
    with FaultServer(names_in, lambda request, before: "refusal") as server:
        (example,) = Annotator(Names(), openai.LLM("m", base_url=server.url)).annotate(["Anna sang"])
    assert example.state == "failed"
    assert len(server.requests) == 1


# Several texts in one request


class Grouped:
    """Answers prompts with several texts, and counts them; `spoil` changes the list of answers."""

    def __init__(self, spoil: Callable[[list[dict[str, object]]], object] = lambda answers: answers) -> None:
        self.spoil = spoil
        self.sizes: list[int] = []

    def __call__(self, prompt: str) -> str:
        user = prompt.split("[user]")[-1]
        texts = re.findall(r'<(\S+) id="(\d+)">\n(.*?)\n</\1>', user, re.DOTALL)
        self.sizes.append(max(1, len(texts)))
        if not texts:
            return right(prompt)
        return json.dumps({"answers": self.spoil([{"id": int(n), **entities(text)} for _, n, text in texts])})


TEXTS = [f"Anna number {n} went to Oslo." if n % 3 else f"Nobody, number {n}." for n in range(20)]


def grouped(reply: Grouped, store: AnswerStore, texts: list[str] = TEXTS) -> Dataset:
    return Annotator(PEOPLE, LLM(reply=reply), store, Method(texts_per_request=6)).annotate(texts)


def test_texts_share_requests_and_each_gets_its_own_labels() -> None:
    with AnswerStore() as store:
        reply = Grouped()
        silver = grouped(reply, store)
        assert [found(e) for e in silver] == [[("Anna", "PER"), ("Oslo", "LOC")] if n % 3 else [] for n in range(20)]
        assert sorted(reply.sizes) == [2, 6, 6, 6]
        store.verify()


def test_texts_that_were_answered_together_are_known_in_any_other_company() -> None:
    with AnswerStore() as store:
        reply = Grouped()
        grouped(reply, store)
        asked = len(reply.sizes)
        grouped(reply, store, [*reversed(TEXTS[3:9]), "Bob came late.", *TEXTS])
        assert reply.sizes[asked:] == [1]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answers: answers[:-1],
        lambda answers: [*answers[:-1], {**answers[-1], "id": 99}],
        lambda answers: [*answers, {"id": 1, "entities": [{"text": "Oslo", "type": "PER"}]}],
        lambda answers: "none",
        lambda answers: [],
    ],
    ids=["one missing", "one unknown", "one twice", "no list", "nothing"],
)
def test_a_text_without_an_answer_of_its_own_is_asked_for_alone(spoil: Callable[..., object]) -> None:
    with AnswerStore() as store:
        reply = Grouped(spoil)
        silver = grouped(reply, store)
    assert [found(e) for e in silver] == [[("Anna", "PER"), ("Oslo", "LOC")] if n % 3 else [] for n in range(20)]
    assert 1 in reply.sizes


def test_chosen_examples_and_shared_requests_do_not_go_together() -> None:
    gold = Dataset((Example("Anna sang.", (Span(0, 4, "PER"),)),))
    with pytest.raises(SettingsError, match="a request for each"):
        Method(texts_per_request=2, examples=chooser("random", gold, 1))


# Long texts


def test_a_long_text_is_asked_for_in_pieces_and_its_labels_stand_where_they_should() -> None:
    text = " ".join(f"Anna {n} met Bob in Oslo. It rained on day {n}." for n in range(100))
    llm = LLM(reply=right)
    with AnswerStore() as store:
        (example,) = Annotator(PEOPLE, llm, store, Method(longest=400, overlap=60)).annotate([text])
        assert llm.calls > 10
        assert max(len(row.text) for row in store.rows()) <= 400
    assert [(s.start, s.end) for s in example.labels] == [m.span() for m in re.finditer(r"\b(Anna|Bob|Oslo)\b", text)]


def test_one_failed_piece_fails_the_whole_text() -> None:
    text = " ".join(f"Anna {n} met Bob in Oslo." for n in range(40))
    llm = LLM(reply=lambda prompt: "no" if "Anna 20 " in prompt else right(prompt))
    (example,) = Annotator(PEOPLE, llm, method=Method(longest=300, overlap=40)).annotate([text])
    assert example.state == "failed"


# Votes


def voter(name: str, known: dict[str, str]) -> LLM:
    return LLM(name, lambda prompt: json.dumps(entities(text_in(prompt), known)))


def test_several_llms_vote_and_their_votes_are_kept() -> None:
    voters = [voter("a", KNOWN), voter("b", {"Anna": "PER", "Oslo": "PER"}), voter("c", {"Anna": "PER"})]
    annotator = Annotator(PEOPLE, voters)
    (example,) = annotator.annotate(["Anna left Oslo."])
    assert [(s.label, s.score) for s in example.labels] == [("PER", 1.0)]
    assert [(vote.label, vote.voters) for vote in example.votes if vote.start == 10] == [
        ("LOC", ("scripted:a",)),
        ("PER", ("scripted:b",)),
    ]
    assert example.source == "scripted:a+scripted:b+scripted:c"
    agreement = annotator.report.agreement
    assert agreement is not None
    assert len(agreement["pairs"]) == 3


def test_samples_of_one_llm_are_answers_of_their_own_and_the_first_is_the_one_there_was() -> None:
    llm = LLM(reply=right)
    with AnswerStore() as store:
        Annotator(PEOPLE, llm, store).annotate(["Anna sang."])
        (example,) = Annotator(PEOPLE, llm, store, Method(samples=3)).annotate(["Anna sang."])
        assert llm.calls == 3
        assert example.votes[0].voters == ("scripted:default", "scripted:default#2", "scripted:default#3")
        Annotator(PEOPLE, llm, store, Method(samples=3)).annotate(["Anna sang."])
        assert llm.calls == 3


def test_an_llm_that_is_named_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="named twice"):
        Annotator(PEOPLE, [voter("a", KNOWN), voter("a", KNOWN)])


def test_how_far_voters_agree_is_called_as_labels_of_their_kind_are_scored() -> None:
    voters = [LLM(name, reply=lambda prompt, name=name: name) for name in ("sport", "money")]
    annotator = Annotator(Classify(["sport", "money"]), voters)
    annotator.annotate(["A goal."])
    assert "alike by all; accuracy of each by another" in str(annotator.report)


@pytest.mark.parametrize("longest", [0, 100])
def test_pieces_that_are_too_short_for_their_overlap_are_refused(longest: int) -> None:
    with pytest.raises(SettingsError, match=f"got 200 of {longest} characters"):
        Method(longest=longest)


# A second look


def test_only_doubtful_labels_are_asked_about_again() -> None:
    asked: list[str] = []

    def judge(prompt: str) -> str:
        if "verdicts" not in prompt:
            return json.dumps(entities(text_in(prompt)))
        asked.append(prompt)
        return json.dumps({"verdicts": [{"id": 1, "type": "none"}]})

    voters = [LLM("a", judge), voter("b", KNOWN | {"rain": "LOC"}), voter("c", KNOWN | {"rain": "LOC"})]
    with AnswerStore() as store:
        method = Method(verify=0.9)
        silver = Annotator(PEOPLE, voters, store, method).annotate(["Anna left Oslo.", "Bob saw rain in Lima."])
        assert [found(e) for e in silver] == [
            [("Anna", "PER"), ("Oslo", "LOC")],
            [("Bob", "PER"), ("Lima", "LOC")],
        ]
        assert len(asked) == 1
        assert [lost.reason for lost in silver[1].lost] == ["not confirmed"]
        Annotator(PEOPLE, voters, store, method).annotate(["Anna left Oslo.", "Bob saw rain in Lima."])
        assert len(asked) == 1, "verdicts are stored, too"


def test_without_a_verdict_labels_stay_as_they_were() -> None:
    def silent(prompt: str) -> str:
        return "who knows" if "verdicts" in prompt else right(prompt)

    voters = [LLM("a", silent), voter("b", KNOWN | {"rain": "LOC"}), voter("c", KNOWN | {"rain": "LOC"})]
    (example,) = Annotator(PEOPLE, voters, method=Method(verify=0.9)).annotate(["Bob saw rain."])
    assert found(example) == [("Bob", "PER"), ("rain", "LOC")]


# Examples


def test_examples_are_chosen_for_each_text_and_never_show_it_itself() -> None:
    gold = Dataset(tuple(Example(f"Anna sang song {n}.", (Span(0, 4, "PER"),), id=str(n)) for n in range(6)))
    prompts: list[str] = []

    def reply(prompt: str) -> str:
        prompts.append(prompt)
        return right(prompt)

    Annotator(PEOPLE, LLM(reply=reply), method=Method(examples=chooser("random", gold, 5))).annotate(gold.texts)
    for text in gold.texts:
        (prompt,) = [prompt for prompt in prompts if text_in(prompt) == text]
        assert prompt.count(text) == 1


# Money


def test_a_budget_is_not_exceeded_and_what_was_not_asked_is_unlabelled_not_empty(tmp_path: Path) -> None:
    texts = [f"Anna {n}" for n in range(200)]
    with AnswerStore(tmp_path / "answers.db") as store, FaultServer(names_in, delay=0.002) as server:
        llm = openai.LLM("m", base_url=server.url)
        annotator = Annotator(Names(), llm, store, budget=Budget(tokens=6000), limits=Limits(8))
        silver = annotator.annotate(texts)
        spent = annotator.report.spent
        assert 40 <= len(server.requests) <= 50, "120 tokens a call"
        assert spent.tokens_in + spent.tokens_out <= 6000
        assert {example.state for example in silver} == {"labels", "unlabelled"}
        assert annotator.report.unasked == 200 - len(server.requests)
        assert annotator.report.budget_spent
        assert "the budget is spent" in str(annotator.report)
        assert (store.ledger().attempts, store.ledger().failed) == (len(server.requests), 0)
        rest = Annotator(Names(), llm, store).annotate(texts)
        assert len(rest.trainable) == 200
        assert max(server.calls.values()) == 1


def test_a_budget_in_money_goes_by_the_prices() -> None:
    with FaultServer(names_in) as server:
        llm = openai.LLM("m", base_url=server.url)
        annotator = Annotator(Names(), llm, budget=Budget(money=30.0), prices=Prices(1e4, 5e4), limits=Limits(1))
        annotator.annotate([f"Anna {n}" for n in range(50)])  # 100 tokens in and 20 out: 2.00 a call
        assert 10 <= len(server.requests) <= 15
        assert annotator.report.spent.cost == pytest.approx(2.0 * len(server.requests))


# Streams


def test_texts_come_out_in_order_although_answers_do_not() -> None:
    first_may_end = threading.Event()

    def reply(prompt: str) -> str:
        number = int(prompt.split()[-1])
        if number == 1:
            assert first_may_end.wait(10)
        elif number == 300:
            first_may_end.set()
        return names_in(prompt)

    texts = [f"Anna {n}" for n in range(400)]
    assert [e.text for e in Annotator(Names(), LLM(reply=reply)).stream(texts)] == texts


def test_a_stream_draws_no_more_texts_than_it_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "MOST_TEXTS", 2000)
    drawn = 0
    gone = threading.Event()

    def texts() -> Iterator[str]:
        nonlocal drawn
        for n in range(3 * 2000):
            drawn += 1
            if drawn == 2000:
                gone.set()
            yield "Anna" if n else "Bob first"

    def reply(prompt: str) -> str:
        if "Bob" in prompt:
            assert gone.wait(60)
        return names_in(prompt)

    stream = Annotator(Names(), LLM(reply=reply)).stream(texts())
    next(stream)
    assert drawn <= 2000 + 256
    assert sum(1 for _ in stream) == 3 * 2000 - 1


@pytest.mark.parametrize("window", [1, 7, 256])
def test_a_window_that_is_full_is_not_the_end_of_the_texts(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Anna {n % 400}" for n in range(1200)]
    with AnswerStore() as store:
        Annotator(Names(), LLM(reply=names_in), store).annotate(texts[:400])
        monkeypatch.setattr(job, "MOST_TEXTS", window)
        assert [e.text for e in Annotator(Names(), LLM(reply=names_in), store).stream(texts)] == texts


def test_a_reader_that_leaves_early_loses_no_answer_that_was_under_way() -> None:
    with AnswerStore() as store, FaultServer(names_in, delay=0.05) as server:
        annotator = Annotator(Names(), openai.LLM("m", base_url=server.url), store, limits=Limits(8))
        stream = annotator.stream(f"Anna {n}" for n in range(100))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert len(store) == len(server.requests)


def test_without_asking_stored_answers_are_read_and_the_rest_is_unlabelled() -> None:
    llm = LLM(reply=names_in)
    with AnswerStore() as store:
        Annotator(Names(), llm, store).annotate(["Anna sang"])
        silver = Annotator(Names(), llm, store, asking=False).annotate(["Anna sang", "Bob sang"])
    assert [e.state for e in silver] == ["labels", "unlabelled"]
    assert llm.calls == 1


def test_questions_that_are_asked_elsewhere_are_left_alone() -> None:
    llm = LLM(reply=names_in)
    with AnswerStore() as store:
        Annotator(Names(), llm, store).annotate(["Anna sang"])
        (key,) = [row.key for row in store.rows()]
    annotator = Annotator(Names(), llm, elsewhere={key})
    assert [e.state for e in annotator.annotate(["Anna sang", "Bob sang"])] == ["unlabelled", "labels"]
    assert "vermeil batch collect" in str(annotator.report)


# What a server can do


def test_the_answer_format_that_a_server_takes_is_remembered_for_the_next_run(tmp_path: Path) -> None:
    def formats(server: FaultServer) -> list[str]:
        return [request.body.get("response_format", {}).get("type", "text") for request in server.requests]

    with AnswerStore(tmp_path / "answers.db") as store, FaultServer(names_in, lambda r, n: "no-formats") as server:
        for text in ("Anna sang", "Bob sang"):
            Annotator(Names(), openai.LLM("m", base_url=server.url), store).annotate([text])
        assert formats(server) == ["json_schema", "json_object", "text", "text"]


def test_a_teacher_is_scored_where_gold_has_the_same_texts() -> None:
    gold = Dataset((Example("Anna sang", (Span(0, 4, "NAME"),)), Example("Bob sang", (Span(0, 3, "NAME"),))))
    annotator = Annotator(Names(), LLM(reply=lambda prompt: '["Anna"]' if "Anna" in prompt else "[]"), gold=gold)
    annotator.annotate(["Anna sang", "Bob sang", "Carla sang"])
    assert annotator.report.against_gold is not None
    assert "against gold, on 2 texts" in str(annotator.report)


class Own:
    """A provider of a user's own: one class, without a base."""

    name = "own:model"
    settings = {"model": "m"}

    async def ask(self, prompt: Prompt) -> str:
        return names_in(prompt.text)

    def read(self, body: str):
        from vermeil.exchange import Answer

        return Answer(body, tokens_in=3, tokens_out=1)


def test_a_provider_of_ones_own_is_one_class() -> None:
    annotator = Annotator(Names(), Own())
    assert annotator.annotate(["Anna sang"])[0].labels == (Span(0, 4, "NAME"),)
    assert annotator.report.spent.tokens_in == 3
