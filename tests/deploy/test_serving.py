"""A model is served from a notebook, from a program, or by another ASGI server; what cannot be served is said first."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import vermeil as vm
from vermeil.data import Example, Span
from vermeil.deploy.server.metrics import Metrics
from vermeil.errors import ModelError, SettingsError
from vermeil.students import student


@pytest.fixture
def names(tmp_path):
    learner = student("memorizer", ("PER",))
    learner.learn([Example("Ada", (Span(0, 3, "PER"),))])
    learner.save(tmp_path / "names")
    return tmp_path / "names"


def posted(address, asked):
    """Status and content of the answer."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    connection.request("POST", "/predict", json.dumps(asked), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def asked(address, text="Ada"):
    return [span["text"] for span in posted(address, {"text": text})[1]["results"][0]["spans"]]


def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true")


def test_a_block_serves_a_model_and_ends_its_threads(names):
    before = set(threading.enumerate())
    with vm.serving(names) as address:
        assert asked(address) == ["Ada"]
        assert {thread.name for thread in set(threading.enumerate()) - before} >= {"labels", "vermeil serve"}
    with pytest.raises(ConnectionRefusedError):
        asked(address)
    assert set(threading.enumerate()) <= before


def test_two_servers_stand_side_by_side(names):
    with vm.serving(names) as one, vm.serving(names) as other:
        assert one != other
        assert asked(one) == asked(other) == ["Ada"]


def test_it_serves_inside_a_running_loop_where_the_plain_call_cannot(names):
    async def notebook():
        with pytest.raises(SettingsError, match=r"use `with vm\.serving\(model\)"):
            vm.serve(names, vm.ServeSettings(port=0))
        with vm.serving(names) as address:
            return await asyncio.to_thread(asked, address)

    assert asyncio.run(notebook()) == ["Ada"]


def answered(app, headers=((b"host", b"labels.example.org"),)):
    """What the application sends, as another server would ask it."""
    body, sent = asyncio.Queue(), []

    async def send(message):
        sent.append(message)

    async def ask():
        await body.put({"type": "http.request", "body": b'{"text": "Ada"}', "more_body": False})
        scope = {"type": "http", "method": "POST", "path": "/predict", "raw_path": b"/predict", "query_string": b""}
        scope |= {"scheme": "https", "http_version": "2", "server": None, "client": None}
        await app(scope | {"headers": [*headers, (b"content-type", b"application/json")]}, body.get, send)
        return sent[0]["status"], json.loads(b"".join(part["body"] for part in sent[1:]))

    return ask()


def test_another_server_runs_the_application(names):
    app = vm.server_app(names, vm.ServeSettings(names=("labels.example.org",)))

    async def elsewhere():
        incoming, outgoing = asyncio.Queue(), asyncio.Queue()
        lifespan = asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
        await incoming.put({"type": "lifespan.startup"})
        assert (await outgoing.get())["type"] == "lifespan.startup.complete"
        found = await answered(app)
        await app({"type": "websocket", "path": "/"}, incoming.get, outgoing.put)
        assert (await outgoing.get())["type"] == "websocket.close"
        await incoming.put({"type": "lifespan.shutdown"})
        await lifespan
        return found

    status, reply = asyncio.run(elsewhere())
    assert (status, reply["results"][0]["spans"][0]["text"]) == (200, "Ada")


def test_an_application_that_was_not_started_says_so_and_does_not_hang(names):
    status, reply = asyncio.run(answered(vm.server_app(names), [(b"host", b"localhost")]))
    assert (status, reply) == (503, {"error": "no texts are labelled: the server starts, or stops"})


class Slow:
    """A student that takes its time for each text."""

    labels, kind, settings = ("PER",), "spans", {}

    def __init__(self, seconds):
        self.seconds, self.done = seconds, 0

    def predict(self, examples, on_done=None):
        for _ in examples:
            time.sleep(self.seconds if self.done else 0)  # not for the server's own first text
            self.done += 1
        return [()] * len(examples)


