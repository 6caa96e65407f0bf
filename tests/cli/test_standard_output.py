"""Standard output that nobody reads any more, or that is full: exit code 0 and silence, or one line; never more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

VERBS = (
    ("predict", "model", "raw.txt"),
    ("evaluate", "model", "gold.conll", "--json"),
    ("list",),
    ("--version",),
)


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def surroundings(vermeil, desk, request):
    """A desk with a model, and the environment of a program that writes at once or when it has enough."""
    arguments = ("--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only", "--steps", "5")
    assert vermeil("train", *arguments, "--out", "model").code == 0
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


def ran(arguments, surroundings, output):
    run = (sys.executable, "-m", "vermeil", *arguments)
    done = subprocess.run(run, stdout=output, stderr=subprocess.PIPE, text=True, env=surroundings, timeout=120)
    return done.returncode, done.stderr


def test_a_reader_who_has_gone_away_is_no_failure(surroundings):
    reading, writing = os.pipe()
    os.close(reading)
    ends = {arguments: ran(arguments, surroundings, writing) for arguments in VERBS}
    os.close(writing)
    assert ends == dict.fromkeys(VERBS, (0, ""))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_line(surroundings):
    with Path("/dev/full").open("wb") as full:
        ends = {arguments: ran(arguments, surroundings, full) for arguments in VERBS}
    said = "vermeil: standard output was not written: the disk is full; free some space and run again\n"
    assert ends == dict.fromkeys(VERBS, (2, said))
