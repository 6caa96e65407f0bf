"""`vermeil serve` until it is told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("fastapi")

from vermeil.data import Example, Span
from vermeil.students import student


@pytest.fixture
def model(tmp_path):
    learner = student("memorizer", ("PER",))
    learner.learn([Example("Ada", (Span(0, 3, "PER"),))])
    learner.save(tmp_path / "names")
    return tmp_path / "names"


@pytest.fixture
def begun(model):
    """The program, and the port that it says it listens at."""
    command = [sys.executable, "-m", "vermeil", "serve", str(model), "--port", "0", "--set", "patience=5"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        line = program.stderr.readline()
        yield program, int(re.search(r"served at http://127\.0\.0\.1:(\d+) ", line)[1])
        program.kill()


def half_asked(port):
    """A connection whose request lacks the end of its body."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
    client.sendall(b'Content-Length: 15\r\n\r\n{"text": ')
    return client


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_what_is_under_way_is_finished_when_it_is_told_to_stop(begun, sent):
    program, port = begun
    with half_asked(port) as client, socket.create_connection(("127.0.0.1", port)) as idle:
        time.sleep(0.3)
        program.send_signal(sent)
        time.sleep(0.3)
        assert idle.recv(10) == b""
        client.sendall(b'"Ada"}')
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["results"][0]["spans"][0]["text"] == "Ada"
    assert program.wait(10) == 0
    assert program.stderr.read() == "stopped; what was under way is done\n"


def test_a_second_signal_does_not_wait(begun):
    program, port = begun
    with half_asked(port) as client:
        time.sleep(0.3)
        began = time.monotonic()
        for _ in range(2):
            program.send_signal(signal.SIGINT)
            time.sleep(0.2)
        assert program.wait(10) == 0
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 503")
    assert "the server stops" in json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]
    assert time.monotonic() - began < 3
    assert program.stderr.read() == "stopped; given up: 1 request\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "--port", "0"), "no such folder"),
        (("names", "--port", "70000"), "port.*less than or equal to 65535, got 70000"),
        (("names", "--set", "text=3"), "unknown key 'text' (did you mean 'texts'?)"),
        (("names", "--host", "203.0.113.7"), "cannot listen at 203.0.113.7:8000"),
    ],
)
def test_a_mistake_is_one_line(vermeil, model, monkeypatch, arguments, message):
    monkeypatch.chdir(model.parent)
    ran = vermeil(
        "serve", *arguments, *(("--set", "port=0") if "--set" in arguments or arguments == ("nowhere",) else ())
    )
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert re.search(re.escape(message).replace(r"\.\*", ".*"), ran.err)


def test_a_port_in_use_is_one_line(vermeil, model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = vermeil("serve", model, "--port", port)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert f"cannot listen at 127.0.0.1:{port}" in ran.err
    assert os.strerror(98) in ran.err
