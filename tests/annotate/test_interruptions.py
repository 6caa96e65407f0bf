"""A run that is killed, or stopped with Ctrl-C, in a process of its own: what was paid for is still there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from names_task import names_in

from fault_server import FaultServer
from vermeil.annotate.store import MOST_UNWRITTEN, AnswerStore

WORKERS = 8
TEXTS = [f"Anna met Bob {number}" for number in range(120)]

RUN = """
import json, sys
from names_task import Names
from vermeil.annotate.annotator import Annotator
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.pace import Limits
from vermeil.llms.openai import LLM

url, folder, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
texts = json.load(open(f"{folder}/texts.json"))
with AnswerStore(f"{folder}/answers.db") as store:
    silver = Annotator(Names(), LLM("m", base_url=url), store, limits=Limits(workers)).annotate(texts)
json.dump([[e.text, [[s.start, s.end, s.label] for s in e.labels], e.failed] for e in silver], sys.stdout)
"""


def start(server: FaultServer, folder: Path) -> subprocess.Popen[str]:
    (folder / "texts.json").write_text(json.dumps(TEXTS))
    return subprocess.Popen(
        [sys.executable, "-c", RUN, server.url, str(folder), str(WORKERS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )


def stored(folder: Path) -> set[str]:
    with AnswerStore(folder / "answers.db") as store:
        store.verify()
        return {row.text for row in store.rows()}


def wait_until(done: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> str:
    with FaultServer(names_in) as server:
        output, problems = start(server, tmp_path_factory.mktemp("unbroken")).communicate(timeout=60)
    assert problems == ""
    return output


@pytest.mark.parametrize("moment", random.Random(0).sample(range(10, 110), 3))
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, unbroken: str, moment: int) -> None:
    with FaultServer(names_in, delay=0.01) as server:
        first = start(server, tmp_path)
        wait_until(lambda: len(server.requests) >= moment, first)
        first.kill()
        first.communicate()
        kept = stored(tmp_path)
        second = start(server, tmp_path)
        output, problems = second.communicate(timeout=60)
    assert (output, problems) == (unbroken, "")
    twice = {text for text, count in server.calls.items() if count > 1}
    assert not twice & kept, "an answer that was saved is never paid for again"
    assert len(twice) <= WORKERS + MOST_UNWRITTEN
    assert max(server.calls.values()) <= 2
    assert set(server.calls) == set(TEXTS)


def test_ctrl_c_keeps_every_answer_that_was_under_way(tmp_path: Path, unbroken: str) -> None:
    with FaultServer(names_in, delay=0.05) as server:
        first = start(server, tmp_path)
        wait_until(lambda: len(server.requests) >= 40, first)
        first.send_signal(signal.SIGINT)
        _, problems = first.communicate(timeout=60)
        assert "KeyboardInterrupt" in problems
        assert first.returncode != 0
        assert stored(tmp_path) == set(server.calls), "all that was asked for is kept"
        output, _ = start(server, tmp_path).communicate(timeout=60)
    assert output == unbroken
    assert set(server.calls.values()) == {1}
