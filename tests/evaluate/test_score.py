"""Scores equal those of seqeval and nervaluate, and lose nothing on the way."""

from __future__ import annotations

import itertools
import json
import random
import warnings

import pytest

from vermeil.data import Dataset, Example, Lost, Span
from vermeil.errors import DataError
from vermeil.evaluate.counts import SCHEMES, Counts
from vermeil.evaluate.score import Scores, evaluate, score, score_examples

LABELS = ("LOC", "MISC", "ORG", "PER")
TEXT = "Ada flew from Lima to Oslo for Acme."
ADA, LIMA, OSLO, ACME = Span(0, 3, "PER"), Span(14, 18, "LOC"), Span(22, 26, "LOC"), Span(31, 35, "ORG")


# ---------------------------------------------------------------- against the reference implementations


def random_spans(rng: random.Random, words: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Token spans (first word, word after the last, label)."""
    spans, at = [], 0
    while at < len(words):
        length = min(rng.choice((1, 1, 2, 3)), len(words) - at)
        if rng.random() < 0.4:
            spans.append((at, at + length, rng.choice(LABELS)))
        at += length
    return spans


def random_words(rng: random.Random) -> list[tuple[int, int]]:
    """Character offsets of words of different lengths, one space between them."""
    words, at = [], 0
    for _ in range(rng.randint(1, 12)):
        length = rng.randint(1, 4)
        words.append((at, at + length))
        at += length + 1
    return words


def disturbed(rng: random.Random, spans: list[tuple[int, int, str]], words: list[tuple[int, int]]):
    """A prediction that is often right and wrong in all ways."""
    if rng.random() < 0.3:
        return random_spans(rng, words)
    kept = [s for s in spans if rng.random() < 0.8]
    changed = [(a, b, rng.choice(LABELS) if rng.random() < 0.2 else label) for a, b, label in kept]
    return [(a, b - 1 if b - a > 1 and rng.random() < 0.3 else b, label) for a, b, label in changed]


def as_characters(spans: list[tuple[int, int, str]], words: list[tuple[int, int]]) -> tuple[Span, ...]:
    return tuple(Span(words[a][0], words[b - 1][1], label) for a, b, label in spans)


def as_tags(spans: list[tuple[int, int, str]], size: int) -> list[str]:
    tags = ["O"] * size
    for a, b, label in spans:
        tags[a:b] = [f"B-{label}"] + [f"I-{label}"] * (b - a - 1)
    return tags


def tagging(seed: int):
    """Some random sentences as examples with predictions, and as IOB2 tags for seqeval."""
    rng = random.Random(seed)
    gold, predicted, gold_tags, predicted_tags = [], [], [], []
    for _ in range(rng.randint(1, 4)):
        words = random_words(rng)
        truth = random_spans(rng, words)
        found = disturbed(rng, truth, words)
        gold.append(Example("x" * words[-1][1], as_characters(truth, words)))
        predicted.append(as_characters(found, words))
        gold_tags.append(as_tags(truth, len(words)))
        predicted_tags.append(as_tags(found, len(words)))
    return gold, predicted, gold_tags, predicted_tags


def test_a_thousand_random_taggings_score_as_in_seqeval_strict():
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    compared = 0
    for seed in itertools.count():
        gold, predicted, gold_tags, predicted_tags = tagging(seed)
        ours = score(gold, predicted)
        if not ours.by_label:
            continue  # seqeval cannot average over no label at all
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for average, mine in (("micro", ours.f1), ("macro", ours.macro_f1)):
                theirs = precision_recall_fscore_support(
                    gold_tags, predicted_tags, average=average, scheme=IOB2, zero_division=0
                )
                assert mine == pytest.approx(theirs[2], abs=1e-12)
            by_label = precision_recall_fscore_support(
                gold_tags, predicted_tags, average=None, scheme=IOB2, zero_division=0
            )
        for index, counts in enumerate(ours.by_label.values()):
            assert counts.precision == pytest.approx(by_label[0][index], abs=1e-12)
            assert counts.recall == pytest.approx(by_label[1][index], abs=1e-12)
            assert counts.f1 == pytest.approx(by_label[2][index], abs=1e-12)
            assert counts.gold == by_label[3][index]
        compared += 1
        if compared == 1000:
            break


def test_a_thousand_random_taggings_score_as_in_nervaluate_by_all_four_schemes():
    from nervaluate import Evaluator

    def plain(spans):
        return [{"label": s.label, "start": s.start, "end": s.end - 1} for s in spans]  # nervaluate's end is inclusive

    for seed in range(1000):
        gold, predicted, *_ = tagging(seed)
        ours = score(gold, predicted)
        found = Evaluator([plain(e.labels) for e in gold], [plain(p) for p in predicted], LABELS, "dict").evaluate()
        for scheme in SCHEMES:
            theirs, mine = found["overall"][scheme], ours.views[scheme]
            for part in ("correct", "incorrect", "partial", "missed", "spurious"):
                assert getattr(mine, part) == getattr(theirs, part), (seed, scheme, part)
            for part in ("precision", "recall", "f1"):
                assert getattr(mine, part) == pytest.approx(getattr(theirs, part), abs=1e-12)
        for label, counts in ours.by_label.items():
            assert counts.f1 == pytest.approx(found["entities"][label]["strict"].f1, abs=1e-12)
        assert ours.f1 == pytest.approx(found["overall"]["strict"].f1, abs=1e-12)


# ---------------------------------------------------------------- what counts


def test_a_label_is_right_only_with_both_bounds_and_its_name():
    gold = [Example(TEXT, (ADA, LIMA, OSLO, ACME))]
    scores = score(gold, [(ADA, Span(13, 18, "LOC"), Span(22, 26, "ORG"))])
    assert scores.micro == Counts(right=1, predicted=3, gold=4)
    assert (scores.precision, scores.recall) == (1 / 3, 1 / 4)
    assert scores.by_label["ORG"] == Counts(right=0, predicted=1, gold=1)
    assert scores.partial.f1 == pytest.approx(2 * 2.5 / 7)
    assert scores.type_only.f1 == pytest.approx(2 * 2 / 7)


def test_gold_that_could_not_be_placed_counts_as_missed():
    gold = [Example(TEXT, (ADA,), lost=(Lost("Quito", "LOC", "not in the text"),))]
    scores = score(gold, [(ADA,)])
    assert scores.recall == 0.5
    assert scores.by_label["LOC"] == Counts(0, 0, 1)
    assert scores.per_example == (Counts(1, 1, 2),)
    assert [scores.views[scheme].missed for scheme in SCHEMES] == [1, 1, 1, 1]


def test_how_a_span_was_found_and_how_sure_it_is_do_not_count():
    assert score([Example(TEXT, (ADA,))], [(Span(0, 3, "PER", found="fuzzy", score=0.4),)]).f1 == 1


def test_nothing_to_find_and_nothing_found_is_zero_as_in_seqeval():
    scores = score([Example("Rain.")], [()])
    assert (scores.precision, scores.recall, scores.f1, scores.macro_f1) == (0, 0, 0, 0)
    assert score([], []).f1 == 0


def test_a_label_that_only_the_prediction_has_lowers_the_macro_mean():
    scores = score([Example(TEXT, (ADA,))], [(ADA, Span(14, 18, "CITY"))])
    assert scores.macro_f1 == 0.5


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="right=2"):
        Counts(right=2, predicted=1, gold=3)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("example", "state"),
    [(Example(TEXT, source=""), "unlabelled"), (Example(TEXT, failed="no answer"), "failed")],
)
def test_gold_that_nobody_could_label_is_an_error(example, state):
    with pytest.raises(DataError, match=f"is {state}, so nothing can be scored by it"):
        score([example], [()])


def test_too_few_predictions_are_an_error():
    with pytest.raises(DataError, match="2 texts need 2 predictions, got 1"):
        score([Example("a"), Example("b")], [()])


@pytest.mark.parametrize("spans", [(Span(30, 99, "ORG"),), (ADA, Span(2, 5, "PER")), (ADA, ADA)])
def test_unsound_predictions_are_refused_with_the_example_that_has_them(spans):
    with pytest.raises(DataError, match="the prediction for example 'n1'"):
        score([Example(TEXT, id="n1")], [spans])


# ---------------------------------------------------------------- a dataset against gold


def test_a_teacher_is_scored_by_id_whatever_the_order():
    gold = Dataset((Example("Ada.", (ADA,), id="1"), Example("Bo.", (Span(0, 2, "PER"),), id="2")))
    silver = Dataset((Example("Bo.", (Span(0, 2, "PER"),), id="2"), Example("Ada.", (), id="1")))
    assert score_examples(gold, silver).micro == Counts(1, 1, 2)


def test_without_ids_texts_are_matched_and_equal_texts_in_order():
    gold = Dataset((Example("Ada.", (ADA,)), Example("Ada."), Example("Ada.")))
    silver = Dataset((Example("Ada.", (ADA,)), Example("Ada.", id="only one of the two has ids")))
    scores = score_examples(gold, silver)
    assert scores.per_example == (Counts(1, 1, 1), Counts(), Counts())
    assert scores.absent == 0


def test_ids_that_have_nothing_in_common_leave_the_texts_to_match():
    gold = Dataset((Example("Ada.", (ADA,), id="gold 1"),))
    assert score_examples(gold, Dataset((Example("Ada.", (ADA,), id="silver 9"),))).f1 == 1


def test_failed_and_absent_predictions_miss_all_their_labels_and_are_counted_and_shown():
    gold = Dataset(tuple(Example(f"Ada {n}.", (ADA,), id=str(n)) for n in range(4)))
    silver = Dataset(
        (
            Example("Ada 0.", (ADA,), id="0", source="some-llm"),
            Example("Ada 1.", id="1", source="some-llm", failed="unreadable"),
            Example("Ada 2.", id="2", source=""),
        )
    )
    scores = score_examples(gold, silver)
    assert scores.recall == 0.25
    assert (scores.failed, scores.absent) == (1, 2)
    assert "1 failed, 2 without a prediction: all their labels count as missed" in str(scores)


def test_one_id_with_two_texts_is_an_error_of_one_line():
    gold = Dataset((Example("Ada flew.", id="7"),), "gold.conll")
    with pytest.raises(DataError, match=r"example '7' has the text 'Ada flew.' in gold.conll, but 'Bo") as caught:
        score_examples(gold, Dataset((Example("Bo\nslept.", id="7"),), "silver.jsonl"))
    assert "\n" not in str(caught.value)


def test_predictions_of_other_texts_are_an_error_and_not_a_score_of_zero():
    with pytest.raises(DataError, match="no text of gold is in the predictions"):
        score_examples(Dataset((Example("Ada."),)), Dataset((Example("Bo."),)))


# ---------------------------------------------------------------- evaluate, save, show


class Always:
    """Predicts one thing for every text."""

    def __init__(self, *spans: Span) -> None:
        self.spans = spans

    def predict(self, examples, on_done=lambda count: None):
        on_done(len(examples))
        return [self.spans for _ in examples]


def test_evaluate_asks_the_predictor_and_tells_how_far_it_is():
    done: list[int] = []
    scores = evaluate(Always(ADA), Dataset((Example("Ada.", (ADA,)), Example("Ben slept."))), done.append)
    assert scores.micro == Counts(1, 2, 1)
    assert sum(done) == 2


def test_evaluate_refuses_unlabelled_gold_before_any_work():
    class Never:
        def predict(self, examples, on_done=lambda count: None):
            raise AssertionError("asked all the same")

    with pytest.raises(DataError, match="unlabelled"):
        evaluate(Never(), Dataset((Example("Ada.", source=""),)))


def test_scores_come_back_from_json_unchanged():
    gold = [Example(TEXT, (ADA, LIMA), document="d1"), Example("Rain.", document="d2")]
    scores = score(gold, [(ADA,), ()])
    assert Scores.from_dict(json.loads(json.dumps(scores.as_dict()))) == scores
    without = score([Example(TEXT, (ADA,))], [()])
    assert Scores.from_dict(json.loads(json.dumps(without.as_dict()))) == without


@pytest.mark.parametrize("values", [{}, {"per_example": 3}, {"per_example": [[1, 2]], "by_label": []}, []])
def test_something_that_is_not_saved_scores_is_an_error_of_ours(values):
    with pytest.raises(DataError, match="not saved scores"):
        Scores.from_dict(values)


def test_the_table_shows_each_label_with_its_support():
    gold = [Example(TEXT, (ADA, LIMA, OSLO, ACME), document="d1")]
    shown = str(score(gold, [(ADA, LIMA)]))
    assert shown.splitlines() == [
        "label        precision  recall     F1  support",
        "LOC              100.0    50.0   66.7        2",
        "ORG                0.0     0.0    0.0        1",
        "PER              100.0   100.0  100.0        1",
        "all (micro)      100.0    50.0   66.7        4",
        "macro F1 55.6, partial F1 66.7, type-only F1 66.7; 1 text of 1 document",
    ]


def test_the_folder_of_a_student_is_none_and_the_message_says_how_to_load_it():
    with pytest.raises(DataError, match=r"a student was expected, got 'runs/model'; give vermeil\.load\(FOLDER\)"):
        evaluate("runs/model", Dataset((Example("Ada.", (ADA,)),)))
