"""One study file says all of a grid; a mistake in it is one line that names the key."""

from __future__ import annotations

import pytest

from vermeil.compare.study import StudyFile, read_study
from vermeil.errors import SettingsError, UnknownName
from vermeil.settings import check

LEAST = {"task": "task.toml"}


def study(**values) -> StudyFile:
    return check(LEAST | values, StudyFile, "study.toml")


def test_a_study_file_is_read_with_its_paths_meant_from_where_it_lies(tmp_path):
    (tmp_path / "study.toml").write_text('task = "task.toml"\nsilver = { strong = "a.jsonl" }\nseeds = [0, 1]\n')
    read = read_study(tmp_path / "study.toml")
    assert (read.task, read.silver, read.seeds) == (tmp_path / "task.toml", {"strong": tmp_path / "a.jsonl"}, (0, 1))
    (tmp_path / "study.toml").write_text('task = "task.toml"\nseed = 1\n')
    with pytest.raises(SettingsError, match=r"study\.toml: unknown key 'seed' \(did you mean 'seeds'\?\)"):
        read_study(tmp_path / "study.toml")


def test_parameters_to_be_varied_take_the_place_of_what_they_vary():
    vary = {"sigmoid": {"midpoint": [0.3, 0.5], "epochs": [0, 4]}, "mine": {"exponent": [2, 3]}}
    own = {"mine": {"stages": [{"schedule": "power"}]}}
    chosen = study(strategies=["gold-only", "sigmoid"], vary=vary, strategy=own).chosen
    assert list(chosen) == [
        "gold-only",
        "sigmoid(midpoint=0.3, epochs=0)",
        "sigmoid(midpoint=0.3, epochs=4)",
        "sigmoid(midpoint=0.5, epochs=0)",
        "sigmoid(midpoint=0.5, epochs=4)",
        "mine(exponent=2)",
        "mine(exponent=3)",
    ]
    assert chosen["sigmoid(midpoint=0.3, epochs=4)"].stages[0].schedule(0) > 0.9
    assert chosen["mine(exponent=3)"].stages[0].schedule(0.5) == 0.125


def test_sequences_vary_too():
    chosen = study(strategies=[], vary={"silver-then-gold": {"first": [0.5, 0.9]}}).chosen
    assert [s.stages[0].share_of_steps for s in chosen.values()] == [0.5, 0.9]


OWN = {
    "strategies": ["gold-only"],
    "strategy": {"mine": {"stages": [{"schedule": "power"}]}, "other": {"stages": [{"schedule": "linear"}]}},
    "vary": {"sigmoid": {"midpoint": [0.3, 0.7]}, "mine": {"exponent": [2, 3]}},
}


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        ("pooled", ["pooled"]),
        ("other", ["other"]),
        ("mine", ["mine(exponent=2)", "mine(exponent=3)"]),
        ("mine(exponent=3)", ["mine(exponent=3)"]),
        ("sigmoid", ["sigmoid(midpoint=0.3)", "sigmoid(midpoint=0.7)"]),
        ("sigmoid(midpoint=0.5)", ["sigmoid(midpoint=0.5)"]),
    ],
)
def test_narrowed_to_one_strategy_it_has_no_other_and_that_one_as_the_file_has_it(named, chosen):
    narrowed = study(**OWN).narrowed([named])
    assert list(narrowed.chosen) == chosen
    whole = study(**OWN).chosen
    assert all(narrowed.chosen[name] == whole[name] for name in chosen if name in whole)
    assert list(study(**OWN).narrowed().chosen) == list(whole)


def test_narrowed_to_treatments_those_of_the_file_come_first():
    own = study(treatments={"mine": {"smoothing": 0.2}, "masked": {"smoothing": 0.3}, "soft": "soft"})
    narrowed = own.narrowed(treatments=["mine", "masked", "weighted"]).treatments
    assert list(narrowed) == ["mine", "masked", "weighted"]
    assert [narrowed[name].smoothing for name in ("mine", "masked")] == [0.2, 0.3]
    with pytest.raises(UnknownName, match=r"no treatment of silver named 'mien' \(did you mean 'mine'\?\)"):
        own.narrowed(treatments=["mien"])


def test_sizes_and_several_teachers_read_as_written():
    read = study(gold_sizes=[50, "all"], silver={"strong": "a.jsonl", "weak": "b.jsonl"}, student=["a", "b"])
    assert read.gold_sizes == (50, "all")
    assert str(read.silver["weak"]) == "b.jsonl"
    assert read.students == ("a", "b")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"gold_size": [50]}, r"study.toml: unknown key 'gold_size' \(did you mean 'gold_sizes'\?\)"),
        ({"gold_sizes": ["most"]}, r"study.toml: gold_sizes.0.*'most'"),
        ({"gold_sizes": [0]}, r"study.toml: gold_sizes.0.*got 0"),
        ({"silver": 3}, r"study.toml: silver.*got 3"),
        ({"costs": {"gold": 1.0}}, "study.toml: the key 'costs.silver' is missing"),
        ({"costs": {"gold": -1.0, "silver": 0.1}}, r"study.toml: costs.gold.*got -1"),
        ({"pick": {"keep": 2.0}}, r"study.toml: pick.keep.*got 2"),
        ({"vary": {"sigmoid": {"midpoint": 0.3}}}, r"study.toml: vary.sigmoid.midpoint.*got 0.3"),
        ({"gives_way": "dev"}, r"study.toml: gives_way.*'silver' or 'gold', got 'dev'"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key(values, message):
    with pytest.raises(SettingsError, match=message) as raised:
        study(**values)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"vary": {"sigmiod": {"midpoint": [0.3]}}}, UnknownName, "did you mean 'sigmoid'"),
        ({"vary": {"sigmoid": {"middle": [0.3]}}}, SettingsError, "doesn't take middle"),
        ({"vary": {"sigmoid": {"midpoint": []}}}, SettingsError, "vary.sigmoid.midpoint is an empty list"),
        ({"strategies": ["power(exponent=-1)"]}, SettingsError, r"exponent lies in \[0, 100\], got -1"),
    ],
)
def test_a_strategy_that_cannot_be_is_named(values, error, message):
    with pytest.raises(error, match=message):
        _ = study(**values).chosen
