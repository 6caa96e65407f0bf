"""A model is served from a notebook, from a program, or by another ASGI server; what cannot be served is said first."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import vermeil as vm
from vermeil.data import Example, Span
from vermeil.errors import ModelError, SettingsError
from vermeil.students import student


@pytest.fixture
def names(tmp_path):
    learner = student("memorizer", ("PER",))
    learner.learn([Example("Ada", (Span(0, 3, "PER"),))])
    learner.save(tmp_path / "names")
    return tmp_path / "names"


def asked(address, text="Ada"):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request("POST", "/predict", json.dumps({"text": text}), {"Content-Type": "application/json"})
    found = json.loads(connection.getresponse().read())
    connection.close()
    return [span["text"] for span in found["results"][0]["spans"]]


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