def test_what_is_not_done_in_time_is_answered_and_labelled_no_further():
    student = Slow(0.2)
    with ThreadPoolExecutor(1) as pool:
        with vm.serving(student, vm.ServeSettings(port=0, patience=1)) as address:
            reply = pool.submit(posted, address, {"texts": ["x" * 300] * 64})
            until(lambda: student.done > 1)
        assert student.done < 30
        status, content = reply.result()
    assert (status, content) == (503, {"error": "the server stops, and this was not done in time; ask again"})


SIGNALLED = """
import sys, time
sys.path.insert(0, {tests!r})
import vermeil as vm
from test_serving import Slow
given_up = vm.serve(Slow(60), vm.ServeSettings(port=0), lambda address: print(address, flush=True))
print("given up:", given_up)
"""


def test_a_second_signal_ends_it_though_a_text_is_being_labelled():
    code = SIGNALLED.format(tests=str(Path(__file__).parent))
    with (
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as program,
        ThreadPoolExecutor(1) as pool,
    ):
        reply = pool.submit(posted, program.stdout.readline().strip(), {"text": "Ada"})
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(2):
            program.send_signal(signal.SIGINT)
            time.sleep(0.2)
        assert reply.result()[0] == 503
        assert program.stdout.read() == "given up: 1\n"
        assert (program.wait(10), time.monotonic() - began < 3) == (0, True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_whose_labelling_thread_has_died_ends(names, monkeypatch):
    monkeypatch.setattr(Metrics, "round", lambda metrics, done: 1 / 0)
    before = set(threading.enumerate())
    with vm.serving(names) as address:
        asked(address)
        until(lambda: set(threading.enumerate()) <= before)


def test_a_program_whose_labelling_thread_has_died_is_told(names):
    code = """
import sys, threading
sys.path.insert(0, {tests!r})
import vermeil as vm
from test_serving import Metrics, asked
Metrics.round = lambda metrics, done: 1 / 0
try: vm.serve({names!r}, vm.ServeSettings(port=0), lambda to: threading.Thread(target=asked, args=(to,)).start())
except vm.VermeilError as error: print(error)
"""
    code = code.format(tests=str(Path(__file__).parent), names=str(names))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "the server ended, for the thread that labels has died; its own output says why\n"
    assert "ZeroDivisionError" in done.stderr


def test_a_port_in_use_is_said_before_the_model_is_loaded(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = vm.ServeSettings(port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match=r"in use.*choose another port"):
            vm.serve(tmp_path / "nowhere", settings)
    with pytest.raises(SettingsError, match=r"cannot listen at no\.such\.host\.invalid:0"):
        vm.serve(tmp_path / "nowhere", vm.ServeSettings(host="no.such.host.invalid", port=0))


def test_a_folder_that_is_not_safe_is_not_served(names):
    (names / "vermeil.json").write_text('{"student": "../../evil", "labels": ["PER"], "settings": {}}')
    with pytest.raises(vm.VermeilError, match="evil"):
        vm.serve(names, vm.ServeSettings(port=0))
    with pytest.raises(ModelError, match="no such folder"), vm.serving(names / "nowhere"):
        pass


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "prometheus_client"])
def test_without_the_extra_it_is_said_how_to_install_it(names, package):
    code = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "import vermeil as vm\n"
        f"try: vm.serve({str(names)!r}, vm.ServeSettings(port=0))\n"
        "except vm.VermeilError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "a server needs an optional dependency: pip install 'vermeil[serve]'\n"


def test_the_guide_names_every_setting_and_every_route():
    guide = (Path(__file__).parents[2] / "docs/serving.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", guide))
    assert set(vm.ServeSettings.model_fields) <= named
    assert {"/predict", "/health", "/metrics", "/openapi.json"} <= set(re.findall(r"(?:GET|POST) (/[\w.]+)", guide))
