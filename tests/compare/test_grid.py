"""A comparison trains every cell once, keeps it, goes on after a break, and chooses on dev."""

from __future__ import annotations

import json
from dataclasses import astuple

import pytest

from vermeil import formats, students
from vermeil.compare import CompareSettings, Progress, compare, read_comparison
from vermeil.compare.results import Results
from vermeil.data import Dataset, Example, Span
from vermeil.errors import DataError, OutputError, SettingsError, UnknownName
from vermeil.evaluate.score import evaluate
from vermeil.train.strategies import one_stage
from vermeil.train.trainer import TrainSettings

SETTINGS = CompareSettings(student="memorizer", train=TrainSettings(steps=12, batch_size=4), seeds=(0, 1))
PEOPLE = ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"]
PLACES = ["Paris", "Lisbon", "Quito", "Oslo"]


def flights(names, source="gold", wrong=False, verb="flew"):
    """Sentences like "Ada Lovelace flew to Oslo ."; a wrong teacher calls every place a person."""
    made = []
    for person in names:
        for place in PLACES:
            text = f"{person} {verb} to {place} ."
            start = text.index(place)
            spans = (Span(0, len(person), "PER"), Span(start, start + len(place), "PER" if wrong else "LOC"))
            made.append(Example(text, spans, source=source))
    return Dataset(tuple(made), source)


GOLD, SILVER = flights(PEOPLE[:2]), flights(PEOPLE[:3], "scripted:wrong", wrong=True, verb="went")
DEV, TEST = flights(PEOPLE[1:3], verb="ran"), flights(PEOPLE, verb="walked")


def run(tmp_path, strategies=("gold-only", "silver-only", "silver-then-gold"), **changes):
    given = {
        "gold": GOLD,
        "silver": SILVER,
        "dev": DEV,
        "test": TEST,
        "settings": SETTINGS,
        "out": tmp_path / "results",
    }
    return compare(strategies, ("PER", "LOC"), **(given | changes))


def test_every_strategy_has_a_row_with_every_seed(tmp_path):
    comparison = run(tmp_path)
    assert [row.strategy for row in comparison] == ["gold-only", "silver-only", "silver-then-gold"]
    assert all([result.seed for result in row.results] == [0, 1] for row in comparison)
    assert all(row.steps == 12 for row in comparison)
    assert comparison["silver-then-gold"].mean_share == pytest.approx(7 / 12)


def test_a_teacher_that_errs_shows_in_the_scores(tmp_path):
    comparison = run(tmp_path)
    assert comparison["gold-only"].f1 > comparison["silver-only"].f1 + 0.1
    gain = comparison["gold-only"].difference(comparison["silver-only"])
    assert gain.value > 0
    assert gain.low <= gain.value <= gain.high


def test_the_scores_are_those_of_the_predictions_that_are_kept(tmp_path):
    comparison = run(tmp_path)
    result = comparison["gold-only"].results[0]
    (path,) = (tmp_path / "results/cells").glob("gold-only-seed-0.*.predictions.jsonl")
    rows = path.read_text().splitlines()
    assert len(rows) == len(TEST)
    kept = sum(len(json.loads(row)["spans"]) for row in rows)
    assert kept == result.scores.micro.predicted


def test_the_model_that_is_best_on_dev_is_kept_and_gives_the_same_labels(tmp_path):
    comparison = run(tmp_path)
    best = max(comparison, key=lambda row: row.dev_score)
    assert comparison.best.strategy == best.strategy
    model = students.load(tmp_path / "results/model")
    assert evaluate(model, TEST).f1 == best.best_on_dev.scores.f1
    record = json.loads((tmp_path / "results/model/run.json").read_text())
    assert record["settings"]["gold"]["sha256"] == GOLD.sha256
    assert not (tmp_path / "results/cells/models").exists()


def test_without_a_dev_set_no_strategy_is_called_the_best(tmp_path):
    comparison = run(tmp_path, dev=Dataset(()))
    assert comparison.best is None
    assert not (tmp_path / "results/model").exists()


def test_a_second_run_computes_nothing_and_says_the_same(tmp_path):
    first, heard = run(tmp_path), []
    second = run(tmp_path, on_result=lambda result, before: heard.append(before))
    assert heard == [True] * 6
    assert second.as_dict()["rows"] == first.as_dict()["rows"]


