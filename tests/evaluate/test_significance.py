"""Intervals and p-values agree with scipy's, and say "different" by chance as often as they promise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
import scipy.stats
from proofs.chance import chance

from vermeil.errors import DataError
from vermeil.evaluate.counts import Counts
from vermeil.evaluate.resampling import MIN_DOCUMENTS, bootstrap, measured, swapped, units_of
from vermeil.evaluate.score import Scores
from vermeil.evaluate.significance import Interval, difference, differences, differences_of, holm, interval
from vermeil.evaluate.tails import bounds, cohens_d, two_sided


def run(rows: Sequence[tuple[int, int, int]], documents: Sequence[str] | None = None) -> Scores:
    """Scores of texts with these right, predicted and gold counts."""
    counts = tuple(Counts(*map(int, row)) for row in rows)
    return Scores({}, {}, counts, tuple(documents) if documents else ("",) * len(counts))


def system(rng: np.random.Generator, gold: np.ndarray, skill: float = 0.8) -> Scores:
    """A system that finds each label with that chance and adds some of its own."""
    right = rng.binomial(gold, skill)
    return run(np.column_stack([right, right + rng.binomial(2, 0.15, len(gold)), gold]))


def f1(rows: np.ndarray, axis: int = -1) -> np.ndarray:
    return 2 * rows[..., 0].sum(axis=axis) / (rows[..., 1] + rows[..., 2]).sum(axis=axis)


def rows_of(scores: Scores) -> np.ndarray:
    return np.array([(c.right, c.predicted, c.gold) for c in scores.per_example])


@pytest.fixture
def two_systems() -> tuple[Scores, Scores]:
    rng = np.random.default_rng(7)
    gold = rng.poisson(1.6, 400)
    return system(rng, gold, 0.82), system(rng, gold, 0.78)


def test_the_interval_is_that_of_scipy(two_systems):
    rows = rows_of(two_systems[0])
    theirs = scipy.stats.bootstrap(
        (np.arange(len(rows)),),
        lambda picks, axis: f1(rows[picks]),
        method="percentile",
        n_resamples=9_999,
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = interval([two_systems[0]], resamples=9_999)
    assert ours.value == pytest.approx(f1(rows), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.002)
    assert ours.units == "texts"


def test_precision_and_recall_have_intervals_too(two_systems):
    counts = rows_of(two_systems[0]).sum(axis=0)
    for measure, whole in (("precision", counts[1]), ("recall", counts[2])):
        found = interval(two_systems[:1], measure)
        assert found.value == pytest.approx(counts[0] / whole, abs=1e-12)
        assert found.low < found.value < found.high


def test_the_paired_difference_is_that_of_scipy(two_systems):
    a, b = map(rows_of, two_systems)
    theirs = scipy.stats.bootstrap(
        (np.arange(len(a)),),
        lambda picks, axis: f1(a[picks]) - f1(b[picks]),
        method="percentile",
        n_resamples=9_999,
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = difference(two_systems[:1], two_systems[1:], resamples=9_999)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.002)
    assert ours.value == pytest.approx(f1(a) - f1(b), abs=1e-12)


def test_the_p_of_swapping_is_that_of_scipy(two_systems):
    a, b = map(rows_of, two_systems)
    both = np.stack([a, b])

    def gap(left: np.ndarray, right: np.ndarray, axis: int) -> np.ndarray:
        # permutation_test swaps numbers between samples: here the number says whose counts a text shows.
        texts = np.arange(left.shape[-1])
        return f1(both[left.astype(int), texts]) - f1(both[right.astype(int), texts])

    theirs = scipy.stats.permutation_test(
        (np.zeros(len(a)), np.ones(len(a))),
        gap,
        permutation_type="samples",
        vectorized=True,
        n_resamples=4_999,
        batch=500,
        rng=np.random.default_rng(1),
    )
    ours = difference(two_systems[:1], two_systems[1:], resamples=10_000)
    assert ours.p_swap == pytest.approx(theirs.pvalue, abs=0.02)


def test_the_p_of_swapping_is_that_of_all_swaps_there_are():
    rng = np.random.default_rng(8)
    gold = rng.poisson(2, 11)
    a, b = (rows_of(system(rng, gold, skill)) for skill in (0.9, 0.6))
    signs = np.array(list(product((False, True), repeat=len(gold))))[..., None]
    every = f1(np.where(signs, a, b)) - f1(np.where(signs, b, a))
    exactly = (abs(every) >= abs(f1(a) - f1(b)) - 1e-12).mean()
    assert difference([run(a)], [run(b)], resamples=20_000).p_swap == pytest.approx(exactly, abs=0.015)


def test_the_draws_are_what_the_seed_says_to_the_last_digit(two_systems):
    a, b = map(rows_of, two_systems)
    rng = np.random.default_rng(3)
    gaps = []
    for size in (256, 44):  # drawn so many at a time
        picks = rng.integers(0, len(a), (size, len(a)))
        gaps.extend(f1(a[picks]) - f1(b[picks]))
    free = len(a) - 1
    stretch = np.sqrt(1 + 1 / free) * (1 + (1.96**2 + 1) / (4 * free))
    value = f1(a) - f1(b)
    drawn = np.sort(value + stretch * (np.array(gaps) - value))
    low, high = drawn[6], drawn[-7]  # 2.5 % of 301 possible ones lie beyond, the observed one among them
    found = difference(two_systems[:1], two_systems[1:], resamples=300, seed=3)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-15)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("count", [399, 999, 2000, 4560])
def test_an_interval_leaves_out_zero_just_where_p_is_small_enough(count, level):
    for below in range(count // 8):
        drawn = np.arange(count) - (below - 0.5)  # so many are under 0
        for each in (drawn, -drawn):
            low, high = bounds(each, level)
            assert (low > 0 or high < 0) == (two_sided(each) < 1 - level - 1e-12), below


def test_no_interval_of_a_difference_is_beyond_what_there_can_be():
    rng = np.random.default_rng(9)
    gold = rng.poisson(1.6, 100)
    a, b = ([system(rng, gold, skill) for skill in skills] for skills in ((0.95, 0.2), (0.1, 0.9)))
    found = difference(a, b, over="texts and seeds")
    assert (found.low, found.high) == (-1, 1), "two seeds that scatter so much say nothing"


@pytest.mark.parametrize("over", ["texts", "texts and seeds"])
def test_many_pairs_at_once_are_told_what_each_is_told_alone(over):
    rng = np.random.default_rng(6)
    gold = rng.poisson(1.6, 200)
    base, *others = ([system(rng, gold, 0.75 + 0.02 * n) for _ in range(3)] for n in range(5))
    pairs = [(other, base) for other in others] + [(others[0][:2], others[1][1:])]
    alone = [difference(a, b, over=over, resamples=500) for a, b in pairs]
    assert list(differences(pairs, over=over, resamples=500)) == alone
    assert differences([]) == ()


def test_pairs_that_have_no_room_together_are_told_the_same(two_systems):
    counts, units = units_of(two_systems)
    pairs = [([0], [1]), ([1], [0]), ([0], [0])]
    together = differences_of(counts, pairs, units, resamples=100)
    assert differences_of(counts, pairs, units, resamples=100, room=100) == together


def test_a_long_row_of_draws_begins_as_a_short_one():
    """However many are drawn at a time, which depends on the texts."""
    counts = np.ones((5, 2, 2))
    counts[:, 0, 0] = (0, 1, 0, 1, 1)
    for draws in (
        lambda count: bootstrap(counts, measured, count, seed=1)[:1500],
        lambda count: np.concatenate(list(swapped(counts, [0], [1], count, seed=1)))[:1500],
    ):
        assert np.array_equal(draws(1500), draws(4000))


def test_large_counts_are_added_exactly():
    rows = [(16_777_217 + n, 16_777_217 + n, 16_777_217 + n) for n in range(30)]
    assert interval([run(rows)], "recall").low == 1.0
    half = [(n, 2 * n, 2 * n) for n, _, _ in rows]
    assert interval([run(half)], "recall") == Interval(0.5, 0.5, 0.5, 0.95, "texts")


def test_a_family_of_a_hundred_at_the_conll_test_size_takes_seconds():
    rng = np.random.default_rng(0)
    gold = rng.poisson(1.64, 3453)
    runs = [[system(rng, gold)] for _ in range(101)]
    differences([(run, runs[0]) for run in runs[:2]], resamples=2)  # what is known of a run is kept with it
    start = time.process_time()
    differences([(run, runs[0]) for run in runs[1:]], resamples=4000)
    assert time.process_time() - start < 12  # one by one it took over twenty


def test_both_sides_of_a_comparison_are_seen_alike(two_systems):
    a, b = two_systems
    forth, back = difference([a], [b]), difference([b], [a])
    assert forth.value == -back.value
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert (forth.p, forth.p_swap) == (back.p, back.p_swap)


def test_a_system_does_not_differ_from_itself(two_systems):
    same = difference(two_systems[:1], two_systems[:1])
    assert (same.value, same.low, same.high, same.p, same.p_swap) == (0, 0, 0, 1, 1)


def test_a_plain_difference_is_found_and_p_is_never_zero():
    rng = np.random.default_rng(3)
    gold = rng.poisson(2, 500)
    found = difference([system(rng, gold, 0.9)], [system(rng, gold, 0.6)], resamples=999)
    assert found.low > 0.1
    assert 0 < found.p <= 0.002
    assert found.p_swap == 0.001


def test_seeds_are_averaged_on_the_same_draws():
    rng = np.random.default_rng(5)
    gold = rng.poisson(2, 300)
    runs = [system(rng, gold) for _ in range(3)]
    together = interval(runs)
    assert together.value == pytest.approx(np.mean([f1(rows_of(r)) for r in runs]), abs=1e-12)
    assert interval([runs[0]] * 3).low == pytest.approx(interval([runs[0]]).low, abs=1e-12)


def test_whole_documents_are_drawn_where_they_are_known():
    rng = np.random.default_rng(2)
    good = np.repeat(rng.random(40) < 0.5, 10)  # all ten texts of a document are right, or all are wrong
    rows = [(int(g), 1, 1) for g in good]
    names = [f"d{number // 10}" for number in range(400)]
    documents, texts = interval([run(rows, names)]), interval([run(rows)])
    assert (documents.units, texts.units) == ("documents", "texts")
    ratio = (documents.high - documents.low) / (texts.high - texts.low)
    assert ratio == pytest.approx(10**0.5, rel=0.15)


def test_a_handful_of_documents_is_too_few_to_draw_from():
    names = [f"d{number % (MIN_DOCUMENTS - 1)}" for number in range(100)]
    assert interval([run([(1, 1, 1)] * 100, names)]).units == "texts"


def test_a_text_without_a_document_stands_for_itself():
    rng = np.random.default_rng(4)
    rows = [(int(right), 1, 1) for right in rng.random(200) < 0.5]
    alone = interval([run(rows, [f"d{number}" for number in range(200)])])
    mixed = interval([run(rows, [*(f"d{number}" for number in range(100)), *[""] * 100])])
    assert (mixed.low, mixed.high, mixed.units) == (alone.low, alone.high, "documents")


def test_nothing_predicted_is_zero_and_not_a_warning():
    nothing = [run([(0, 0, 2), (0, 0, 0)] * 20)]
    assert (interval(nothing, "precision").high, interval(nothing).high) == (0, 0)
    assert difference(nothing, nothing).p == 1


def test_the_seed_decides_the_draws(two_systems):
    assert interval(two_systems[:1], seed=1) == interval(two_systems[:1], seed=1)
    assert interval(two_systems[:1], seed=1) != interval(two_systems[:1], seed=2)


def test_two_thousand_draws_of_the_conll_test_size_take_under_a_second():
    rng = np.random.default_rng(0)
    gold = rng.poisson(1.64, 3453)
    a, b = system(rng, gold), system(rng, gold)
    start = time.process_time()  # what others run on this machine doesn't count
    interval([a])
    assert time.process_time() - start < 1
    start = time.process_time()
    difference([a], [b])
    assert time.process_time() - start < 2  # two tests in one


# ---------------------------------------------------------------- bad input


def test_different_texts_are_not_compared(two_systems):
    with pytest.raises(DataError, match="the same texts"):
        difference(two_systems[:1], [run([(1, 1, 1)])])


def test_an_uneven_number_of_runs_is_not_compared(two_systems):
    with pytest.raises(DataError, match="as many runs on both sides, got 1 and 2"):
        difference(two_systems[:1], two_systems)


def test_no_text_has_no_interval():
    with pytest.raises(DataError, match="at least one scored text"):
        interval([run([])])
    with pytest.raises(DataError, match="at least one scored text"):
        interval([])


# ---------------------------------------------------------------- under the null hypothesis


def false_positives(simulations: int, texts: int, resamples: int, seeds: int = 1) -> tuple[float, float]:
    """How often two equally good systems are called different at 5 %, by either p."""
    rng = np.random.default_rng(11)
    hits = np.zeros(2)
    for number in range(simulations):
        gold = rng.poisson(1.6, texts)
        a, b = ([system(rng, gold) for _ in range(seeds)] for _ in range(2))
        found = difference(a, b, resamples=resamples, seed=number)
        hits += (found.p < 0.05, found.p_swap < 0.05)
    bootstrap, swap = hits / simulations
    return float(bootstrap), float(swap)


def test_equal_systems_are_rarely_called_different():
    bootstrap, swap = false_positives(simulations=200, texts=300, resamples=300)
    assert 0.015 <= bootstrap <= 0.095
    assert 0.015 <= swap <= 0.095


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_equal_systems_are_called_different_in_five_of_a_hundred():
    seen = chance()
    assert seen.met, seen.figure


# ---------------------------------------------------------------- over seeds too


def seeded(rng: np.random.Generator, gold: np.ndarray, scatter: float, seeds: int) -> list[Scores]:
    """Runs of one system whose skill differs from seed to seed."""
    return [system(rng, gold, 0.8 + rng.normal(0, scatter)) for _ in range(seeds)]


def test_seeds_that_scatter_widen_the_interval_and_equal_ones_do_not():
    rng = np.random.default_rng(1)
    gold = rng.poisson(1.6, 400)
    runs = seeded(rng, gold, 0.03, 5)
    texts, both = interval(runs), interval(runs, over="texts and seeds")
    assert both.high - both.low > 1.5 * (texts.high - texts.low)
    assert (texts.seeds, both.seeds) == (1, 5)
    same = [runs[0]] * 5
    assert interval(same, over="texts and seeds").high == pytest.approx(interval(same).high, abs=1e-12)


def agreeing_by_luck() -> tuple[list[Scores], list[Scores]]:
    """Two runs each of a worse and a better system, whose gap is as far as can be the same with both seeds."""
    rng = np.random.default_rng(5)
    gold = rng.poisson(4, 250)
    drawn = [[[system(rng, gold, skill) for _ in range(2)] for skill in (0.8, 0.85)] for _ in range(100)]

    def apart(pair: list[list[Scores]]) -> float:
        one, two = (f1(rows_of(x)) - f1(rows_of(y)) for x, y in zip(*pair, strict=True))
        return abs(one - two)

    a, b = min(drawn, key=apart)
    return a, b


def test_seeds_that_agree_by_luck_leave_the_interval_no_narrower_than_over_texts_alone():
    a, b = agreeing_by_luck()
    texts, both = difference(a, b), difference(a, b, over="texts and seeds")
    assert both.low <= texts.low
    assert both.high >= texts.high
    assert both.p > 2 * texts.p  # the long tails of two seeds stay
    alone, seeded = interval(a[:1] * 2), interval(a[:1] * 2, over="texts and seeds")
    assert seeded.high - seeded.low == pytest.approx(alone.high - alone.low, abs=1e-12)


def test_one_seed_has_the_interval_of_its_texts(two_systems):
    assert interval(two_systems[:1], over="texts and seeds") == interval(two_systems[:1])


def test_where_texts_do_not_matter_the_interval_is_students_t():
    rows = [[(1, 1, 1)] * right + [(0, 1, 1)] * (1000 - right) for right in (700, 720, 710, 690, 730)]
    rng = np.random.default_rng(2)
    runs = [run(rng.permutation(np.array(part))) for part in rows]
    found = interval(runs, over="texts and seeds", resamples=20_000)
    values = [0.70, 0.72, 0.71, 0.69, 0.73]
    theirs = scipy.stats.t.interval(0.95, 4, np.mean(values), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(theirs, abs=0.006)


def test_both_sides_are_seen_alike_over_seeds_too():
    rng = np.random.default_rng(3)
    gold = rng.poisson(1.6, 300)
    a, b = seeded(rng, gold, 0.03, 3), seeded(rng, gold, 0.03, 3)
    forth, back = difference(a, b, over="texts and seeds"), difference(b, a, over="texts and seeds")
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert forth.p == back.p
    assert forth.wins == pytest.approx(1 - back.wins)


def test_the_sizes_of_an_effect_are_those_of_its_seeds():
    rng = np.random.default_rng(4)
    gold = rng.poisson(1.6, 300)
    a, b = seeded(rng, gold, 0.01, 4), [system(rng, gold, 0.7) for _ in range(4)]
    gaps = [f1(rows_of(x)) - f1(rows_of(y)) for x, y in zip(a, b, strict=True)]
    found = difference(a, b)
    assert found.d == pytest.approx(np.mean(gaps) / np.std(gaps, ddof=1))
    lacking = 1 - np.mean([f1(rows_of(y)) for y in b])
    assert found.errors_removed == pytest.approx(np.mean(gaps) / lacking)
    assert found.wins > 0.95
    assert difference(a[:1], b[:1]).d is None


def test_gaps_that_are_equal_but_for_rounding_have_no_size_by_their_scatter():
    gaps = np.array([48, 47, 46]) / 100 - np.array([45, 44, 43]) / 100
    assert gaps.std() > 0
    assert cohens_d(gaps) is None


def test_where_nothing_was_wrong_no_error_is_removed():
    assert difference([run([(1, 2, 1)])], [run([(1, 1, 1)])]).errors_removed is None


def test_holm_corrects_step_by_step_in_the_order_given():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1, 1)
    assert holm([0.02]) == (0.02,)
    assert holm([]) == ()


def test_texts_alone_know_nothing_of_other_seeds():
    rng, hits = np.random.default_rng(5), np.zeros(2)
    for number in range(60):
        gold = rng.poisson(1.6, 300)
        a, b = seeded(rng, gold, 0.04, 5), seeded(rng, gold, 0.04, 5)
        hits[0] += difference(a, b, over="texts and seeds", resamples=200, seed=number).p < 0.05
        hits[1] += difference(a, b, resamples=200, seed=number).p < 0.05
    both, texts = hits / 60
    assert both < 0.15 < texts, "which is why there is another way"
