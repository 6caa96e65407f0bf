"""A job with batches, killed at every step: each question is handed in once, and each answer is kept."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from batch_job import SETTLE, TEXTS, llm_at, run
from names_task import names_in

from batch_server import KEY, BatchServer
from vermeil.annotate import batches
from vermeil.annotate.store import AnswerStore


class Jobs:
    """Runs jobs in processes of their own, one at a time."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-c", "import batch_job; batch_job.serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        self._number = 0
        self._known = threading.Event()

    def run(self, url: str, provider: str, store: Path, *, most: int | None = None, settle: float = SETTLE) -> int:
        """Runs a job; returns how it ended, 0 if all is done."""
        assert self._server.stdin
        assert self._server.stdout
        self._known.clear()
        self._server.stdin.write(json.dumps([url, provider, str(store), most, settle]) + "\n")
        self._server.stdin.flush()
        self._number = int(self._server.stdout.readline())
        self._known.set()
        return int(self._server.stdout.readline())

    def kill(self) -> None:
        """Kill the job that runs now."""
        assert self._known.wait(10)
        with suppress(ProcessLookupError):  # it was quicker
            os.kill(self._number, signal.SIGKILL)

    def close(self) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        assert self._server.stdout
        self._server.stdout.close()
        self._server.wait(10)


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    running = Jobs()
    yield running
    running.close()


@pytest.fixture(autouse=True, scope="module")
def keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        yield


def once(moment: int, kill: Callable[[], None], when: str) -> Callable[[str, str], str | None]:
    """Kill the client at the call of this number, before or after it is done; the call itself is lost."""
    calls = 0

    def on_call(call: str, now: str) -> str | None:
        nonlocal calls
        calls += now == "before"
        if calls == moment and now == when:
            calls += 1  # not again
            kill()
            return "lost"
        return None

    return on_call


def check_done(server: BatchServer, store: Path) -> None:
    assert list(server.asked.values()) == [1] * len(TEXTS), "each question is handed in once"
    states = [batch.state for batch in batches.batches_in(batches.folder_of(store))]
    assert {state.step for state in states} == {"merged"}
    assert {state.remote for state in states} == set(server.batches)
    with AnswerStore(store) as answers:
        answers.verify()
        assert sorted(row.text for row in answers.rows()) == sorted(TEXTS), "each answer is kept once"


def calls_of(jobs: Jobs, provider: str, folder: Path, most: int | None) -> int:
    with BatchServer(names_in) as server:
        assert jobs.run(server.url, provider, folder / "unbroken.db", most=most) == 0
        check_done(server, folder / "unbroken.db")
        return server.calls.total()


SEVERAL = pytest.param(3, marks=pytest.mark.slow, id="several")


@pytest.mark.parametrize("most", [pytest.param(None, id="one"), SEVERAL])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_job_killed_at_any_call_goes_on(
    jobs: Jobs, tmp_path: Path, provider: str, when: str, most: int | None
) -> None:
    for moment in range(1, calls_of(jobs, provider, tmp_path, most) + 1):
        store = tmp_path / f"{moment}.db"
        with BatchServer(names_in) as server:
            server.on_call = once(moment, jobs.kill, when)
            assert jobs.run(server.url, provider, store, most=most) == signal.SIGKILL
            assert jobs.run(server.url, provider, store, most=most) == 0
            check_done(server, store)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_batch_that_is_made_after_the_kill_is_found(jobs: Jobs, tmp_path: Path, provider: str) -> None:
    create = "POST /v1/batches" if provider == "openai" else "POST /v1/messages/batches"
    store = tmp_path / "answers.db"

    def kill_and_make_it_late(call: str, moment: str) -> None:
        if call == create and moment == "before":
            server.on_call = lambda call, moment: None
            jobs.kill()
            time.sleep(0.3)

    with BatchServer(names_in) as server:
        server.on_call = kill_and_make_it_late
        assert jobs.run(server.url, provider, store) == signal.SIGKILL
        assert jobs.run(server.url, provider, store, settle=1.0) == 0
        check_done(server, store)


@pytest.mark.parametrize("rounds", [2, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_job_killed_at_random_moments_goes_on(jobs: Jobs, tmp_path: Path, provider: str, rounds: int) -> None:
    moments = random.Random(provider)
    for number in range(rounds):
        store = tmp_path / f"{number}.db"
        with BatchServer(names_in) as server:
            for _ in range(3):
                timer = threading.Timer(moments.uniform(0, 0.25), jobs.kill)
                timer.start()
                jobs.run(server.url, provider, store, most=3)
                timer.cancel()
                timer.join()
            assert jobs.run(server.url, provider, store, most=3) == 0
            check_done(server, store)


def test_the_key_is_in_no_file(tmp_path: Path) -> None:
    with BatchServer(names_in, fate=lambda prompt: "error" if prompt.endswith("0") else "") as server:
        for provider in ("openai", "anthropic"):
            run(llm_at(server.url, provider), tmp_path / f"{provider}.db")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
