"""A classify task through annotation: votes, pieces, second looks, several texts a request, batches, a bad server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vermeil as vm
from fault_server import FaultServer
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.batches.write import open_questions
from vermeil.annotate.examples import chooser
from vermeil.annotate.method import Method
from vermeil.annotate.pieces import classed
from vermeil.annotate.plan import first_prompt, plan
from vermeil.annotate.reading import UNASKED, Reading, read
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.votes import Rule, doubtful, merged, verified
from vermeil.data import Dataset, Example, whole
from vermeil.errors import DataError
from vermeil.exchange import Answer
from vermeil.llms.scripted import LLM
from vermeil.tasks.classify import Classify

TEXT = "Players strike for pay."
LABELS = {"sport": "games", "money": "pay and prices", "world": "abroad"}
ONE, MANY = Classify(LABELS), Classify(LABELS, several=True)
ORDER = tuple(LABELS)


def said(*names: str, score: float | None = None) -> Reading:
    return Reading(tuple(whole(TEXT, name, score) for name in names))


def votes(*readings: Reading, keep: float = 0.5, several: bool = False) -> Reading:
    rule = Rule(keep, "classes" if several else "class", ORDER)
    return merged(TEXT, {f"voter {n}": reading for n, reading in enumerate(readings)}, rule=rule)


def classes(reading: Reading) -> list[tuple[str, float | None]]:
    return [(span.label, None if span.score is None else round(span.score, 3)) for span in reading.labels]


def test_the_class_with_most_votes_wins_if_it_has_the_share() -> None:
    assert classes(votes(said("sport"), said("money"), said("money"))) == [("money", 0.667)]
    split = votes(said("sport"), said("money"), said("money"), keep=0.7)
    assert (split.labels, split.failed) == (
        (),
        "no class has the 70% of the votes that it needs: 'money' 67%, 'sport' 33%",
    )
    assert [(vote.label, vote.voters) for vote in split.votes] == [
        ("money", ("voter 1", "voter 2")),
        ("sport", ("voter 0",)),
    ]
    assert split.label(Example(TEXT, source=""), "llm", "class").state == "failed"


def test_of_equal_votes_the_surer_wins_then_the_class_that_the_task_names_first() -> None:
    assert classes(votes(said("money", score=0.6), said("world", score=0.9))) == [("world", 0.5)]
    assert classes(votes(said("world"), said("sport"))) == [("sport", 0.5)]
    assert classes(votes(said("sport"), said("world"))) == [("sport", 0.5)]
    assert votes(said("world"), said("sport"), keep=0.51).failed


def test_of_several_classes_each_is_voted_on_by_itself() -> None:
    three = votes(said("sport", "money"), said("money"), said("money", "world"), several=True)
    assert classes(three) == [("money", 1.0)]
    assert classes(votes(said("sport"), said("money"), several=True)) == [("money", 0.5), ("sport", 0.5)]
    none = votes(said(), said(), said("sport"), several=True)
    assert (none.labels, none.failed) == ((), ""), "no class is an answer where a text may have any number"


READINGS = st.lists(st.sampled_from([[], ["sport"], ["money"], ["world"], ["sport", "money"]]), min_size=2, max_size=6)


@settings(max_examples=150, deadline=None)
@given(READINGS, st.floats(0.1, 1), st.booleans())
def test_votes_give_one_class_or_a_reason(given_: list[list[str]], keep: float, several: bool) -> None:
    readings = [said(*names) for names in given_ if several or len(names) == 1]
    if len(readings) < 2:
        return
    reading = votes(*readings, keep=keep, several=several)
    Example(TEXT, reading.labels, kind="classes" if several else "class")
    assert several or (len(reading.labels) == 1) != bool(reading.failed)
    assert {span.label for span in reading.labels} == {v.label for v in reading.votes if v.score >= keep} or not several
    assert classes(votes(*reversed(readings), keep=keep, several=several)) == classes(reading)


def test_a_second_look_changes_the_class() -> None:
    split = votes(said("sport"), said("money"), said("money"))
    spans = doubtful(split, 0.8)
    assert [span.label for span in spans] == ["money", "sport"]
    for label in LABELS:
        after = verified(split, ONE.read_verdicts(json.dumps({"label": label}), spans), spans, TEXT, "class")
        assert [span.label for span in after.labels] == [label]
        assert not after.failed
    both = votes(said("sport", "money"), said("money"), several=True)
    spans = doubtful(both, 0.8)
    assert [span.label for span in spans] == ["sport"]
    after = verified(both, {0: None}, spans, TEXT, "classes")
    assert [span.label for span in after.labels] == ["money"]
    assert [(lost.label, lost.reason) for lost in after.lost] == [("sport", "not confirmed")]


PIECES = ((0, 10), (8, 18), (16, 23))


def piece(*names: str, length: int) -> Reading:
    return Reading(tuple(whole("x" * length, name) for name in names))


def pieces(*names: list[str], keep: float = 0.5, several: bool = False) -> Reading:
    lengths = [end - start for start, end in PIECES]
    found = [piece(*each, length=length) for each, length in zip(names, lengths, strict=True)]
    return classed(TEXT, PIECES, found, Rule(keep, "classes" if several else "class", ORDER))


def test_pieces_vote_with_their_length() -> None:
    assert classes(pieces(["sport"], ["money"], ["sport"])) == [("sport", 0.63)]
    assert classes(pieces(["sport"], ["money"], ["sport"], keep=0.37)) == [("sport", 0.63)]
    assert pieces(["sport"], ["money"], ["world"]).failed.startswith("no class has the 50% of the votes")
    assert classes(pieces(["sport"], [], ["sport", "money"], several=True)) == [("sport", 0.63)]
    assert classes(pieces(["sport"], [], ["money"], several=True, keep=0.2)) == [("money", 0.259), ("sport", 0.37)]


def test_a_text_fails_with_any_of_its_pieces() -> None:
    found = [piece("sport", length=10), Reading(failed="refused"), piece("money", length=7)]
    whole_ = classed(TEXT, PIECES, found, Rule(0.5, "class", ORDER))
    assert whole_.failed == "characters 8 to 18: refused"
    assert {(lost.label, lost.reason) for lost in whole_.lost} == {
        (name, "another piece of the text failed") for name in ("sport", "money")
    }
    assert classed(TEXT, PIECES, [UNASKED, *found[1:]], Rule(0.5, "class", ORDER)) == UNASKED


def answering(answer: Callable[[str], object]) -> Callable[[str], str]:
    """An LLM's reply from what it says to the text alone."""

    def reply(prompt: str) -> str:
        text = re.findall(r"<(text[-\d]*)>\n(.*?)\n</\1>", prompt, re.DOTALL)[-1][1]
        return json.dumps(answer(text))

    return reply


