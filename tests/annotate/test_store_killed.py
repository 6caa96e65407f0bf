"""The store under kill -9, and under others who want it, too."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vermeil.annotate.store import AnswerStore

WRITING = """
import sys
from vermeil.annotate.store import AnswerStore
from vermeil.annotate.stored import answer_key
from vermeil.exchange import Message, Prompt
from vermeil.llms.scripted import LLM

llm = LLM("tiny")
with AnswerStore(sys.argv[1]) as store:
    start = len(store)
    print("open", flush=True)
    for number in range(start, start + 1_000_000):
        prompt = Prompt((Message("user", f"text {number}"),))
        key = answer_key(llm.settings, prompt)
        attempt = store.sent(key, llm.name, f"text {number}")
        if number % 7 == 0:
            store.flush()
            print("sent", number, flush=True)
        store.put(llm, prompt, f"text {number}", "x" * (number % 3000), key=key, attempt_id=attempt)
        if number % 10 == 0:
            store.flush()
            print("kept", number, flush=True)
"""

OPENING = """
import sys
from vermeil.annotate.store import AnswerStore
from vermeil.errors import StoreError

refused = 0
for _ in range(int(sys.argv[2])):
    try:
        AnswerStore(sys.argv[1]).close()
    except StoreError as error:
        refused += "is in use by another run" in str(error)
print(refused)
"""


WAITING = """
import sys, time
from pathlib import Path
from vermeil.annotate.store import AnswerStore
from vermeil.errors import StoreError

print("ready", flush=True)
while not Path(sys.argv[1]).with_name("go").exists():
    pass
try:
    with AnswerStore(sys.argv[1]):
        time.sleep(1)
        print("got it")
except StoreError:
    print("in use")
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_after(seconds: float, store: Path) -> dict[str, int]:
    """The last text that it said was sent, and the last that it said was kept."""
    process = start(WRITING, store)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    told = process.communicate()[0].splitlines(keepends=True)
    return {what: int(number) for what, number in (line.split() for line in told if line.endswith("\n"))}


def check_nothing_is_lost(store: Path, rounds: int) -> None:
    moments = random.Random(0)
    unknown = -1
    for _ in range(rounds):
        told = killed_after(moments.uniform(0.0, 0.4), store)
        with AnswerStore(store) as kept:
            kept.verify()
            texts = {row.text for row in kept.rows()}
            ledger = kept.ledger()
            attempted = {attempt.words for attempt in kept.attempts()}
        assert texts == {f"text {number}" for number in range(len(texts))}, "none is missing between others"
        assert len(texts) > told.get("kept", -1), "what it said was kept is there"
        assert told.get("sent", 0) < 1 or f"text {told['sent']}" in attempted
        assert (ledger.sent, ledger.got) == (0, len(texts))
        assert ledger.unknown >= unknown, "what was under way stays on record"
        unknown = ledger.unknown


def test_a_killed_process_loses_no_answer_that_it_was_told_is_kept(tmp_path: Path) -> None:
    check_nothing_is_lost(tmp_path / "answers.db", rounds=6)


@pytest.mark.slow
def test_a_process_killed_a_hundred_times_loses_nothing(tmp_path: Path) -> None:
    check_nothing_is_lost(tmp_path / "answers.db", rounds=100)


@pytest.mark.parametrize("others", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_all_others_are_refused_while_one_writes(tmp_path: Path, others: int) -> None:
    path = tmp_path / "answers.db"
    writing = start(WRITING, path)
    assert writing.stdout is not None
    assert writing.stdout.readline() == "open\n"
    opening = start(OPENING, path, others)
    while opening.poll() is None:
        writing.stdout.readline()  # else it would stand still when the pipe is full
    assert opening.communicate()[0] == f"{others}\n"
    writing.kill()
    writing.communicate()
    with AnswerStore(path) as store:
        store.verify()
        assert len(store) > 0


def test_of_two_that_start_at_once_one_gets_the_store(tmp_path: Path) -> None:
    path, go = tmp_path / "answers.db", tmp_path / "go"
    both = [start(WAITING, path, 1) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    go.touch()
    assert sorted(process.communicate()[0] for process in both) == ["got it\n", "in use\n"]
