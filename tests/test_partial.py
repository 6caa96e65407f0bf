"""What a killed process left half-written goes away; what another one is writing does not."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vermeil import files

WRITING = """
import sys, time
from vermeil import files
with files.{how} as made:
    (made / "weights").write_text("half") if isinstance(made, files.Path) else made.write("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def killed_while_writing(how: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITING.format(how=how)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        writer.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("name", ["out.jsonl", "odd [1]*?.jsonl"])
def test_the_next_write_removes_what_a_killed_one_left(tmp_path: Path, name: str) -> None:
    killed_while_writing(f"replacing({str(tmp_path / name)!r})")
    assert len(list(tmp_path.iterdir())) == 1
    files.write_text(tmp_path / name, "whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_next_folder_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    killed_while_writing(f"new_folder({str(tmp_path / 'model')!r})")
    with files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_somebody_else_is_writing_is_left_alone(tmp_path: Path) -> None:
    with files.replacing(tmp_path / "out") as first, files.replacing(tmp_path / "out") as second:
        first.write("first")
        second.write("second")
    assert (tmp_path / "out").read_text() == "first"


def test_what_has_another_name_is_left_alone(tmp_path: Path) -> None:
    others = [
        ".out.0123abcd0123abcd.partial",
        ".out.0123abcd.partial.kept",
        ".output.0123abcd.partial",
        ".out.b.partial",
    ]
    for name in others:
        (tmp_path / name).write_text("somebody's")
    files.write_text(tmp_path / "out", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "out"])
