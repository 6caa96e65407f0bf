"""Each wrong label is of one kind, and none is counted twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Example, Lost, Span
from vermeil.evaluate.mistakes import KINDS, mistakes, pairs
from vermeil.evaluate.score import score

TEXT = "Ada Lovelace met the Royal Society of London."
ADA, SOCIETY, LONDON = Span(0, 12, "PER"), Span(21, 34, "ORG"), Span(38, 44, "LOC")


def only_kind(gold: tuple[Span, ...], predicted: tuple[Span, ...]) -> list[str]:
    return [pair.kind for pair in pairs(Example(TEXT, gold), predicted)]


def test_each_kind_of_mistake_has_its_name():
    assert only_kind((ADA,), (ADA,)) == ["right"]
    assert only_kind((ADA,), (Span(0, 3, "PER"),)) == ["boundary"]
    assert only_kind((ADA,), (Span(0, 12, "ORG"),)) == ["type"]
    assert only_kind((ADA,), (Span(0, 3, "ORG"),)) == ["boundary and type"]
    assert only_kind((ADA,), ()) == ["missed"]
    assert only_kind((), (ADA,)) == ["invented"]


def test_labels_without_a_partner_come_in_the_order_they_were_given():
    classes = tuple(Span(0, len(TEXT), label) for label in "fedcba")
    missed = [pair.gold for pair in pairs(Example(TEXT, classes, kind="classes"), ())]
    invented = [pair.predicted for pair in pairs(Example(TEXT, kind="classes"), classes)]
    assert (missed, invented) == (sorted(classes), list(classes))


def test_two_gold_labels_under_one_long_prediction_are_one_boundary_and_one_missed():
    assert only_kind((SOCIETY, LONDON), (Span(21, 44, "ORG"),)) == ["boundary", "missed"]


def test_the_same_label_is_preferred_to_the_larger_overlap():
    found = pairs(Example(TEXT, (SOCIETY, LONDON)), (Span(22, 44, "LOC"),))
    assert [(p.kind, p.label) for p in found] == [("missed", "ORG"), ("boundary", "LOC")]


def test_confusions_and_examples_are_kept():
    gold = [Example(TEXT, (ADA, SOCIETY, LONDON), lost=(Lost("Newton", "PER", "not in the text"),)), Example("Rain.")]
    found = mistakes(gold, [(ADA, Span(21, 34, "LOC")), (Span(0, 4, "MISC"),)])
    assert found.confusion == {("PER", "PER"): 1, ("ORG", "LOC"): 1, ("LOC", ""): 1, ("PER", ""): 1, ("", "MISC"): 1}
    assert found.labels == ("LOC", "MISC", "ORG", "PER")
    assert (found.count("missed"), found.count("missed", "PER"), found.count("boundary")) == (2, 1, 0)
    assert [(pair.kind, pair.text) for pair in found.examples] == [
        ("type", TEXT),
        ("missed", TEXT),
        ("invented", "Rain."),
    ]


def test_only_a_few_examples_of_each_kind_are_kept():
    gold = [Example(TEXT, (ADA,)) for _ in range(10)]
    found = mistakes(gold, [()] * 10, keep=2)
    assert (len(found.examples), found.count("missed")) == (2, 10)


def flat_spans(size: int) -> st.SearchStrategy[tuple[Span, ...]]:
    """Spans that don't overlap, in a text of that size."""

    def cut(bounds: list[int], labels: list[str]) -> tuple[Span, ...]:
        ends = sorted(set(bounds))
        return tuple(Span(a, b, label) for a, b, label in zip(ends[::2], ends[1::2], labels, strict=False))

    return st.builds(
        cut, st.lists(st.integers(0, size), max_size=12), st.lists(st.sampled_from("ABC"), min_size=6, max_size=6)
    )


@settings(max_examples=200, deadline=None)
@given(flat_spans(20), flat_spans(20))
def test_every_label_is_in_exactly_one_pair_and_the_right_ones_are_those_of_the_score(gold, predicted):
    example = Example("x" * 20, gold)
    found = pairs(example, predicted)
    assert sorted(p.gold for p in found if p.gold) == sorted(gold)
    assert sorted(p.predicted for p in found if p.predicted) == sorted(predicted)
    counted = mistakes([example], [predicted])
    assert counted.count("right") == score([example], [predicted]).micro.right
    assert sum(counted.count(kind) for kind in KINDS) == len(found)
