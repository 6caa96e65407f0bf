"""`vermeil annotate` under a user's hands: Ctrl-C, and a bar that says what goes on."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from fault_server import FaultServer

ANNOTATE = (sys.executable, "-m", "vermeil", "annotate", "many.txt", "--task", "task.toml", "--llm", "openai:m")
NONE = '{"entities": []}'


@pytest.fixture
def slow(desk, monkeypatch):
    """A server that takes its time, and a file of texts to ask it about."""
    (desk / "many.txt").write_text("".join(f"Ada flew {n} times.\n" for n in range(200)))
    with FaultServer(lambda prompt: NONE, delay=0.5) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        yield server


def wait_for_calls(server, count):
    deadline = time.monotonic() + 30
    while len(server.requests) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_ctrl_c_ends_in_one_line_and_130_and_keeps_what_was_asked(vermeil, slow, desk):
    run = subprocess.Popen([*ANNOTATE, "--in-flight", "8"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for_calls(slow, 9)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (130, "")
    assert re.fullmatch("vermeil: stopped; .*the same command goes on from them\n", err)
    assert not list(desk.glob("*silver*")) + list(desk.glob(".*silver*"))
    stats = json.loads(vermeil("answers", "stats", "--json").out)
    assert stats["answers"] == len(slow.requests)
    ledger = stats["ledger"]
    assert (ledger["got"], ledger["failed"], ledger["unasked"] > 0) == (len(slow.requests), 0, True)
    said = f"{ledger['got']} asked: {ledger['got']} answered(; .*)?; {ledger['unasked']} not asked: the run was stopped"
    assert re.search(said, vermeil("answers", "stats").out)


def test_in_a_terminal_the_bar_says_how_fast_how_long_and_what_a_ctrl_c_waits_for(slow, desk):
    terminal, inside = pty.openpty()
    surroundings = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    run = subprocess.Popen([*ANNOTATE, "--in-flight", "8"], stdout=inside, stderr=inside, env=surroundings)
    os.close(inside)
    wait_for_calls(slow, 24)
    run.send_signal(signal.SIGINT)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # so Linux ends a terminal
            break
        shown += piece
    os.close(terminal)
    assert run.wait(30) == 130
    said = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"\d+/200 +\d[\d.]*/s +\d\d:\d\d 8 in flight · [\d,]+ tokens", said)
    assert "stopping, still to come: 8 (Ctrl-C again gives them up)" in said
    assert said.rstrip().endswith("the same command goes on from them")
