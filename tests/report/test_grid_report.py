"""A grid is read by size of gold and teacher; what a figure leaves out is said; every figure has its numbers."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vermeil.compare import Costs
from vermeil.report import report
from vermeil.report.content import content
from vermeil.report.figures import figures, pdf
from vermeil.report.sheets import results, sheets
from vermeil.report.tables import by_label, by_tests, contrasts, pivots, price_list, rounds, scores, winners


@pytest.fixture(scope="module")
def made(gridded):
    return content(gridded)


@pytest.fixture(scope="module")
def drawn(made):
    return {figure.name: figure for figure in figures(made)}


def cells(table):
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


# ---------------------------------------------------------------- tables


def test_each_teacher_has_a_table_with_a_column_for_each_size_of_gold(made, gridded):
    strong, weak = pivots(made)
    assert (strong.title, weak.title) == ("F1 by size of gold: strong", "F1 by size of gold: weak")
    assert [cell.text for cell in strong.columns] == ["strategy", "no gold", "50 gold", "200 gold", "1,000 gold"]
    found = {row[0]: row[1:] for row in cells(strong)}
    assert list(found) == ["gold-only", "silver-only", "pooled", "sigmoid"]
    assert found["sigmoid"][0] == ""
    assert found["sigmoid"][2].startswith(f"{100 * gridded['sigmoid, 200 gold, strong'].f1:.1f}")
    assert [bool(text) for text in found["silver-only"]] == [True, False, False, False]


def test_the_whole_table_is_grouped_by_size_of_gold(made):
    table = scores(made)
    assert [group.heading for group in table.groups] == [
        "50 gold texts",
        "no gold",
        "200 gold texts",
        "1,000 gold texts",
    ]
    assert [row[:2] for row in cells(table)][:5] == [
        ["gold-only", ""],
        ["pooled", "strong"],
        ["sigmoid", "strong"],
        ["pooled", "weak"],
        ["sigmoid", "weak"],
    ]
    assert [group.best is not None for group in table.groups] == [False, False, False, True]


def test_the_best_on_dev_of_each_place_is_named(made):
    table = winners(made)
    assert [row[0] for row in cells(table)] == [
        f"{size} gold, {teacher}" for size in ("50", "200", "1,000") for teacher in ("strong", "weak")
    ]


def test_what_takes_less_than_a_place_has_is_a_rival_there(made, gridded):
    def best_at(size, teacher):
        there = [
            row for row in gridded if row.condition.gold in (size, None) and row.condition.teacher in (teacher, "")
        ]
        return max(there, key=lambda row: row.dev_score).strategy

    named = [row[1] for row in cells(winners(made))]
    assert named == [best_at(size, teacher) for size in (50, 200, 1000) for teacher in ("strong", "weak")]
    assert {"gold-only", "silver-only"} & set(named), "rows that draw on one side alone can win"


def test_the_number_of_comparisons_is_told_with_their_p_values(made):
    table = contrasts(made)
    assert [group.heading for group in table.groups] == ["Better than gold alone? (14 comparisons)"]
    assert "over 14 comparisons with gold-only" in scores(made).notes[0]


def test_other_test_labels_stand_side_by_side_with_the_gains_by_them(made):
    heads = [cell.text for cell in by_tests(made).columns]
    assert heads[1:4] == ["F1", "F1 by corrected", "F1 by twice corrected"]
    assert heads[4:] == ["gain", "gain by corrected", "gain by twice corrected"]


def test_other_texts_beside_other_labels_have_scores_and_no_gain(gridded):
    both = content(replace(gridded, made={**gridded.made, "relabelled": ["corrected"]}))
    heads = [cell.text for cell in by_tests(both).columns]
    assert heads[1:] == ["F1", "F1 by corrected", "F1 by twice corrected", "gain", "gain by corrected"]
    found = {row["labels"]: row["gain"] for row in csv.DictReader(io.StringIO(sheets(both)["tests"])) if row["gain"]}
    assert set(found) == {"", "corrected"}


def test_the_price_list_says_what_each_row_costs(made):
    last = cells(price_list(made))[-1]
    assert last[0].endswith(made.best.name)
    assert last[1] == "501 EUR"


def test_a_single_comparison_has_none_of_the_tables_of_a_grid(ordinary):
    plain = content(ordinary)
    assert list(pivots(plain)) == []
    assert [of(plain) for of in (winners, by_tests, price_list, rounds)] == [None] * 4
    assert not scores(plain).folded
    assert [cell.small for cell in by_label(plain).columns[1:]] == ["120", "120", "120"]


@pytest.mark.parametrize(("score", "by_row"), [("score", "dev_scores"), ("f1", "dev_f1")])  # and as it was called
def test_a_pick_says_what_was_dropped_and_why(ordinary, score, by_row):
    dropped = [{"name": "power", score: 0.5, "why": "F1 50.0 on dev after 20 steps, 2. of 2"}]
    one = {"number": 1, "steps": 20, by_row: {"sigmoid": 0.6, "power": 0.5}, "dropped": dropped}
    picked = content(replace(ordinary, made={**ordinary.made, "pick": {"rounds": [one]}}))
    assert cells(rounds(picked)) == [["power", "50.0", "F1 50.0 on dev after 20 steps, 2. of 2"]]
    assert "1,20,sigmoid,0.6" in sheets(picked)["rounds"]


def test_where_candidates_of_a_pick_differ_in_steps_each_has_its_own(ordinary):
    dropped = [{"name": "power", "score": 0.5, "why": "F1 50.0 on dev after 14 steps, 2. of 2"}]
    steps = {"sigmoid": 20, "power": 14}
    one = {"number": 1, "steps": 20, "dev_scores": {"sigmoid": 0.6, "power": 0.5}, "steps_by": steps}
    picked = content(replace(ordinary, made={**ordinary.made, "pick": {"rounds": [one | {"dropped": dropped}]}}))
    assert [group.heading for group in rounds(picked).groups] == ["round 1, 14 to 20 steps"]
    assert "1,20,sigmoid,0.6\n1,14,power,0.5" in sheets(picked)["rounds"].replace("\r", "")


# ---------------------------------------------------------------- figures and their numbers


def test_every_figure_has_its_numbers_and_says_in_words_what_it_shows(made, drawn):
    assert set(drawn) == {"f1", "learning", "worth", "tests", "costs", "share", "loss", "mistakes"}
    assert set(drawn) <= set(sheets(made))
    for figure in drawn.values():
        assert "gold-only" in figure.alt or "pooled, 50 gold, strong" in figure.alt
        assert figure.caption.endswith(".")


def test_the_learning_curve_has_a_point_for_each_size(made, gridded):
    found = list(csv.DictReader(io.StringIO(sheets(made)["learning"])))
    alone = [(float(row["gold"]), float(row["f1"])) for row in found if row["curve"] == "gold-only"]
    assert alone == [(size, pytest.approx(gridded[f"gold-only, {size:,} gold"].f1)) for size in (50, 200, 1000)]


def test_a_bound_is_no_number_in_the_sheet(made):
    found = {row["row"]: row for row in csv.DictReader(io.StringIO(sheets(made)["worth"]))}
    assert found["sigmoid, 1,000 gold, strong"]["needed"] == "beyond the curve"
    found = {row["row"]: row for row in csv.DictReader(io.StringIO(results(made)))}
    assert found["sigmoid, 1,000 gold, strong"]["gold_multiplier_is_a_bound"] == "yes"
    assert {row["gold_multiplier_is_a_bound"] for row in found.values()} == {"yes", "no", ""}


def test_every_row_is_in_the_sheets_also_those_that_figures_leave_out(build_grid):
    large = content(build_grid(gold=(50, 100, 200, 500, 1000), others=False, seeds=1, size=20))
    numbers = sheets(large) | {"results": results(large)}
    for name in ("results", "f1", "share", "loss", "labels", "mistakes"):
        rows = {row["row"] for row in csv.DictReader(io.StringIO(numbers[name]))}
        assert rows == {line.name for line in large.lines}
    caption = next(figure.caption for figure in figures(large) if figure.name == "f1")
    assert f"shown are {len(large.view)} rows that could draw on the recommended one's labels" in caption
    assert f"the CSV has all {len(large.lines)}" in caption
    assert scores(large).folded


def test_figures_without_data_are_left_out_and_costs_say_how_to_give_them(build, tmp_path):
    page = report(build({"gold-only": 0.6}, size=12, steps=4), tmp_path / "page.html").read_text()
    assert "--gold-cost and --silver-cost" in page
    assert page.count("<svg") == 4


def test_prices_given_later_are_shown(build, tmp_path):
    priced = build({"gold-only": 0.6, "pooled": 0.7}, size=12, steps=4).priced(Costs(gold=1, silver=0.01, currency="€"))
    page = report(priced, tmp_path / "page.html").read_text()
    assert "206 €" in page
    assert page.count("<svg") == 5
    assert "--gold-cost" not in page


@pytest.mark.slow
def test_a_pdf_is_the_same_in_every_process(tmp_path):
    """Python's hash of strings, which matplotlib puts into names of fonts, differs from process to process."""
    code = """
import sys; sys.path.insert(0, sys.argv[1])
from conftest import comparison
from vermeil.report.content import content
from vermeil.report.figures import figures, pdf
import hashlib
print(hashlib.sha256(b"".join(map(pdf, figures(content(comparison({"gold-only": 0.6}, size=9, steps=4)))))).hexdigest())
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_a_pdf_holds_its_text_as_text(drawn):
    made = pdf(drawn["costs"])
    assert made.startswith(b"%PDF")
    assert b"/Type /Font" in made
    assert not re.search(rb"CreationDate|/Producer", made)
