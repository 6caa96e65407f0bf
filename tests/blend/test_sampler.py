"""Batches follow the schedule exactly over a stage, use a set up before repeating it, and repeat by seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermeil.blend.sampler import blended_batches
from vermeil.blend.schedules import Constant, Linear, Power, Sigmoid
from vermeil.data import Example
from vermeil.errors import DataError

GOLD = [Example(f"gold {i}") for i in range(7)]
SILVER = [Example(f"silver {i}", source="scripted:x") for i in range(11)]


def batches(schedule, *, gold=GOLD, silver=SILVER, batch_size=8, steps=50, seed=0):
    return list(blended_batches(gold, silver, schedule, batch_size=batch_size, steps=steps, seed=seed))


@given(
    share=st.floats(0, 1),
    batch_size=st.integers(1, 9),
    steps=st.integers(1, 60),
)
def test_over_a_whole_stage_the_share_is_right_to_one_example(share, batch_size, steps):
    drawn = batches(Constant(share), batch_size=batch_size, steps=steps)
    assert abs(sum(batch.silver for batch in drawn) - share * batch_size * steps) <= 1


@pytest.mark.parametrize("schedule", [Linear(), Sigmoid(), Power()], ids=repr)
def test_even_batches_of_one_add_up_to_the_schedule(schedule):
    drawn = batches(schedule, batch_size=1, steps=400)
    assert sum(batch.silver for batch in drawn) == pytest.approx(sum(batch.planned for batch in drawn), abs=1)


def test_the_silver_examples_come_first_and_are_as_many_as_said():
    for batch in batches(Linear()):
        assert all(e.source == "scripted:x" for e in batch.examples[: batch.silver])
        assert all(e.source == "gold" for e in batch.examples[batch.silver :])
        assert len(batch.examples) == 8


def test_each_set_is_used_up_before_any_of_it_repeats():
    drawn = [example.text for batch in batches(Constant(0.0), steps=70) for example in batch.examples]
    assert set(Counter(drawn).values()) == {80}
    for start in range(0, len(drawn), len(GOLD)):
        assert len(set(drawn[start : start + len(GOLD)])) == len(GOLD)


def test_the_order_changes_each_time_round():
    drawn = [example.text for batch in batches(Constant(0.0), steps=70) for example in batch.examples]
    rounds = {tuple(drawn[start : start + 7]) for start in range(0, len(drawn), 7)}
    assert len(rounds) > 60


def test_the_same_seed_gives_the_same_batches_and_another_seed_others():
    assert batches(Linear(), seed=3) == batches(Linear(), seed=3)
    assert batches(Linear(), seed=3) != batches(Linear(), seed=4)


def test_an_empty_set_is_no_matter_as_long_as_nothing_is_asked_of_it():
    assert len(batches(Constant(0.0), silver=[])) == 50
    assert len(batches(Constant(1.0), gold=[])) == 50


def test_asking_an_empty_set_is_an_error_that_says_which():
    with pytest.raises(DataError, match="asks for silver examples, but there are none"):
        batches(Constant(0.5), silver=[])
