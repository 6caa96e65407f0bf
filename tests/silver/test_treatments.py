"""Treatments have names, and options that a file or a flag can set."""

from __future__ import annotations

import pytest

from vermeil.compare.plan import CompareSettings
from vermeil.errors import SettingsError, UnknownName
from vermeil.settings import check
from vermeil.silver.settings import TREATMENTS, SilverSettings, treatment
from vermeil.train.trainer import TrainSettings


def test_a_file_names_a_treatment_or_sets_its_options():
    assert check({"silver": "masked"}, TrainSettings, "x").silver == TREATMENTS["masked"]
    own = {"silver": {"errors": True, "disagreement": ["missed", "type"], "smoothing": 0.1}}
    assert check(own, TrainSettings, "x").silver.disagreement == ("missed", "type")


def test_a_comparison_names_several_or_has_its_own():
    named = check({"treatments": ["as-it-is", "soft"]}, CompareSettings, "x").treatments
    assert named == {"as-it-is": SilverSettings(), "soft": TREATMENTS["soft"]}
    own = check({"treatments": {"mine": {"generalised": 0.5}}}, CompareSettings, "x").treatments
    assert own["mine"].generalised == 0.5


def test_a_named_treatment_goes_together_with_options_of_ones_own():
    mixed = check({"silver": {"treatment": "masked", "smoothing": 0.1, "disagreement": ["type"]}}, TrainSettings, "x")
    assert mixed.silver == SilverSettings(errors=True, use="mask", smoothing=0.1, disagreement=("type",))


@pytest.mark.parametrize(
    ("silver", "says"),
    [
        ("maskd", "did you mean 'masked'"),
        ({"eror": True}, "did you mean 'errors'"),
        ({"use": "drop"}, "'mask', 'weight', 'soft' or 'correct'"),
        ({"use": "correct"}, "set errors = true"),
        ({"use": "soft"}, "follows from judging labels; set errors = true or scores = true"),
        ({"after": 0.5, "smoothing": 0.1}, "set disagreement"),
        ({"treatment": "maskd", "smoothing": 0.1}, "did you mean 'masked'"),
        ({"treatment": "masked", "smoothng": 0.1}, "did you mean 'smoothing'"),
        ({"disagreement": ["wrong"]}, "missed"),
        ({"smoothing": 1.0}, "less than 1"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(silver: object, says: str):
    with pytest.raises(SettingsError, match=says):
        check({"silver": silver}, TrainSettings, "options")


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(UnknownName, match="weighted"):
        treatment("none")


def test_every_named_treatment_but_one_does_something():
    assert [name for name, each in TREATMENTS.items() if not each.changes] == ["as-it-is"]
