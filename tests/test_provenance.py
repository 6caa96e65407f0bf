"""A run says what made it, and no more."""

from __future__ import annotations

import sys

from vermeil.provenance import _version, cores, provenance, versions


def test_the_versions_that_numbers_depend_on_are_named():
    assert {"python", "vermeil", "numpy", "torch", "transformers"} <= set(versions())


def test_a_thousand_cells_may_ask_for_versions_at_once(monkeypatch):
    asked = []
    monkeypatch.setattr("vermeil.provenance.version", lambda package: asked.append(package) or "1.0")
    _version.cache_clear()
    assert versions() == versions()
    assert len(asked) == len(set(asked))
    _version.cache_clear()


def test_the_command_is_kept_without_the_path_of_its_program(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/vermeil", "train", "--gold", "gold.conll"])
    assert provenance()["command"] == "vermeil train --gold gold.conll"


def test_there_is_at_least_one_core():
    assert cores() >= 1
