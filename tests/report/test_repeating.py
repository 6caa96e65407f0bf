"""What a report says of its making is enough to make it again."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import pytest

from vermeil.compare import StudyFile
from vermeil.report.content import content
from vermeil.report.repeat import differing, facts, stages, study
from vermeil.report.toml import toml
from vermeil.report.words import what_was_run
from vermeil.settings import check
from vermeil.train.strategies import strategy


def test_facts_hold_command_hashes_and_versions(ordinary):
    found = dict(facts(ordinary))
    assert found["command"] == "vermeil compare study.toml --out results"
    assert "ab" * 32 in found["gold data"]
    assert found["versions: python"] == "3.11.2"
    assert "sigmoid" in dict(stages(ordinary))["sigmoid, stage 1"]


def test_a_comparison_that_knows_nothing_of_its_making_is_still_reported(build):
    bare = build(made={})
    assert list(facts(bare)) == []
    assert study(bare) == ""
    assert "trained for 60 steps, scored on" in what_was_run(content(bare))


def test_the_study_file_asks_for_the_same_strategies_and_settings(gridded):
    read = check(tomllib.loads(study(gridded)), StudyFile, "study.toml")
    assert {name: chosen.as_dict() for name, chosen in read.chosen.items()} == gridded.made["strategies"]
    assert read.gold_sizes == (50, 200, 1000)
    assert read.seeds == (0, 1)
    assert read.costs.gold == 0.5


def test_columns_of_ones_own_go_into_the_study_file(build):
    made = build({"gold-only": 0.5})
    assert "column" not in study(made)
    own = replace(made, made={**made.made, "column": "Beschreibung", "label_column": "Team"})
    read = check(tomllib.loads(study(own)), StudyFile, "study.toml")
    assert (read.column, read.label_column) == ("Beschreibung", "Team")


def test_a_strategy_of_ones_own_goes_into_the_study_file_with_its_stages(build):
    mine = {"mine": {"stages": [{"schedule": "sigmoid", "midpoint": 0.25, "share_of_steps": 1.0}]}}
    comparison = build({"gold-only": 0.5, "mine": 0.6})
    comparison.made["strategies"].update(mine)
    read = check(tomllib.loads(study(comparison)), StudyFile, "study.toml")
    assert read.chosen["mine"].stages[0].schedule.midpoint == 0.25


def test_rows_that_are_controls_alone_are_left_to_the_setting(build):
    made = build({"gold-only": 0.5, "sigmoid": 0.8})
    name = "constant(share=0.5)"
    both = replace(made, rows=(*made.rows, build({name: 0.7}).rows[0]))
    settings = {**made.made["settings"], "controls": True}
    strategies = {**made.made["strategies"], name: strategy(name).as_dict()}
    controls = {"sigmoid": {"equal share": name}}
    both = replace(both, made={**made.made, "settings": settings, "strategies": strategies, "controls": controls})
    values = tomllib.loads(study(both))
    assert values["strategies"] == ["gold-only", "sigmoid"]
    assert values["controls"] is True


def test_a_name_cannot_leave_its_place_in_the_study_file(build):
    nasty = 'x"\n[train]\nsteps = 1 # ]'
    made = build({"gold-only": 0.5})
    data = {"gold": {"name": nasty, "sha256": "1\nsteps = 1"}, f"silver {nasty}": {"name": "\x7f\x00"}}
    values = tomllib.loads(study(replace(made, made={**made.made, "data": data})))
    assert values["gold"] == nasty
    assert values["silver"] == {nasty: "\x7f\x00"}
    assert values["train"]["steps"] == 60


def test_settings_that_not_all_cells_share_are_told_by_row(build):
    made = build({"gold-only": 0.5, "pooled": 0.6})
    first, second = made.rows
    records = ({"settings": {"silver": {"trusted": "all"}, "batch_size": 8}}, {"settings": {"batch_size": 8}})
    rows = tuple(
        replace(row, results=(replace(row.results[0], run=replace(row.results[0].run, settings=record)),))
        for row, record in zip((first, second), records, strict=True)
    )
    assert dict(differing(replace(made, rows=rows))) == {"gold-only, seed 0": "settings.silver.trusted all"}


@pytest.mark.parametrize(
    "values",
    [
        {"a": 1, "b": {"c": [1, "x"], "d e": {"f": True}}, "g": -0.5},
        {"list": [{"a": 1, "b": {"c": 2}}, {"a": "\u2028\x85"}], "after": 3},
        {"empty": {}, "none": [], 'quo"te': "line\nbreak\\"},
        {"mixed": [1, {"a": 2}], "nested": [[1, 2], ["x"]], "big": 1e300},
    ],
)
def test_toml_is_read_back_as_it_was(values):
    assert tomllib.loads(toml(json.loads(json.dumps(values)))) == values
