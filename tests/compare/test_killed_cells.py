"""A comparison that is killed at any moment goes on, within a cell too, and ends as an unbroken one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flights import LABELS, flights

from vermeil.compare import CompareSettings, compare
from vermeil.train.trainer import TrainSettings

GOLD, SILVER = flights(), flights(verb="went", source="strong")
SETS = {"gold": GOLD, "silver": SILVER, "dev": flights(verb="ran"), "test": flights(verb="walked")}
STRATEGIES = ("pooled", "linear")
SETTINGS = CompareSettings(
    student="memorizer", train=TrainSettings(steps=40, batch_size=4), seeds=(0, 1), gold_sizes=(10,)
)


def run(out: Path | str, **listen):
    return compare(STRATEGIES, LABELS, **SETS, settings=SETTINGS, out=out, **listen)


def scores(comparison):
    return [(row.name, [(r.seed, r.scores, r.dev, r.predictions) for r in row.results]) for row in comparison]


def test_killed_after_some_cells_it_ends_as_if_it_had_not_been(tmp_path):
    child = subprocess.Popen([sys.executable, __file__, str(tmp_path / "killed")])
    try:
        while len(list((tmp_path / "killed/cells").glob("*.json"))) < 2 and child.poll() is None:
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.wait()
    before = []
    resumed = run(tmp_path / "killed", on_result=lambda result, done: before.append(done))
    assert sum(before) >= 2
    assert scores(resumed) == scores(run(tmp_path / "whole"))
    assert not list(tmp_path.rglob("unfinished"))


def test_stopped_within_a_cell_it_goes_on_within_it(tmp_path):
    def stop(progress):
        if progress.doing == "training" and progress.done:
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, on_progress=stop)
    (unfinished,) = (tmp_path / "cells/unfinished").iterdir()
    assert list(unfinished.glob("step-*"))
    resumed = run(tmp_path)
    assert scores(resumed) == scores(run(tmp_path / "whole"))
    assert max(result.seconds for row in resumed for result in row.results) > 0.5  # those before the stop count too


if __name__ == "__main__":
    run(sys.argv[1])
