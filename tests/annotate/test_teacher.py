"""How good silver is, by the texts that gold has too."""

from __future__ import annotations

import json
import weakref
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate.teacher import AgainstGold, TeacherScores
from vermeil.data import Dataset, Example, Lost, Span
from vermeil.errors import DataError
from vermeil.evaluate.score import score_examples

TEXT = "Ana Luz of Northwind flew to Lima."
GOLD = Dataset(
    (
        Example(TEXT, (Span(0, 7, "PER"), Span(11, 20, "ORG"), Span(29, 33, "LOC")), id="g1", tokens=((0, 3),)),
        Example("Bo Ray slept.", (Span(0, 6, "PER"),), id="g2"),
        Example("Nobody came.", id="g3"),
        Example("Never asked about.", (Span(0, 5, "PER"),), id="g4"),
    ),
    "gold.jsonl",
)
SILVER = (
    Example("Not in gold.", (Span(0, 3, "LOC"),), source="llm"),
    Example(TEXT, (Span(0, 3, "PER"), Span(11, 20, "LOC"), Span(21, 25, "MISC")), id="s1", source="llm"),
    Example("Bo Ray slept.", source="llm", failed="no JSON"),
    Example("Nobody came.", source="llm"),
    Example("Never asked about.", source=""),
)


def against(gold: Dataset, *silver: Example) -> TeacherScores:
    judged = AgainstGold(gold)
    for example in silver:
        judged.add(example)
    return judged.scores()


def test_only_texts_that_both_have_are_scored_and_what_failed_is_missed() -> None:
    found = against(GOLD, *SILVER)
    assert (found.texts, found.failed) == (3, 1)
    assert (found.scores.micro.right, found.scores.micro.predicted, found.scores.micro.gold) == (0, 3, 4)


def test_mistakes_are_told_apart_with_examples_of_each() -> None:
    found = against(GOLD, *SILVER)
    assert found.shares == {"boundary": 0.2, "type": 0.2, "boundary and type": 0.0, "missed": 0.4, "invented": 0.2}
    shown = {example["kind"]: example for example in found.as_dict()["examples"]}
    assert shown["boundary"]["gold"] == {"text": "Ana Luz", "label": "PER"}
    assert shown["boundary"]["silver"] == {"text": "Ana", "label": "PER"}
    assert shown["invented"]["gold"] is None
    assert {"gold": "ORG", "silver": "LOC", "count": 1} in found.as_dict()["confusion"]


def test_the_report_is_plain_and_small_however_long_the_texts_are() -> None:
    long = "x " * 5000 + "Ana"
    found = against(Dataset((Example(long, (Span(10000, 10003, "PER"),)),)), Example(long, source="llm"))
    plain = found.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert len(json.dumps(plain)) < 1000
    assert plain["examples"][0]["text"].endswith("x x Ana")
    assert plain["by_label"]["PER"] == {"precision": 0, "recall": 0, "f1": 0, "right": 0, "predicted": 0, "gold": 1}


def test_the_table_is_short_and_says_what_is_taken_for_what() -> None:
    table = str(against(GOLD, *SILVER))
    assert table.splitlines()[0] == "against gold, on 3 texts that both have: F1 0.0 (95%: 0.0 to 0.0)"
    assert "1 failed" in table
    assert "mistakes: boundary 20%, type 20%, missed 40%, invented 20%" in table
    assert "taken for another: ORG as LOC 1" in table
    assert len(table.splitlines()) == 10


def test_few_texts_have_a_wide_interval() -> None:
    few = against(GOLD, *(replace(example, source="llm") for example in GOLD.examples[:1]), SILVER[2], SILVER[3])
    assert few.value.value == pytest.approx(6 / 7)
    assert few.value.low < 0.5
    assert few.as_dict()["f1_interval"]["high"] == 1.0


def test_a_teacher_without_mistakes_has_none() -> None:
    found = against(GOLD, *(replace(example, source="llm") for example in GOLD))
    assert (found.scores.f1, found.scores.macro_f1) == (1.0, 1.0)
    assert set(found.shares.values()) == {0.0}
    assert "mistakes" not in str(found)


def test_without_a_text_in_common_there_is_nothing_to_score() -> None:
    found = against(GOLD, SILVER[0])
    assert str(found) == "against gold: none of its texts was labelled, so the labels cannot be scored"
    assert json.dumps(found.as_dict())


def test_gold_that_cannot_be_scored_by_is_refused_at_once() -> None:
    with pytest.raises(DataError, match="is unlabelled, so nothing can be scored by it"):
        AgainstGold(Dataset((Example("raw", source=""),)))


def test_gold_labels_without_a_place_count_as_missed() -> None:
    gold = Dataset((Example("Bo slept.", lost=(Lost("Bob", "PER", "not in the text"),)),))
    assert against(gold, Example("Bo slept.", source="llm")).shares["missed"] == 1.0


def test_equal_texts_are_paired_in_order_and_no_more_are_held_than_gold_has() -> None:
    first, second = Example("Bo.", (Span(0, 2, "PER"),)), Example("Bo.")
    gold = Dataset((first, second))
    assert against(gold, first, second, first, first).scores.f1 == 1.0
    assert against(gold, second, first).scores.f1 == 0.0
    one = against(gold, first)
    assert (one.texts, one.scores.micro.predicted) == (2, 2)
    judged, third = AgainstGold(gold), replace(first)
    gone = weakref.ref(third)
    for example in (first, second, third):
        judged.add(example)
    del example, third
    assert gone() is None


def test_scores_can_be_asked_for_while_answers_still_come() -> None:
    judged = AgainstGold(GOLD)
    assert judged.scores().texts == 0
    judged.add(SILVER[1])
    assert judged.scores().texts == judged.scores().texts == 1


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_scores_are_those_of_the_whole_datasets(data: st.DataObject) -> None:
    spans = st.lists(
        st.builds(lambda at, label: Span(at, at + 1, label), st.integers(0, 5), st.sampled_from("XY")),
        max_size=4,
        unique_by=lambda s: s.start,
    )
    texts = data.draw(st.lists(st.text("ab", min_size=6, max_size=6), min_size=1, max_size=6, unique=True))
    gold = Dataset(tuple(Example(text, tuple(data.draw(spans))) for text in texts))
    silver = Dataset(
        tuple(Example(text, tuple(data.draw(spans)), source="llm") for text in data.draw(st.permutations(texts)))
    )
    found, whole = against(gold, *silver).scores, score_examples(gold, silver)
    assert (found.by_label, found.views, found.per_example) == (whole.by_label, whole.views, whole.per_example)