def test_another_figure_to_choose_by_chooses_among_the_same_cells(tmp_path):
    run(tmp_path)
    heard, by_macro = [], SETTINGS.train.model_copy(update={"choose_by": "macro-f1"})
    settings = SETTINGS.model_copy(update={"train": by_macro})
    second = run(tmp_path, settings=settings, on_result=lambda result, before: heard.append(before))
    assert heard == [True] * 6
    assert second.chosen_by == ("macro F1", "macro_f1")
    row = second["silver-only"]
    assert row.dev_score == pytest.approx(sum(result.dev.macro_f1 for result in row.results) / 2)
    assert row.dev_score < sum(result.dev.f1 for result in row.results) / 2
    assert second.as_dict()["rows"][1]["dev_macro_f1"] == row.dev_score


@pytest.mark.parametrize("steps_between", [None, 4])
def test_a_figure_to_choose_by_has_many_spellings(tmp_path, steps_between):
    def settings(choose_by):
        train = SETTINGS.train.model_copy(update={"choose_by": choose_by, "check_every": steps_between})
        return SETTINGS.model_copy(update={"train": train})

    heard = []
    for spelling in ("", "f1", "F1", "macro F1", "macro-f1", "Macro_F1"):
        run(tmp_path, settings=settings(spelling), on_result=lambda result, before: heard.append(before))
    assert heard.count(False) == (6 if steps_between is None else 12)
    with pytest.raises(UnknownName, match="no figure to choose by named 'accuracy'"):
        run(tmp_path, settings=settings("accuracy"))


def test_a_figure_to_choose_by_is_refused_before_the_first_cell_where_nothing_can_be_chosen(tmp_path):
    by_luck, by_macro = (
        SETTINGS.model_copy(update={"train": TrainSettings(choose_by=by)}) for by in ("luck", "macro-f1")
    )
    with pytest.raises(UnknownName, match="luck"):
        run(tmp_path, dev=Dataset(()), settings=by_luck)
    with pytest.raises(DataError, match="choosing by macro F1 needs a dev set"):
        run(tmp_path, dev=Dataset(()), settings=by_macro)
    assert not (tmp_path / "results").exists()


def test_a_cell_whose_predictions_were_cut_off_is_refused_by_name(tmp_path):
    run(tmp_path)
    (path,) = (tmp_path / "results/cells").glob("gold-only-seed-0.*.predictions.jsonl")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:3]))
    with pytest.raises(DataError, match=r"predictions\.jsonl has 3 rows of predictions where 16 were scored; delete"):
        read_comparison(tmp_path / "results")


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    def stop(result, before):
        if result.name == "silver-only, seed 0":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on_result=stop)
    assert len(read_comparison(tmp_path / "results").rows) == 2
    heard = {}
    resumed = run(tmp_path, on_result=lambda result, before: heard.update({result.name: before}))
    assert [name for name, before in heard.items() if before] == ["gold-only, seed 0", "silver-only, seed 0"]
    assert len(heard) == 6
    assert resumed.as_dict()["rows"] == _timeless(run(tmp_path / "whole").as_dict()["rows"], resumed)


def _timeless(rows, like):
    """The rows with the seconds of another run."""
    return [row | {"seconds": other.seconds} for row, other in zip(rows, like, strict=True)]


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (
            {"silver": flights(PEOPLE[:1], "scripted:wrong", wrong=True, verb="went")},
            {"silver-only", "silver-then-gold"},
        ),
        ({"gold": flights(PEOPLE[2:3])}, {"gold-only", "silver-then-gold"}),
        ({"test": flights(PEOPLE[3:])}, {"gold-only", "silver-only", "silver-then-gold"}),
        (
            {"settings": SETTINGS.model_copy(update={"train": TrainSettings(steps=8, batch_size=4)})},
            {"gold-only", "silver-only", "silver-then-gold"},
        ),
    ],
    ids=["silver", "gold", "test", "steps"],
)
def test_only_the_cells_that_a_change_touches_are_computed_again(tmp_path, change, again):
    run(tmp_path)
    heard = set()
    run(tmp_path, **change, on_result=lambda result, before: None if before else heard.add(result.strategy))
    assert heard == again


def test_another_function_under_the_same_name_is_computed_again(tmp_path):
    heard = []
    for share in (0.25, 0.75):
        mine = {"mine": one_stage(lambda progress, share=share: share)}
        run(tmp_path, strategies=mine, on_result=lambda result, before: heard.append(before))
    assert heard == [False] * 4


def test_cells_of_other_settings_are_not_shown_beside_new_ones(tmp_path):
    run(tmp_path)

    def stop(result, before):
        raise KeyboardInterrupt

    longer = SETTINGS.model_copy(update={"train": TrainSettings(steps=20, batch_size=4)})
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, settings=longer, on_result=stop)
    (row,) = read_comparison(tmp_path / "results").rows
    assert (row.strategy, row.steps, len(row.results)) == ("gold-only", 20, 1)


