"""A comparison that is killed at any moment goes on, within a cell too, and ends as an unbroken one."""

from __future__ import annotations

import json
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


def test_killed_while_it_labels_it_does_not_train_again(tmp_path):
    out = tmp_path / "killed"
    assert subprocess.run([sys.executable, __file__, str(out), "labelling test"]).returncode == -signal.SIGKILL
    (trained,) = out.glob("cells/unfinished/*/step-000000040")
    same = []

    def look(progress):
        if progress.doing == "labelling dev" and not same:
            same.append(trained.stat().st_ino == written)

    written = trained.stat().st_ino
    resumed = run(out, on_progress=look)
    assert same == [True]
    assert scores(resumed) == scores(run(tmp_path / "whole"))
    assert not list(out.rglob("unfinished"))


def without_a_part(path: Path) -> None:
    content = json.loads(path.read_text())
    del content["choice"]
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (without_a_part, "was written by another version of vermeil (no choice)"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "the checkpoint is damaged"),
        (lambda path: path.write_text(path.read_text().replace('"threads": 1', '"threads": 9')), "another threads"),
    ],
    ids=["another version's", "damaged", "another run's"],
)
def test_a_checkpoint_of_no_use_costs_its_own_cell_alone(tmp_path, caplog, spoil, why):
    out = tmp_path / "killed"
    subprocess.run([sys.executable, __file__, str(out), "labelling test"])
    (kept,) = out.glob("cells/unfinished/*/step-000000040/state.json")
    spoil(kept)
    resumed = run(out)
    (warning,) = caplog.messages
    assert warning.startswith("pooled, 10 gold, seed 0 is trained anew: ")
    assert why in warning
    assert "--fresh" not in warning
    assert scores(resumed) == scores(run(tmp_path / "whole"))


def die(doing: str):
    """Kills this very process once it does that."""

    def on_progress(progress):
        if progress.doing == doing:
            os.kill(os.getpid(), signal.SIGKILL)

    return on_progress


if __name__ == "__main__":
    run(sys.argv[1], on_progress=die(*sys.argv[2:] or [""]))
