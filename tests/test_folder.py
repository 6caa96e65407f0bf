"""A folder of modules is a list of choices."""

from __future__ import annotations

import sys

import pytest

from vermeil import folder, students
from vermeil.errors import UnknownName


def test_the_choices_are_the_files_without_base_and_private_ones():
    assert "base" not in folder.names(students)
    assert {"memorizer", "minilm", "transformer"} <= set(folder.names(students))


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(
        UnknownName, match=r"no student named 'memoriser' \(did you mean 'memorizer'\?\); there are: mem"
    ):
        folder.load("student", students, "memoriser")


def test_choices_are_described_without_being_imported():
    sys.modules.pop("vermeil.students.memorizer", None)
    assert folder.abouts(students)["memorizer"]
    assert "vermeil.students.memorizer" not in sys.modules