def test_a_text_is_asked_about_whole_unless_a_length_is_set() -> None:
    asked: list[str] = []

    def reply(text: str) -> object:
        asked.append(text)
        return {"label": "sport" if "goal" in text else "money"}

    long = "A goal was seen. " * 500 + "Prices rose. " * 100
    (example,) = Annotator(ONE, LLM(reply=answering(reply))).annotate([long])
    assert asked == [long]
    assert (example.classes, example.kind) == (("sport",), "class")
    (example,) = Annotator(ONE, LLM(reply=answering(reply)), method=Method(longest=2000)).annotate([long])
    assert len(asked) > 3, "equal pieces are asked about once"
    assert example.classes == ("sport",)
    assert 0.8 < (example.labels[0].score or 0) < 0.95
    assert example.votes == ()


def test_a_blank_text_has_failed_and_nobody_is_asked() -> None:
    calls: list[str] = []

    def reply(prompt: str) -> str:
        calls.append(prompt)
        return '{"label": "sport"}'

    annotator = Annotator(ONE, LLM(reply=reply))
    assert (plan(annotator, ["", "A goal."]).calls, plan(annotator, ["", "A goal."]).answered) == (1, 0)
    assert "A goal." in first_prompt(annotator, ["", "A goal."]).text
    with pytest.raises(DataError, match="all texts are blank"):
        first_prompt(annotator, [" "])
    silver = annotator.annotate(["", "A goal.", " \n"])
    assert [(e.state, e.failed, e.kind) for e in silver] == [
        ("failed", "a blank text is in no class", "class"),
        ("labels", "", "class"),
        ("failed", "a blank text is in no class", "class"),
    ]
    assert len(calls) == 1
    assert [question.text for question in open_questions(["", "B goal."], ONE, LLM("x"), AnswerStore())] == ["B goal."]


def test_an_answer_without_a_clear_class_is_asked_for_again_and_then_has_failed() -> None:
    asked: list[str] = []

    def reply(prompt: str) -> str:
        asked.append(prompt)
        mended = "cannot be used" in prompt and "Two" in prompt
        return '{"label": "money"}' if mended else "It is sport or money."

    silver = Annotator(ONE, LLM(reply=reply)).annotate(["Two things.", "More things."])
    assert [(e.classes, e.state) for e in silver] == [(("money",), "labels"), ((), "failed")]
    assert "expected JSON with one class" in silver[1].failed
    assert len(asked) == 4


