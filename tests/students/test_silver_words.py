"""Silver words are learnt as their treatment says; gold ones never notice."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from families import word_piece, write_encoder

from vermeil.data import Example, Span
from vermeil.silver.overlap import Both
from vermeil.silver.settings import SilverSettings
from vermeil.silver.treatment import Treatment
from vermeil.silver.trust import trust
from vermeil.students.transformer.doubts import differences
from vermeil.students.transformer.heads.words import Words
from vermeil.students.transformer.losses import Targets, targets, without_doubtful, word_losses
from vermeil.students.transformer.silver import SilverWords
from vermeil.students.transformer.student import Transformer

LABELS = ("PER", "LOC")
GOLD = [Example(f"Ada flew to Lima {i}", (Span(0, 3, "PER"), Span(12, 16, "LOC"))) for i in range(4)]
SILVER = [Example(f"Bob met Ada {i}", (Span(0, 3, "LOC"),), source="scripted:x") for i in range(4)]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("silver") / "encoder", word_piece())


def overlap() -> list[Both]:
    """A teacher that calls every person a place, and misses every place."""
    return [Both(e, Example(e.text, (Span(0, 3, "LOC"),), source="scripted:x")) for e in GOLD * 10]


def words(settings: SilverSettings, first: int = 0, asks_from: int = 0) -> SilverWords:
    judge = trust(overlap(), LABELS, errors=settings.errors, scores=settings.scores) if settings.judges else None
    places = lambda example: [(0, 3), (4, 7), (8, 11), (12, 13)]  # noqa: E731
    return SilverWords(Treatment(settings, judge, asks_from), Words(LABELS), places, CPU, first)


def bits(learner: Transformer) -> list[bytes]:
    return [array.tobytes() for array in learner.state().arrays.values()]


def taught(encoder: Path, batch: list[Example], settings: SilverSettings | None, steps: int = 3) -> Transformer:
    learner = Transformer(encoder, LABELS)
    if settings:
        judge = trust(overlap(), LABELS, errors=settings.errors, scores=settings.scores)
        learner.treat_silver(Treatment(settings, judge))
    learner.start_stage(steps)
    for _ in range(steps):
        learner.learn(batch)
    return learner


EVERY = SilverSettings(
    errors=True, use="soft", disagreement=("missed", "type"), after=0, generalised=0.5, smoothing=0.1
)


def test_a_batch_of_gold_is_learnt_with_the_same_bits_whatever_is_done_with_silver(encoder: Path):
    assert bits(taught(encoder, GOLD, EVERY)) == bits(taught(encoder, GOLD, None))


@pytest.mark.parametrize(
    "settings",
    [
        SilverSettings(errors=True, use="mask"),
        SilverSettings(errors=True, use="weight"),
        SilverSettings(errors=True, use="soft"),
        SilverSettings(errors=True, use="correct"),
        SilverSettings(scores=True),
        SilverSettings(disagreement=("missed", "invented", "type", "boundary"), after=0),
        SilverSettings(generalised=0.7),
        SilverSettings(smoothing=0.1),
    ],
    ids=str,
)
def test_each_option_changes_what_is_learnt_from_silver_and_gives_the_same_bits_twice(
    encoder: Path, settings: SilverSettings
):
    once, twice = (bits(taught(encoder, GOLD + SILVER, settings)) for _ in range(2))
    assert once == twice
    assert once != bits(taught(encoder, GOLD + SILVER, None))


def test_silver_is_taken_as_it_is_again_once_it_is_told_so(encoder: Path):
    learner = Transformer(encoder, LABELS)
    learner.treat_silver(Treatment(EVERY, trust(overlap(), LABELS, errors=True, scores=False)))
    learner.treat_silver(None)
    learner.start_stage(3)
    for _ in range(3):
        learner.learn(GOLD + SILVER)
    assert bits(learner) == bits(taught(encoder, GOLD + SILVER, None))


def test_words_that_are_rather_wrong_cost_nothing_and_the_others_their_full_price(encoder: Path):
    learner = Transformer(encoder, LABELS)
    rows = learner._reader.learnt(0, SILVER[0])
    weights = targets(rows, [SILVER[0]], CPU, words(SilverSettings(errors=True, use="mask"))).weights
    assert weights.tolist() == [0, 1, 0, 1]  # Bob is no place, and such a word as Ada is mostly missed


def test_soft_targets_say_what_a_label_was_on_gold(encoder: Path):
    learner = Transformer(encoder, LABELS)
    rows = learner._reader.learnt(0, SILVER[0])
    soft = targets(rows, [SILVER[0]], CPU, words(SilverSettings(errors=True, use="soft"))).soft
    assert soft is not None
    assert soft.sum(dim=1).tolist() == pytest.approx([1] * 4)
    assert soft[0, 1].item() > 0.8  # Bob: a person
    assert soft[1, 0].item() > 0.8  # met: nothing
    assert soft[2, 3].item() > 0.8  # Ada: nothing was named there on gold, where a place stood


LOGITS = torch.tensor([[0.0, 2.0, 0.0, 0.0, 0.0]]).repeat(2, 1)
BOTH = Targets(torch.tensor([1, 1]), torch.tensor([False, True]), torch.ones(2))


def losses(settings: SilverSettings) -> tuple[float, float]:
    gold, silver = word_losses(LOGITS, BOTH, words(settings)).tolist()
    return gold, silver


def test_smoothing_shares_out_part_of_silver_targets_alone():
    gold, silver = losses(SilverSettings(smoothing=0.2))
    logs = torch.log_softmax(LOGITS[0], 0)
    assert gold == pytest.approx(-logs[1].item())
    assert silver == pytest.approx(-(0.8 * logs[1] + 0.2 * logs.mean()).item())


def test_generalised_cross_entropy_lies_between_cross_entropy_and_the_missing_probability():
    right = torch.softmax(LOGITS[0], 0)[1].item()
    assert losses(SilverSettings(generalised=1))[1] == pytest.approx(1 - right)
    assert losses(SilverSettings(generalised=0.7))[1] == pytest.approx((1 - right**0.7) / 0.7)
    assert losses(SilverSettings(generalised=1e-4))[1] == pytest.approx(-math.log(right), rel=1e-3)


def test_a_corrected_student_is_right_where_the_teacher_would_err():
    called_a_place = Targets(torch.tensor([3]), torch.tensor([True]), torch.ones(1))
    sure_of_a_person = torch.tensor([[0.0, 9.0, 0.0, 0.0, 0.0]])
    plain = word_losses(sure_of_a_person, called_a_place).item()
    corrected = word_losses(sure_of_a_person, called_a_place, words(SilverSettings(errors=True, use="correct"))).item()
    assert plain > 8
    assert corrected < 0.2


@pytest.mark.parametrize(
    ("found", "silver", "kinds"),
    [
        ("B-PER I-PER O", "B-PER I-PER O", {}),
        ("B-PER I-PER O", "O O O", {0: "missed", 1: "missed"}),
        ("O O O", "O B-LOC O", {1: "invented"}),
        ("B-PER O O", "B-LOC O O", {0: "type"}),
        ("B-PER I-PER O", "O B-PER O", {0: "boundary", 1: "boundary"}),
        ("B-PER I-PER O", "O B-LOC O", {0: "boundary and type", 1: "boundary and type"}),
    ],
)
def test_a_difference_has_the_kind_of_silvers_mistake(found: str, silver: str, kinds: dict[int, str]):
    assert {word: kind for kind, word in differences(found.split(), silver.split())} == kinds


def test_after_its_warm_up_the_student_leaves_out_what_it_doubts_of_those_kinds_alone(encoder: Path):
    learner = Transformer(encoder, LABELS)
    rows = learner._reader.learnt(0, SILVER[0])
    doubts = words(SilverSettings(disagreement=("missed",)), first=5, asks_from=10)
    assert [doubts.asks(step) for step in (14, 15)] == [False, True]
    wanted = targets(rows, [SILVER[0]], CPU, doubts)
    logits = torch.zeros(4, 5)
    logits[0, 0] = logits[1, 0] = logits[3, 0] = logits[2, 1] = 5  # no place, and a person that silver misses
    left = without_doubtful(logits, wanted, rows, [SILVER[0]], doubts)
    assert left.weights.tolist() == [1, 1, 0, 1]
    assert doubts.left_out == {"missed": 1}


def test_what_was_left_out_is_counted_on_where_a_run_goes_on(encoder: Path):
    settings = SilverSettings(disagreement=("missed", "invented", "type", "boundary"), after=0)
    learner = taught(encoder, SILVER, settings)
    assert sum(learner.left_out.values()) > 0
    other = Transformer(encoder, LABELS)
    other.treat_silver(Treatment(settings, None))
    other.restore(learner.state())
    assert other.left_out == learner.left_out
