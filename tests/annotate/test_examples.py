"""Shown examples are gold, never the text itself, and the same whenever the same text is asked about."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vermeil.annotate.examples import WAYS, Chooser, chooser
from vermeil.data import Dataset, Example, Lost, Span
from vermeil.errors import DataError, SettingsError, UnknownName
from vermeil.tasks.ner import NER


class Letters:
    """Embeds texts by how often each letter occurs in them, and counts what it is asked."""

    settings = {"name": "letters"}

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(list(texts))
        counts = np.array([[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts], np.float32)
        return np.asarray(counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9), np.float32)


def example(text: str, *labels: str) -> Example:
    """Each word has the next label."""
    starts = [sum(len(word) + 1 for word in text.split()[:n]) for n in range(len(labels))]
    spans = zip(text.split(), starts, labels, strict=False)
    return Example(text, tuple(Span(start, start + len(word), label) for word, start, label in spans))


GOLD = Dataset(
    (
        example("Ann left", "PER"),
        example("Bob came", "PER"),
        example("Nobody came"),
        example("Lima shone", "LOC"),
        example("Acme Oslo grew", "ORG", "LOC"),
        example("Cid sued Acme", "PER"),
        example("It rained"),
        example("Zorro zapped", "PER"),
    ),
    "gold.jsonl",
)


def choosing(way: str, count: int = 3, gold: Dataset = GOLD, seed: int = 0) -> Chooser:
    return chooser(way, gold, count, seed=seed, embed=Letters())


def texts(chooser: Chooser, text: str) -> list[str]:
    return [example.text for example in chooser(text)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [1, 3, 7, 8, 50])
def test_the_text_itself_is_never_shown_and_nothing_is_shown_twice(way: str, count: int) -> None:
    choose = choosing(way, count)
    for each in GOLD:
        for text in (each.text, each.text.upper(), f"  {each.text.replace(' ', chr(10))} "):
            shown = texts(choose, text)
            assert each.text not in shown
            assert len(shown) == len(set(shown)) == min(count, len(GOLD) - 1)
    assert len(texts(choose, "Somebody else")) == min(count, len(GOLD))


@pytest.mark.parametrize("way", WAYS)
def test_the_choice_depends_on_nothing_but_the_text(way: str) -> None:
    asked = [f"Text {number} of {chr(97 + number % 26) * 3}" for number in range(30)] + list(GOLD.texts)
    first = {text: choosing(way)(text) for text in asked}
    choose = choosing(way)
    random.Random(1).shuffle(asked)
    assert {text: choose(text) for text in [*asked, *asked]} == first
    assert choosing(way) == choose


def test_fixed_are_the_first_ones() -> None:
    assert texts(choosing("fixed"), "x") == ["Ann left", "Bob came", "Nobody came"]
    assert texts(choosing("fixed"), "Bob came") == ["Ann left", "Nobody came", "Lima shone"]


def test_random_ones_differ_by_text_and_seed_and_each_has_its_turn() -> None:
    choose = choosing("random")
    shown = [tuple(texts(choose, f"text {number}")) for number in range(400)]
    assert len(set(shown)) > 100
    turns = Counter(text for each in shown for text in each)
    assert all(100 < turns[text] < 200 for text in GOLD.texts)  # 150 expected
    other = choosing("random", seed=1)
    assert [tuple(texts(other, f"text {number}")) for number in range(400)] != shown


def test_the_random_choice_is_the_same_on_every_machine() -> None:
    assert texts(choosing("random"), "Where are we?") == ["Acme Oslo grew", "Bob came", "It rained"]


def test_similar_ones_come_with_the_nearest_last() -> None:
    assert texts(choosing("similarity"), "Zorro zooms")[-1] == "Zorro zapped"
    embed = Letters()
    text = "Lima came"
    likeness = {each: float(embed([each])[0] @ embed([text])[0]) for each in GOLD.texts}
    shown = texts(choosing("similarity", 4), text)
    assert shown == sorted(shown, key=likeness.__getitem__)
    assert min(likeness[each] for each in shown) >= max(likeness[each] for each in GOLD.texts if each not in shown)


def test_of_equally_similar_ones_the_first_is_the_nearest() -> None:
    gold = Dataset(tuple(example(text) for text in ("b", "a a", "c", "a b", "b a")))
    assert texts(choosing("similarity", 2, gold), "ab") == ["b a", "a b"]


def test_gold_is_embedded_once_and_a_text_that_comes_again_is_remembered() -> None:
    embed = Letters()
    choose = chooser("similarity", GOLD, 2, embed=embed)
    assert not embed.asked
    for text in ("one", "two", "one", "two"):
        choose(text)
    assert sorted(embed.asked, key=len) == [["one"], ["two"], list(GOLD.texts)]


def test_coverage_shows_every_label_and_a_text_without_any_the_richest_last() -> None:
    choose = choosing("coverage")
    assert texts(choose, "x") == ["Nobody came", "Ann left", "Acme Oslo grew"]
    assert texts(choose, "Acme Oslo grew") != texts(choose, "x")
    fuller = [frozenset(span.label for span in each.labels) for each in choosing("coverage", 6)("x")]
    assert Counter(label for each in fuller for label in each)["PER"] >= 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sets(st.sampled_from("ABCDE")), min_size=1, max_size=12), st.integers(1, 12))
def test_coverage_leaves_out_no_label_for_which_there_is_room(label_sets: list[set[str]], count: int) -> None:
    gold = Dataset(tuple(example(f"{'w ' * 5}{n}", *sorted(labels)) for n, labels in enumerate(label_sets)))
    shown = choosing("coverage", count, gold)("x")
    kinds = {label for labels in label_sets for label in labels or {""}}
    seen = {label for each in shown for label in {span.label for span in each.labels} or {""}}
    assert len(shown) == min(count, len(gold))
    assert seen == kinds or len(seen) >= count


def test_only_what_people_labelled_in_full_is_shown_and_the_rest_is_counted() -> None:
    unfit = [
        Example("Silver", source="openai:gpt"),
        Example("Failed", failed="cut off"),
        Example("Nobody looked", source=""),
        Example("Lossy", lost=(Lost("Bob", "PER", "not in the text"),)),
        Example(" \n"),
        replace(GOLD[0], text="ANN  left ", labels=()),
    ]
    choose = choosing("fixed", 50, Dataset((*unfit[:5], *GOLD, unfit[5])))
    assert choose.examples == GOLD.examples
    assert choose.settings["skipped"] == {
        "silver": 1,
        "failed": 1,
        "unlabelled": 1,
        "with lost labels": 1,
        "blank": 1,
        "repeated": 1,
    }
    with pytest.raises(DataError, match=r"silver.jsonl has no example to show \(1 silver, 1 failed, 1 unlabelled"):
        choosing("fixed", 3, Dataset(tuple(unfit[:5]), "silver.jsonl"))
    with pytest.raises(DataError, match="it is empty"):
        choosing("fixed", 3, Dataset(()))


def test_settings_are_plain_and_say_what_was_chosen_from() -> None:
    assert choosing("similarity", 4, seed=7).settings == {
        "way": "similarity",
        "count": 4,
        "seed": 7,
        "gold": "gold.jsonl",
        "gold_sha256": GOLD.sha256,
        "usable": 8,
        "skipped": {},
        "encoder": {"name": "letters"},
    }
    assert choosing("random").settings["encoder"] is None


def test_mistakes_are_answered_with_what_there_is() -> None:
    with pytest.raises(UnknownName, match=r"'similar' \(did you mean 'similarity'\?\); there are: coverage, fixed"):
        choosing("similar")
    with pytest.raises(SettingsError, match="needs an encoder"):
        chooser("similarity", GOLD, 3)
    with pytest.raises(SettingsError, match="at least 1 example is chosen, got 0"):
        choosing("fixed", 0)


def test_the_chosen_ones_stand_in_the_prompt() -> None:
    task = NER(["PER", "LOC", "ORG"])  # type: ignore[arg-type]
    text = "Zorro came"
    for way in WAYS:
        chosen = choosing(way)(text)
        shown = task.prompt(text, chosen).text
        places = [shown.index(f"<text>\n{each.text}\n</text>\n{{") for each in chosen]
        assert places == sorted(places)
