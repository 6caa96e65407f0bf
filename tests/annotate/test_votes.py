"""Several voters: what is kept, how sure it is, and what a second look changes."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.annotate.reading import UNASKED, Reading
from vermeil.annotate.votes import Rule, doubtful, merged, verified
from vermeil.data import Example, Lost, Span, Vote
from vermeil.errors import SettingsError

TEXT = "Ana Luz of Northwind flew to New Lima."
ANA, ANA_LUZ = Span(0, 3, "PER"), Span(0, 7, "PER")
NORTHWIND, LIMA, NEW_LIMA = Span(11, 20, "ORG"), Span(33, 37, "LOC"), Span(29, 37, "LOC")
NORTHWIND_PLACE = Span(11, 20, "LOC")
FAILED = Reading(failed="no JSON", again=True, tokens_in=5)


def said(*answers: tuple[Span, ...] | Reading) -> dict[str, Reading]:
    """Voters a, b, c, ... and what each says."""
    return {n: a if isinstance(a, Reading) else Reading(a) for n, a in zip("abcdefgh", answers, strict=False)}


def scored(reading: Reading) -> list[tuple[Span, float | None]]:
    return [(span, span.score) for span in reading.labels]


def test_what_a_majority_names_is_kept_with_its_share_of_the_votes() -> None:
    whole = merged(TEXT, said((ANA_LUZ, NORTHWIND), (ANA_LUZ,), (ANA_LUZ, NORTHWIND, LIMA)))
    assert scored(whole) == [(ANA_LUZ, 1.0), (NORTHWIND, 2 / 3)]


def test_every_candidate_is_there_with_its_voters_also_those_not_kept() -> None:
    whole = merged(TEXT, said((ANA_LUZ, LIMA), (ANA_LUZ,), (ANA,)))
    assert whole.votes == (
        Vote(0, 3, "PER", ("c",), 1 / 3),
        Vote(0, 7, "PER", ("a", "b"), 2 / 3),
        Vote(33, 37, "LOC", ("a",), 1 / 3),
    )
    assert whole.label(Example(TEXT, source=""), "a+b+c", "spans").votes == whole.votes


@pytest.mark.parametrize(("keep", "kept"), [(0.5, 1), (0.51, 0), (0.001, 1), (1.0, 0)])
def test_at_the_default_an_exact_half_is_enough(keep: float, kept: int) -> None:
    assert len(merged(TEXT, said((ANA_LUZ,), ()), rule=Rule(keep)).labels) == kept


def test_a_bound_is_met_whatever_the_rounding() -> None:
    half = said((LIMA,), (LIMA,), (LIMA,), (), (), ())
    assert merged(TEXT, half, dict.fromkeys(half, 0.3)).labels == (LIMA,)  # 0.9 of 1.8 is 0.49999999999999994
    assert merged(TEXT, said((LIMA,), (LIMA,), ()), rule=Rule(2 / 3)).labels == (LIMA,)


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ([(ANA_LUZ,), (ANA_LUZ,), (ANA,)], ANA_LUZ),
        ([(ANA,), (ANA,), (ANA_LUZ,)], ANA),
        ([(ANA,), (ANA_LUZ,)], ANA_LUZ),
        ([(ANA,), (Span(0, 7, "PER", score=0.9),)], ANA),
        ([(Span(0, 3, "PER", score=0.4),), (Span(0, 7, "PER", score=0.3),)], ANA),
        ([(NORTHWIND,), (NORTHWIND_PLACE,)], NORTHWIND_PLACE),
    ],
    ids=[
        "more votes",
        "more votes, shorter",
        "longer",
        "no doubt stated",
        "surer",
        "by name, so that it is always the same",
    ],
)
def test_of_spans_that_overlap_one_stays(answers: list[tuple[Span, ...]], kept: Span) -> None:
    for order in permutations(answers):
        assert merged(TEXT, said(*order), rule=Rule(0.3)).labels == (kept,)


def test_weights_make_some_voters_count_more() -> None:
    answers = said((ANA_LUZ,), (ANA,), (ANA,))
    assert scored(merged(TEXT, answers, weights={"a": 3})) == [(ANA_LUZ, 0.6)]
    assert scored(merged(TEXT, answers, weights={"a": 0})) == [(ANA, 1.0)]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(SettingsError, match=f"the weight of a voter is a number from 0, got {weight} for b"):
        merged(TEXT, said((ANA,), ()), weights={"b": weight})
    with pytest.raises(SettingsError, match="no voter has a weight above 0, of: a, b"):
        merged(TEXT, said((ANA,), ()), weights={"a": 0, "b": 0})


def test_the_labels_of_one_voter_alone_are_untouched() -> None:
    alone = Reading((Span(0, 7, "PER", "fuzzy", 0.4),), (Lost("Bo", "PER", "not in the text"),), tokens_in=3)
    assert repr(merged(TEXT, {"a": alone})) == repr(alone)
    assert merged(TEXT, {"a": FAILED}) == FAILED


def test_voters_that_failed_have_no_vote() -> None:
    whole = merged(TEXT, said((ANA_LUZ,), (ANA_LUZ, LIMA), FAILED))
    assert scored(whole) == [(ANA_LUZ, 1.0), (LIMA, 0.5)]
    assert (whole.failed, whole.again) == ("", True)


def test_a_text_fails_where_fewer_than_half_answered_and_keeps_what_was_said() -> None:
    whole = merged(TEXT, said((ANA_LUZ,), FAILED, FAILED))
    assert whole.failed == "1 of 3 voters answered, half are needed; b: no JSON"
    assert (whole.labels, whole.again, whole.tokens_in) == ((), True, 10)
    assert whole.votes == (Vote(0, 7, "PER", ("a",), 1.0),)
    assert merged(TEXT, said(FAILED, FAILED)).failed == "none of 2 voters answered, half are needed; a: no JSON"
    assert merged(TEXT, said((ANA_LUZ,), FAILED)).labels == (ANA_LUZ,)


def test_voters_that_were_not_asked_are_like_those_that_failed() -> None:
    assert merged(TEXT, said(UNASKED, UNASKED)) == UNASKED
    assert merged(TEXT, said((), UNASKED, UNASKED)).failed == "1 of 3 voters answered, half are needed; b: not asked"


def test_an_answer_without_names_is_an_answer() -> None:
    assert merged(TEXT, said((), (), (ANA,))).labels == ()
    assert merged(TEXT, said((), ())).failed == ""


def test_costs_are_summed_and_what_was_lost_counts_once() -> None:
    bo = Lost("Bo", "PER", "not in the text")
    cy = Lost("Cy", "PER", "not in the text")
    one = Reading(lost=(bo, cy), tokens_in=3, tokens_out=4, repaired="fenced", stored=True)
    two = Reading(lost=(cy,), tokens_in=30, tokens_out=40, cut=True, stored=True)
    whole = merged(TEXT, {"a": one, "b": two})
    assert whole.lost == (bo, cy)
    assert (whole.tokens_in, whole.tokens_out, whole.repaired) == (33, 44, "fenced")
    assert (whole.cut, whole.stored, whole.again) == (True, True, False)


def test_how_a_span_was_found_is_what_its_first_voter_says() -> None:
    whole = merged(TEXT, said((Span(0, 7, "PER", "fuzzy"),), (Span(0, 7, "PER", "exact"),)))
    assert whole.labels[0].found == "fuzzy"


NAMED = st.lists(
    st.builds(
        lambda at, size, label, score: Span(at, at + size, label, score=score),
        st.integers(0, 30),
        st.integers(1, 8),
        st.sampled_from("XY"),
        st.none() | st.floats(0, 1),
    ),
    max_size=6,
).map(lambda spans: Reading(tuple(sorted(dict.fromkeys(spans)))))
VOTERS = st.lists(NAMED | st.just(FAILED), min_size=2, max_size=6)


@settings(max_examples=200, deadline=None)
@given(VOTERS, st.floats(0.01, 1), st.randoms())
def test_the_result_is_sound_complete_and_blind_to_the_order_of_voters(
    answers: list[Reading], keep: float, order: object
) -> None:
    readings = dict(zip("abcdef", answers, strict=False))
    whole = merged(TEXT, readings, rule=Rule(keep))
    example = Example(TEXT, whole.labels, failed=whole.failed, votes=whole.votes, lost=whole.lost)
    answered = {name: r for name, r in readings.items() if not r.failed}
    assert bool(example.failed) == (2 * len(answered) < len(readings))
    assert {(v.span, name) for v in whole.votes for name in v.voters} == {
        (s, n) for n, r in answered.items() for s in r.labels
    }
    votes = {vote.span: vote for vote in whole.votes}
    for span in whole.labels:
        assert span.score == len(votes[span].voters) / len(answered) >= keep - 1e-9
    if not whole.failed:
        for vote in whole.votes:  # what has the votes and isn't kept, overlaps something with as many
            if (vote.score or 0) >= keep and vote.span not in whole.labels:
                assert any(
                    s.start < vote.end and vote.start < s.end and (s.score or 0) >= (vote.score or 0)
                    for s in whole.labels
                )
    shuffled = list(readings.items())
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert scored(merged(TEXT, dict(shuffled), rule=Rule(keep))) == scored(whole)


def test_doubtful_is_what_was_nearly_refused_or_nearly_kept() -> None:
    five = said(
        (ANA_LUZ, NORTHWIND, LIMA), (ANA_LUZ, NORTHWIND), (ANA_LUZ, NORTHWIND), (ANA_LUZ, NEW_LIMA), (ANA_LUZ, NEW_LIMA)
    )
    whole = merged(TEXT, five)
    assert set(whole.labels) == {ANA_LUZ, NORTHWIND}
    assert doubtful(whole, 0.7) == (NORTHWIND, NEW_LIMA)
    assert doubtful(whole, 0.6) == ()
    assert doubtful(whole, 0.9) == (NORTHWIND, NEW_LIMA, LIMA)


def test_of_one_voter_its_own_confidence_says_what_is_doubtful() -> None:
    alone = Reading((ANA_LUZ, Span(11, 20, "ORG", score=0.4), Span(33, 37, "LOC", score=0.8)))
    assert doubtful(alone, 0.8) == (NORTHWIND,)
    assert doubtful(Reading(), 1.0) == ()


def test_of_a_text_that_failed_nothing_is_asked_again() -> None:
    assert doubtful(merged(TEXT, said((ANA_LUZ,), FAILED, FAILED)), 1.0) == ()


def numbered(verdicts: list[str | None]) -> dict[int, str | None]:
    return dict(enumerate(verdicts))


def test_a_second_look_keeps_renames_and_removes() -> None:
    before = Reading((ANA_LUZ, NORTHWIND, LIMA), tokens_in=3)
    after = verified(before, numbered(["PER", "LOC", None]), [ANA_LUZ, NORTHWIND, LIMA], TEXT)
    assert after.labels == (ANA_LUZ, NORTHWIND_PLACE)
    assert after.lost == (Lost("Lima", "LOC", "not confirmed"),)
    assert after.tokens_in == 3


def test_a_candidate_that_is_confirmed_becomes_a_label_and_one_that_is_not_stays_a_vote() -> None:
    whole = merged(TEXT, said((ANA_LUZ, NEW_LIMA), (ANA_LUZ,), (NORTHWIND,)))
    northwind, new_lima = doubtful(whole, 0.67)[1:]
    after = verified(whole, numbered([None, "LOC"]), [northwind, new_lima], TEXT)
    assert scored(after) == [(ANA_LUZ, 2 / 3), (NEW_LIMA, 1 / 3)]
    assert (after.lost, after.votes) == ((), whole.votes)


def test_a_new_name_has_the_votes_that_were_for_it() -> None:
    whole = merged(TEXT, said((NORTHWIND,), (NORTHWIND,), (NORTHWIND_PLACE,)))
    assert scored(verified(whole, numbered(["LOC"]), [NORTHWIND])) == [(NORTHWIND_PLACE, 1 / 3)]
    assert scored(verified(whole, numbered(["MISC"]), [NORTHWIND])) == [(Span(11, 20, "MISC"), None)]


def test_of_confirmed_spans_that_overlap_the_label_goes_before_the_candidate() -> None:
    whole = merged(TEXT, said((LIMA,), (LIMA,), (NEW_LIMA,)))
    assert verified(whole, numbered(["LOC", "LOC"]), [NEW_LIMA, LIMA], TEXT).labels == (LIMA,)
    after = verified(whole, numbered(["LOC", None]), [NEW_LIMA, LIMA], TEXT)
    assert (after.labels, after.lost) == ((NEW_LIMA,), (Lost("Lima", "LOC", "not confirmed"),))


def test_a_label_that_gives_way_to_a_confirmed_one_is_lost_with_that_reason() -> None:
    whole = merged(TEXT, said((LIMA,), (LIMA,), (NEW_LIMA,)))
    after = verified(whole, numbered(["LOC"]), [NEW_LIMA])
    assert after.labels == (NEW_LIMA,)
    assert after.lost == (Lost("[33, 37)", "LOC", "overlaps a label that was confirmed"),)


def test_without_a_verdict_a_label_stays_a_label_and_a_candidate_a_candidate() -> None:
    whole = merged(TEXT, said((ANA_LUZ, NEW_LIMA), (ANA_LUZ,), (NORTHWIND,)))
    spans = doubtful(whole, 0.67)
    assert ANA_LUZ in spans
    assert NEW_LIMA in spans
    assert verified(whole, {}, spans, TEXT) == whole


@settings(max_examples=200, deadline=None)
@given(VOTERS, st.data())
def test_after_any_second_look_labels_are_sound_and_every_lost_one_is_told(
    answers: list[Reading], data: st.DataObject
) -> None:
    before = merged(TEXT, dict(zip("abcdef", answers, strict=False)))
    spans = doubtful(before, data.draw(st.floats(0.1, 1)))
    verdicts = [data.draw(st.sampled_from([None, "X", "Y"])) for _ in spans]
    after = verified(before, numbered(verdicts), spans, TEXT)
    Example(TEXT, after.labels, failed=before.failed)
    renamed = sum(v not in (None, s.label) and s in before.labels for s, v in zip(spans, verdicts, strict=True))
    stayed = sum(span in after.labels for span in before.labels)
    assert len(before.labels) <= stayed + len(after.lost) - len(before.lost) + renamed
