"""Planted errors are found again, by label and kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import LABELS, Errors, labelled, sentences

from vermeil.data import Dataset, Example, Span
from vermeil.errors import DataError
from vermeil.silver.overlap import labelled_by_both, outside
from vermeil.silver.reliability import reliability

PLANTED = {
    "PER": Errors(missed=0.05),
    "LOC": Errors(missed=0.3, boundary=0.2),
    "MISC": Errors(missed=0.1, type=0.5, invented=0.3),
}


def test_miss_rates_and_ways_to_err_are_those_that_were_planted():
    gold = sentences(600, seed=1)
    found = reliability(gold, labelled(gold, PLANTED, seed=1))
    for label, errors in PLANTED.items():
        assert found.missed[label].low <= errors.missed <= found.missed[label].high
        assert found.mistaken["boundary", label].value == pytest.approx(errors.boundary, abs=0.06)
        assert found.mistaken["type", label].value == pytest.approx(errors.type, abs=0.06)
    assert found.precision["PER"].value > max(found.precision[label].value for label in ("LOC", "MISC")) + 0.2
    assert found.wrong["invented", "MISC"].value > 0.2 > found.wrong["invented", "LOC"].value


def test_the_same_errors_are_found_in_few_texts_within_wider_intervals():
    gold = sentences(600, seed=1)
    silver = labelled(gold, PLANTED, seed=1)
    many, few = reliability(gold, silver), reliability(gold.sample(40, seed=0), silver)
    for label in LABELS:
        assert few.missed[label].low <= PLANTED[label].missed <= few.missed[label].high
    assert few.precision["LOC"].high - few.precision["LOC"].low > many.precision["LOC"].high - many.precision["LOC"].low


def test_it_says_in_words_how_good_each_label_is():
    gold = sentences(200, seed=2)
    said = str(reliability(gold, labelled(gold, PLANTED, seed=2)))
    assert "200 gold texts" in said
    assert "MISC: right" in said
    assert "type" in said.split("MISC: right")[1]


def test_without_a_text_in_common_nothing_is_estimated():
    with pytest.raises(DataError, match="none of the 3 texts of gold, so the teacher's errors cannot be estimated"):
        reliability(sentences(3, seed=1), labelled(sentences(3, seed=2), {}, seed=1))


def test_a_text_on_which_the_teacher_failed_says_nothing_about_its_labels():
    gold = sentences(2, seed=1)
    failed = replace(labelled(gold, {}, seed=1)[0], labels=(), failed="refused")
    silver = Dataset((failed, labelled(gold, {}, seed=1)[1]))
    assert reliability(gold, silver).texts == 1


def test_texts_are_paired_by_what_they_say_whatever_their_ids():
    gold = Dataset((Example("Ada", (Span(0, 3, "PER"),), id="1"),))
    silver = Dataset((Example("Bo", id="1", source="x"), Example("Ada", id="2", source="x")))
    assert [both.silver.id for both in labelled_by_both(gold, silver)] == ["2"]
    assert [example.text for example in outside(silver, gold)] == ["Bo"]
