"""A report of classes: accuracy, confusion, calibration, F1 by class, and no word of spans."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from dataclasses import replace

import pytest
from rich.console import Console

from vermeil.compare import Comparison, Condition, Result, Row
from vermeil.data import Dataset, Example, Span, whole
from vermeil.evaluate.score import score
from vermeil.report import report, table
from vermeil.train.trainer import Run, Step

CLASSES = ("bad", "good", "so-so")
SKILL = {"gold-only": 0.5, "pooled": 0.9}


def films(count: int, kind: str) -> Dataset:
    rng, made = random.Random(1), []
    for number in range(count):
        text = f"Film {number} is long."
        names = rng.sample(CLASSES, 1 if kind == "class" else rng.randint(0, 2))
        made.append(Example(text, tuple(whole(text, name) for name in names), kind=kind))
    return Dataset(tuple(made), "films")


def guessed(example: Example, skill: float, rng: random.Random, kind: str) -> tuple[Span, ...]:
    names = example.classes if rng.random() < skill else rng.sample(CLASSES, 1 if kind == "class" else 2)
    return tuple(whole(example.text, name, round(0.5 + rng.random() / 2, 3)) for name in sorted(names))


def compared(kind: str = "class", scores: bool = True, seeds: int = 2) -> Comparison:
    test, rows = films(90, kind), []
    steps = tuple(Step(at, 0, 1 / (at + 1), 0.0, 0.0) for at in range(10))
    for name, skill in SKILL.items():
        results = []
        for seed in range(seeds):
            rng = random.Random(seed)
            found = tuple(guessed(each, skill, rng, kind) for each in test)
            if not scores:
                found = tuple(tuple(Span(s.start, s.end, s.label) for s in spans) for spans in found)
            done = score(test.examples, found)
            results.append(
                Result(Condition(name), seed, done, done, Run(steps, 4.0, {}), 5.0, found, gold=50, silver=9)
            )
        rows.append(Row(Condition(name), tuple(results)))
    return Comparison(tuple(rows), test, {"settings": {"student": "minilm", "seeds": list(range(seeds))}})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    report(compared(), folder)
    return folder


def rows(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_is_said_of_spans(written):
    for name in ("report.html", "report.md", "results.csv", "figures/mistakes.csv", "figures/mistakes.svg"):
        said = (written / name).read_text().lower()
        for word in ("boundary", "strict", "start, end", "partial"):
            assert word not in said, (name, word)


def test_the_table_has_accuracy_and_macro_f1_and_the_calibration_error(written):
    comparison = compared()
    said = (written / "report.md").read_text()
    assert "| strategy | macro F1 | calibration error | accuracy |" in said
    first = rows(written / "results.csv")[0]
    row = comparison["gold-only"]
    assert float(first["accuracy"]) == pytest.approx(row.score)
    assert float(first["macro_f1"]) == pytest.approx(row.figure("macro_f1"))
    assert float(first["calibration_error"]) == pytest.approx(row.figure("calibration.error"))
    assert float(first["accuracy_low"]) <= row.score <= float(first["accuracy_high"])
    assert "f1" not in first
    for name in ("accuracy", "calibration"):
        for suffix in ("svg", "pdf", "csv"):
            assert (written / f"figures/{name}.{suffix}").stat().st_size


def test_the_figure_that_the_best_is_chosen_by_stands_in_the_column_of_dev(tmp_path):
    comparison = compared()
    by_macro = replace(comparison, rows=tuple(replace(row, choose_by="macro F1") for row in comparison))
    report(by_macro, tmp_path)
    assert "| dev macro F1 |" in (tmp_path / "report.md").read_text()
    first = rows(tmp_path / "results.csv")[0]
    assert float(first["dev_macro_f1"]) == pytest.approx(comparison["gold-only"].figure("macro_f1"))
    assert "dev_accuracy" not in first


def test_every_row_has_its_confusion_matrix(written):
    found = rows(written / "figures/confusion.csv")
    assert {(each["row"], each["gold"], each["predicted"]) for each in found} == {
        (name, gold, given) for name in SKILL for gold in CLASSES for given in CLASSES
    }
    total = sum(float(each["mean_count"]) for each in found if each["row"] == "pooled")
    assert total == len(compared().test)
    assert "Which class is taken for which" in (written / "report.html").read_text()
    assert "| gold-only | bad |" in (written / "report.md").read_text()


def test_the_reliability_diagram_counts_every_scored_label_of_all_seeds(written):
    found = rows(written / "figures/calibration.csv")
    for name in SKILL:
        assert sum(int(each["count"]) for each in found if each["row"] == name) == 2 * len(compared().test)
    filled = [each for each in found if int(each["count"])]
    assert all(float(e["score_from"]) <= float(e["mean_score"]) <= float(e["score_to"]) for e in filled)


def test_means_over_seeds_that_are_no_whole_numbers_are_shown_as_they_are(written):
    page = (written / "report.md").read_text()
    lines = [line.split(" | ") for line in page.splitlines() if line.startswith(("| gold-only | ", "| pooled | "))]
    shown = [[cell.split(" (")[0] for cell in line[2:]] for line in lines if "%)" in line[-1]]
    assert any(cell.endswith(".5") for row in shown for cell in row)
    totals = Counter()
    for each in rows(written / "figures/confusion.csv"):
        totals[each["row"], each["gold"]] += float(each["mean_count"])
    assert sorted(sum(map(float, row)) for row in shown) == sorted(totals.values())


def test_mistakes_are_confusions_and_a_shown_text_is_not_repeated_beside_its_class(written):
    kinds = {each["kind"]: float(each["mean_count"]) for each in rows(written / "figures/mistakes.csv")}
    assert set(kinds) == {"confused", "missed", "invented"}
    assert kinds["confused"] > 0
    page = (written / "report.html").read_text()
    assert "<td>confused</td>" in page
    assert 'data-name="gold">bad</td>' in page


def test_without_scores_there_is_no_calibration_and_the_page_says_nothing_of_it(tmp_path):
    report(compared(scores=False, seeds=1), tmp_path)
    assert not list(tmp_path.glob("figures/calibration*"))
    assert "alibration" not in (tmp_path / "report.html").read_text()


def test_any_number_of_classes_is_told_by_micro_f1_and_the_exact_match(tmp_path):
    comparison = compared("classes", seeds=1)
    report(comparison, tmp_path)
    first = rows(tmp_path / "results.csv")[0]
    assert float(first["f1"]) == pytest.approx(comparison.rows[0].f1)
    assert float(first["accuracy"]) == pytest.approx(comparison.rows[0].results[0].scores.accuracy)
    said = (tmp_path / "report.md").read_text()
    assert "exact match" in said
    assert "| (none) |" in said


def test_the_terminal_shows_accuracy_and_its_gain():
    console = Console(width=80, file=io.StringIO())
    console.print(table(compared()))
    said = console.file.getvalue()
    head = said.split("─", maxsplit=1)[0].split()
    assert head[:6] == ["strategy", "macro", "ECE", "acc.", "95", "%"]
    assert "gain: accuracy points over gold-only" in said
