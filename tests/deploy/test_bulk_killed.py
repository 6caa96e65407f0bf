"""A run that is killed at any moment goes on, and ends as one that was never stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from vermeil.data import Example, Span
from vermeil.deploy.bulk import predict_files
from vermeil.students import student


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_labelled_before_the_kill_is_kept(tmp_path, how):
    learner = student("memorizer", ("LOC",))
    learner.learn([Example("to Oslo", (Span(3, 7, "LOC"),))])
    learner.save(tmp_path / "names")
    (tmp_path / "raw.txt").write_text("".join(f"to Oslo for the {number}th time\n" for number in range(8_000)))
    arguments = ("predict", "names", "raw.txt", "--out", "out.jsonl")
    began = subprocess.Popen([sys.executable, "-m", "vermeil", *arguments], cwd=tmp_path, stderr=subprocess.PIPE)
    while not any(path.stat().st_size > 2**18 for path in tmp_path.glob(".out.jsonl.*.partial")):
        assert began.poll() is None
        time.sleep(0.01)
    began.send_signal(how)
    _, complaint = began.communicate()
    assert began.returncode == (130 if how == signal.SIGINT else -how), complaint
    assert not (tmp_path / "out.jsonl").exists()
    done = predict_files(tmp_path / "names", [tmp_path / "raw.txt"], tmp_path / "out.jsonl")
    assert 1024 <= done.before < 8_000
    predict_files(tmp_path / "names", [tmp_path / "raw.txt"], tmp_path / "whole.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
