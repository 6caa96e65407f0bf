"""Contrasts answer each question for a family of rows, correct for its size, and doubt what bad labels explain."""

from __future__ import annotations

import numpy as np
import pytest

from vermeil.compare import Comparison, Condition, Result, Row
from vermeil.compare.contrasts import contrasts, label_noise
from vermeil.data import Dataset
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.score import Scores
from vermeil.evaluate.significance import holm
from vermeil.train.run import Run, Step

RUN = Run((Step(0, 0, 1.0, 0.5, 0.5),), 1.0, {})


def scores(skill: float, key: int) -> Scores:
    hits = np.random.default_rng(key).random(600) < skill
    counts = tuple(Counts(int(hit), 1, 1) for hit in hits)
    right = int(hits.sum())
    return Scores({"PER": Counts(right, 600, 600)}, {}, counts, ("",) * 600)


def row(strategy: str, skill: float, seeds: int = 3, others: dict[str, float] | None = None) -> Row:
    key = sum(map(ord, strategy))
    made = (
        Result(
            Condition(strategy),
            seed,
            scores(skill, 100 * key + seed),
            None,
            RUN,
            1.0,
            (),
            others={name: scores(other, 100 * key + seed + 50) for name, other in (others or {}).items()},
        )
        for seed in range(seeds)
    )
    return Row(Condition(strategy), tuple(made))


def test_each_question_is_a_family_of_its_own_with_corrected_p_values():
    rows = [row("gold-only", 0.6), row("sigmoid", 0.62), row("pooled", 0.75), row("half-and-half", 0.63)]
    found = contrasts(rows, {"sigmoid": {"equal share": "half-and-half"}})
    family = [c for c in found if c.question == "gold alone"]
    assert [c.row for c in family] == ["sigmoid", "pooled", "half-and-half"]
    assert [c.p for c in family] == list(holm([c.difference.p for c in family]))
    (alone,) = [c for c in found if c.question == "equal share"]
    assert alone.p == alone.difference.p
    assert [c.p_texts for c in family] == list(holm([c.difference.p_swap for c in family]))
    assert family[1].significant_on_texts


def test_three_texts_of_three_make_no_row_significantly_better():
    def on_three(strategy: str, hits: int) -> Row:
        counts = (Counts(hits, 1, 1),) * 3
        made = Scores({"PER": Counts(3 * hits, 3, 3)}, {}, counts, ("",) * 3)
        return Row(Condition(strategy), (Result(Condition(strategy), 0, made, None, RUN, 1.0, ()),))

    (found,) = contrasts([on_three("gold-only", 0), on_three("pooled", 1)], {})
    assert found.p < 0.05 < found.p_texts
    assert not found.significant


def test_five_seeds_can_show_what_two_cannot():
    many, few = ([row("gold-only", 0.6, seeds), row("pooled", 0.75, seeds)] for seeds in (5, 2))
    assert contrasts(many, {})[0].significant
    assert not contrasts(few, {})[0].significant
    assert contrasts(few, {})[0].significant_on_texts


def test_seeds_that_only_one_of_two_rows_has_are_left_out():
    few = row("pooled", 0.75, seeds=2)
    (found,) = contrasts([row("gold-only", 0.6), few], {})
    assert found.difference.seeds == 2
    assert contrasts([row("gold-only", 0.6), few.of_seeds((7, 1))], {})[0].difference.seeds == 1


def test_a_difference_that_other_labels_turn_round_is_doubtful():
    a, b = row("pooled", 0.8, others={"corrected": 0.7}), row("gold-only", 0.7, others={"corrected": 0.8})
    assert label_noise(a, b, ["corrected"]).doubtful
    (found,) = contrasts([a, b], {}, ["corrected"])
    assert found.significant_on_texts
    assert found.doubtful
    (said,) = Comparison((a, b), Dataset(()), {}).warnings
    assert "pooled against gold-only" in said
    assert "inside the noise of the test labels" in said


def test_a_difference_that_stands_by_all_labels_is_not_doubtful():
    a, b = row("pooled", 0.8, others={"corrected": 0.78}), row("gold-only", 0.6, others={"corrected": 0.6})
    noise = label_noise(a, b, ["corrected"])
    assert noise.spread == pytest.approx(abs(noise.by_labels["corrected"] - noise.by_labels[""]))
    assert not noise.doubtful
    assert Comparison((a, b), Dataset(()), {}).warnings == ()


def test_without_other_labels_nothing_is_said_of_their_noise():
    assert label_noise(row("pooled", 0.8), row("gold-only", 0.7), []) is None


def test_the_p_values_of_a_large_family_can_still_be_small_enough():
    rows = [row("gold-only", 0.5, seeds=1), *(row(f"strategy {i}", 0.9, seeds=1) for i in range(30))]
    assert all(found.significant for found in contrasts(rows, {}))


def test_json_calls_the_numbers_of_a_contrast_as_it_always_did():
    (contrast,) = contrasts([row("gold-only", 0.6), row("pooled", 0.75)], {})
    said = contrast.as_dict()
    assert (said["other"], said["p_swap"], said["p_swap_corrected"]) == (
        "gold-only",
        contrast.difference.p_swap,
        contrast.p_texts,
    )
