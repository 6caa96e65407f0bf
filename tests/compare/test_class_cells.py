"""Cells of classes: compared by accuracy, kept and found again; cells of spans are found under their old names."""

from __future__ import annotations

import hashlib
import json
from itertools import product

import pytest
from flights import LABELS, flights

from vermeil.compare import CompareSettings, compare, read_comparison
from vermeil.compare.grid import study_of
from vermeil.compare.plan import plan
from vermeil.compare.pools import Data
from vermeil.data import Dataset, Example, whole
from vermeil.errors import DataError
from vermeil.exchange import canonical
from vermeil.provenance import versions
from vermeil.train.strategies import strategy
from vermeil.train.trainer import NOTHING, TrainSettings

SPORT = ("The team won", "A late goal fell", "The coach was cheered", "They drew the match")
MONEY = ("Shares fell", "The bank raised its rates", "Profits were low", "The firm sold its stake")
DAYS = ("today", "on Monday", "last week")


def news(days=DAYS, *, source="gold", wrong=0, kind="class") -> Dataset:
    """Two classes; a teacher who errs calls the first few of each day money."""
    made = []
    for day, (number, line) in product(days, enumerate(SPORT + MONEY)):
        text = f"{line} {day}."
        name = "sport" if line in SPORT and number >= wrong else "money"
        made.append(Example(text, (whole(text, name),), source=source, kind=kind))
    return Dataset(tuple(made), f"news {source}")


SETTINGS = CompareSettings(student="memorizer", train=TrainSettings(steps=6, batch_size=8), keep_model=False)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("news")
    given = {"gold": news(), "silver": news(("in May", "in June"), source="llm", wrong=3), "dev": news(("by noon",))}
    test = news(("at night", "again"))
    told = []

    def run():
        told.clear()
        return compare(
            ("gold-only", "silver-then-gold"),
            ("sport", "money"),
            **given,
            test=test,
            settings=SETTINGS,
            out=folder,
            on_result=lambda result, before: told.append(before),
        )

    first = run()
    run()
    return first, read_comparison(folder), list(told)


def test_rows_are_compared_by_accuracy_which_is_micro_f1_where_each_text_gets_a_class(compared):
    comparison, _, _ = compared
    for row in comparison:
        right = [
            spans[0].label == example.classes[0]
            for example, spans in zip(comparison.test, row.results[0].predictions, strict=True)
        ]
        assert row.score == pytest.approx(sum(right) / len(right))
        assert row.score == pytest.approx(row.f1)
        assert row.figure("calibration.error") is not None
    plain = comparison.as_dict()["rows"][0]
    assert plain["accuracy"] == comparison.rows[0].score
    assert {"accuracy_low", "macro_f1", "calibration_error", "dev_accuracy"} <= set(plain)


def test_cells_of_classes_are_kept_and_found_again(compared):
    first, again, told = compared
    assert told == [True, True]
    for one, other in zip(first, again, strict=True):
        assert one.results[0].scores == other.results[0].scores
        assert one.results[0].predictions == other.results[0].predictions
    assert again.test.kind == "class"


def test_texts_in_any_number_of_classes_are_kept_too_also_those_in_none(tmp_path):
    texts = ("The team sold its coach.", "The coach was cheered.", "Rain again.", "Shares fell.")
    names = (("money", "sport"), ("sport",), (), ("money",))
    examples = tuple(
        Example(text, tuple(whole(text, name) for name in given), kind="classes")
        for text, given in zip(texts, names, strict=True)
    )
    test = Dataset(examples, "news")
    made = compare(["gold-only"], ("money", "sport"), gold=test, test=test, settings=SETTINGS, out=tmp_path)
    again = read_comparison(tmp_path)
    assert again.test.kind == "classes"
    assert again.rows[0].results[0].predictions == made.rows[0].results[0].predictions
    assert again.rows[0].figure("accuracy") == made.rows[0].results[0].scores.accuracy


def test_labels_of_another_kind_than_the_test_sets_are_refused():
    with pytest.raises(DataError, match="the silver labels are of the kind 'spans', those of the test set of the kind"):
        compare(["silver-only"], LABELS, silver=flights(source="llm"), test=news(), settings=SETTINGS)


def test_a_cell_of_spans_has_the_fingerprint_that_it_had_before_there_were_classes():
    settings = CompareSettings(student="memorizer", train=TrainSettings(steps=4, batch_size=2))
    study = study_of(Data(flights(), {"": NOTHING}, NOTHING, flights(verb="ran")), settings)
    (cell,) = plan({"gold-only": strategy("gold-only")}, LABELS, [""], settings, study.pools).cells
    hashes = [
        hashlib.sha256(
            b"".join(
                json.dumps([e.text, None, [[s.start, s.end, s.label, None] for s in e.labels], "gold", "", 0]).encode()
                for e in dataset
            )
        ).hexdigest()
        for dataset in (study.data.gold, study.data.test)
    ]
    training = settings.train.model_dump(exclude={"silver", "check_every", "patience", "choose_by"})
    then = {
        "shares": [[0.0] * 4],
        "stages": [[True, 1.0]],
        "training": training | {"steps": 4, "epochs": None, "seed": 0},
        "student": ["memorizer", LABELS, {}, 1],
        "learnt": [hashes[0], NOTHING.sha256],
        "dev": NOTHING.sha256,
        "tests": [[hashes[1], [""] * len(study.data.test)]],
        "versions": versions(),
    }
    assert cell.fingerprint(study.data, study.pools) == hashlib.sha256(canonical(then).encode()).hexdigest()
