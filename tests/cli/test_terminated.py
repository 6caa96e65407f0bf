"""SIGTERM, as `docker stop` sends it, ends every long verb as Ctrl-C does: in one line, to be gone on with."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fault_server import FaultServer
from vermeil.cli import app
from vermeil.compare import read_comparison
from vermeil.data import Example, Span
from vermeil.students import student

VERMEIL = (sys.executable, "-m", "vermeil")
STEPS = 3000
TRAIN = ("train", "--task", "task.toml", "--gold", "gold.conll", "--student", "memorizer", "--strategy", "gold-only")
COMPARE = ("compare", "--task", "task.toml", "--gold", "gold.conll", "--dev", "gold.conll", "--test", "gold.conll")
GRID = ("--strategy", "gold-only", "--strategy", "gold-then-gold", "--set", "student=memorizer")


def stopped(arguments: tuple[str, ...], once: Callable[[], object], *, all_of_them: bool = False) -> str:
    """Send a SIGTERM to the program, or to all of its processes, once that is so; returns what it complained."""
    run = subprocess.Popen([*VERMEIL, *arguments], stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        while not once():
            assert run.poll() is None, run.communicate()
            time.sleep(0.01)
        (os.killpg if all_of_them else os.kill)(run.pid, signal.SIGTERM)
        _, complaint = run.communicate(timeout=30)
    finally:
        run.kill()
    assert run.returncode == 143, complaint
    return complaint.splitlines()[-1]


def is_said(line: str) -> bool:
    return bool(re.fullmatch(r"vermeil: stopped; .*the same command goes on from them", line))


def test_annotate_keeps_what_was_asked(vermeil, desk, monkeypatch):
    (desk / "many.txt").write_text("".join(f"Ada flew {n} times.\n" for n in range(200)))
    with FaultServer(lambda prompt: '{"entities": []}', delay=0.3) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        arguments = ("annotate", "many.txt", "--task", "task.toml", "--llm", "openai:m", "--in-flight", "8")
        assert is_said(stopped(arguments, lambda: len(server.requests) > 8))
        assert json.loads(vermeil("answers", "stats", "--json").out)["answers"] == len(server.requests)


def test_predict_keeps_what_was_labelled(desk):
    learner = student("memorizer", ("LOC",))
    learner.learn([Example("to Oslo", (Span(3, 7, "LOC"),))])
    learner.save(desk / "names")
    (desk / "many.txt").write_text("".join(f"to Oslo for the {number}th time\n" for number in range(40_000)))
    partial = lambda: any(path.stat().st_size > 2**18 for path in desk.glob(".out.jsonl.*.partial"))  # noqa: E731
    assert is_said(stopped(("predict", "names", "many.txt", "--out", "out.jsonl"), partial))
    assert partial()
    assert not (desk / "out.jsonl").exists()


def test_train_keeps_the_step_it_was_at(desk):
    arguments = (*TRAIN, "--steps", str(STEPS), "--out", "model", "--checkpoint-every", "3600")
    assert is_said(stopped(arguments, lambda: Path("model.checkpoint/lock").exists() and not time.sleep(0.5)))
    (kept,) = Path("model.checkpoint").glob("step-*")
    assert 0 < int(kept.name.partition("-")[2]) < STEPS
    assert subprocess.run([*VERMEIL, *arguments], capture_output=True).returncode == 0
    assert not Path("model.checkpoint").exists()


@pytest.mark.parametrize("all_of_them", [False, True], ids=["the program", "all of its processes"])
def test_compare_keeps_its_cells_and_leaves_no_worker(desk, all_of_them):
    arguments = (*COMPARE, *GRID, "--steps", str(STEPS), "--out", "results", "--workers", "2")
    arguments += tuple(part for seed in range(3) for part in ("--seed", str(seed)))
    cells = lambda: list(Path("results/cells").glob("*.json"))  # noqa: E731
    assert is_said(
        stopped(arguments, cells, all_of_them=all_of_them)
    )  # workers share its standard error: they are gone
    assert read_comparison("results").rows
    assert len(cells()) < 6


def test_compare_in_one_process_keeps_the_step_it_was_at(desk):
    arguments = (*COMPARE, *GRID, "--steps", "400000", "--out", "results", "--workers", "1")
    under_way = lambda: list(Path("results").glob("cells/unfinished/*/lock")) and not time.sleep(0.5)  # noqa: E731
    assert is_said(stopped(arguments, under_way))
    assert list(Path("results").glob("cells/unfinished/*/step-*"))


def test_in_the_background_of_a_shell_too(desk):
    """Such a program is started with SIGINT ignored."""
    arguments = (*TRAIN, "--steps", "400000", "--out", "model")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert is_said(stopped(arguments, lambda: Path("model.checkpoint/lock").exists() and not time.sleep(0.5)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(Path("model.checkpoint").glob("step-*"))


def test_a_ctrl_c_while_a_folder_is_removed_is_still_one(desk, monkeypatch, capsys):
    (desk / "unfinished").mkdir()
    close = os.close

    def struck(descriptor: int) -> None:
        close(descriptor)
        monkeypatch.setattr(os, "close", close)
        raise KeyboardInterrupt

    def removing(**settings: object) -> None:
        monkeypatch.setattr(os, "close", struck)
        shutil.rmtree(desk / "unfinished", ignore_errors=True)

    monkeypatch.setattr(app, "app", removing)
    assert app._exit_code() == 130
    assert is_said(capsys.readouterr().err.strip())