def test_a_bare_word_that_was_cut_off_is_no_class() -> None:
    assert read(ONE, TEXT, Answer("sport")).labels
    cut = read(ONE, TEXT, Answer("sport", cut=True))
    assert (cut.labels, cut.again) == ((), True)
    assert "cut off" in cut.failed
    assert read(ONE, TEXT, Answer('{"label": "sport"', cut=True)).labels
    assert read(MANY, TEXT, Answer('{"labels": ["sport"', cut=True)).failed


def test_several_texts_share_a_request() -> None:
    calls = 0

    def reply(prompt: str) -> str:
        nonlocal calls
        calls += 1
        texts = re.findall(r'<text id="(\d)">\n(.*?)\n</text>', prompt)
        return json.dumps({"answers": [{"id": int(n), "label": "sport" if "goal" in t else "money"} for n, t in texts]})

    texts = ["A goal.", "Prices.", "Two goals.", "Pay."]
    silver = Annotator(ONE, LLM(reply=reply), method=Method(texts_per_request=2)).annotate(texts)
    assert [e.classes[0] for e in silver] == ["sport", "money", "sport", "money"]
    assert calls == 2


def test_voters_and_a_second_look_in_one_run() -> None:
    def judge(prompt: str) -> str:
        return '{"reason": "pay", "label": "world"}' if "in doubt" in prompt else '{"label": "sport"}'

    voters = [LLM("a", judge), LLM("b", lambda _: '{"label": "money"}')]
    annotator = Annotator(ONE, voters, method=Method(verify=0.8))
    (example,) = annotator.annotate([TEXT])
    assert example.classes == ("world",)
    assert [(vote.label, vote.voters) for vote in example.votes] == [
        ("money", ("scripted:b",)),
        ("sport", ("scripted:a",)),
    ]
    assert "0.0% of 1 text labelled alike" in str(annotator.report)


def test_the_report_scores_the_teacher_by_class() -> None:
    texts = [f"{n} goals." for n in range(8)] + ["Prices."]
    gold = Dataset(tuple(Example(t, (whole(t, "sport" if "goal" in t else "money"),), kind="class") for t in texts))
    llm = LLM(reply=answering(lambda text: {"label": "world" if "7" in text else "sport"}))
    annotator = Annotator(ONE, llm, gold=gold)
    annotator.annotate([*texts, "x" * 5000])
    said_ = str(annotator.report)
    assert "against gold, on 9 texts that both have: accuracy 77.8" in said_
    assert "sport 9, world 1" in said_
    assert "mistakes: confused 100%" in said_
    scores = annotator.report.as_dict()["against_gold"]
    assert scores["accuracy_interval"]["value"] == pytest.approx(7 / 9)
    assert max(len(each["text"]) for each in scores["examples"]) <= 200


@pytest.mark.parametrize("way", ["fixed", "random", "coverage"])
def test_examples_are_chosen_from_classified_gold(way: str) -> None:
    gold = Dataset(
        tuple(
            Example(f"{label} {n}", (whole(f"{label} {n}", label),), kind="class") for label in LABELS for n in range(4)
        )
    )
    chosen = chooser(way, gold, 3)("sport 0")
    assert "sport 0" not in [example.text for example in chosen]
    assert len(chosen) == 3
    assert ONE.prompt("sport 0", chosen).text.count('{"label":"') == 4
    if way == "coverage":
        assert {example.classes[0] for example in chosen} == set(LABELS)


def test_a_server_that_answers_anything_at_all_gives_classes_or_reasons() -> None:
    answers = ['{"label": "sport"}', "sport", "I won't.", '{"label": "tennis"}', '{"label": ["sport", "money"]}', ""]

    with FaultServer(lambda prompt: answers[int(re.findall(r"text (\d)", prompt)[0])]) as server:
        llm = vm.llm("openai:tiny", base_url=server.url)
        silver = Annotator(ONE, llm).annotate([f"text {n}" for n in range(len(answers))])
    assert [e.classes for e in silver] == [("sport",), ("sport",), (), (), (), ()]
    assert [e.state for e in silver] == ["labels"] * 2 + ["failed"] * 4
    assert all(e.kind == "class" for e in silver)