def test_two_comparisons_do_not_share_a_folder(tmp_path):
    run(tmp_path, ("gold-only",))
    folder = tmp_path / "results"
    before = (folder / "comparison.json").read_text()
    with Results(folder).held(), pytest.raises(OutputError, match="another comparison is at work in"):
        run(tmp_path, ("silver-only",))
    assert (folder / "comparison.json").read_text() == before
    run(tmp_path, ("silver-only",))


def test_processes_give_the_same_results_as_one_process(tmp_path):
    here = run(tmp_path / "here")
    heard: list[Progress] = []
    apart = run(tmp_path / "apart", settings=SETTINGS.model_copy(update={"workers": 2}), on_progress=heard.append)
    assert _timeless(here.as_dict()["rows"], apart) == apart.as_dict()["rows"]
    assert {event.doing for event in heard} == {"training", "labelling dev", "labelling test"}


def test_what_made_the_comparison_is_kept_with_it(tmp_path):
    run(tmp_path)
    made = read_comparison(tmp_path / "results").made
    assert made["settings"]["seeds"] == [0, 1]
    assert made["data"]["silver"]["sha256"] == SILVER.sha256
    assert made["strategies"]["silver-then-gold"]["stages"][0]["share_of_steps"] == 0.6
    assert made["versions"]["vermeil"]


def test_nothing_is_kept_without_a_results_folder(tmp_path):
    assert len(run(tmp_path, out=None).rows) == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"test": Dataset(())}, DataError, "needs a test set"),
        ({"silver": Dataset(())}, DataError, "silver-only needs silver labels"),
        ({"gold": Dataset(())}, DataError, "gold-only needs gold labels"),
        ({"silver": Dataset(()), "strategies": ("pooled",)}, DataError, "pooled needs silver labels"),
        ({"gold": Dataset(()), "strategies": ("pooled",)}, DataError, "pooled needs gold labels"),
        ({"strategies": ()}, SettingsError, "at least one strategy"),
        ({"strategies": ("silver-onyl",)}, UnknownName, "did you mean 'silver-only'"),
        ({"settings": SETTINGS.model_copy(update={"seeds": (1, 1)})}, SettingsError, "each seed counts once"),
        ({"settings": SETTINGS.model_copy(update={"student": "memoriser"})}, UnknownName, "memorizer"),
    ],
)
def test_what_is_bound_to_fail_is_refused_before_anything_is_trained(tmp_path, change, error, message):
    with pytest.raises(error, match=message):
        run(tmp_path, **change)
    assert not (tmp_path / "results/cells").exists()


def test_a_folder_that_is_no_results_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no results folder"):
        read_comparison(tmp_path)


def test_a_broken_cell_file_is_named(tmp_path):
    run(tmp_path)
    next((tmp_path / "results/cells").glob("gold-only-seed-0.????????????????.json")).write_text("{")
    with pytest.raises(DataError, match=r"gold-only-seed-0.*json is no valid JSON.*delete it"):
        read_comparison(tmp_path / "results")


@pytest.mark.parametrize("spoilt", ["{", "[]", '{"text": "Ada"}', '{"text": "Ada", "spans": [5]}'])
def test_broken_predictions_are_named_with_their_line(tmp_path, spoilt):
    run(tmp_path)
    (path,) = (tmp_path / "results/cells").glob("gold-only-seed-0.*.predictions.jsonl")
    first, _, rest = path.read_text().partition("\n")
    path.write_text(f"{first}\n{spoilt}\n{rest}")
    with pytest.raises(DataError, match=r"gold-only-seed-0.*predictions\.jsonl:2: .*run again"):
        read_comparison(tmp_path / "results")


def test_what_is_read_is_what_any_reader_reads(tmp_path):
    (row, *_) = run(tmp_path)
    (path,) = (tmp_path / "results/cells").glob("gold-only-seed-0.*.predictions.jsonl")
    (kept, *_) = read_comparison(tmp_path / "results").rows
    for mine, example in zip(kept.results[0].predictions, formats.read(path), strict=True):
        assert [(*astuple(span),) for span in mine] == [(*astuple(span),) for span in example.labels]
    assert kept.results[0].predictions == row.results[0].predictions


def test_a_strategy_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no strategy 'power'; it has: gold-only, silver-only"):
        run(tmp_path)["power"]
