"""Work in processes comes back with its events, and a dead or failing worker is an error, not a hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vermeil.errors import DataError, VermeilError
from vermeil.execute.events import tell
from vermeil.execute.here import Here
from vermeil.execute.processes import Processes


class Squarer:
    """Squares numbers; tells about each; 13 is bad luck and 99 kills."""

    def __call__(self, number: int) -> tuple[int, int]:
        tell(("squaring", number))
        if number == 13:
            raise DataError("13 is refused")
        if number == 99:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number, os.getpid()


def test_every_item_comes_back_with_its_result_from_other_processes():
    heard = []
    done = dict(Processes(2, heard.append).map(Squarer, range(6)))
    assert {item: square for item, (square, _) in done.items()} == {i: i * i for i in range(6)}
    assert os.getpid() not in {pid for _, pid in done.values()}
    assert sorted(heard) == [("squaring", i) for i in range(6)]


def test_an_error_in_a_worker_is_raised_where_the_results_are_read():
    with pytest.raises(DataError, match="13 is refused"):
        list(Processes(1).map(Squarer, [1, 13]))


def test_a_worker_that_dies_ends_in_one_clear_error():
    with pytest.raises(VermeilError, match="worker process died; out of memory"):
        list(Processes(1).map(Squarer, [99]))


class Sleeper:
    """Says who works, and sleeps for a minute."""

    def __call__(self, number: int) -> None:
        tell(os.getpid())
        time.sleep(60)


CALLER = """
from test_processes import Processes, Sleeper

if __name__ == "__main__":
    list(Processes(2, lambda pid: print(pid, flush=True)).map(Sleeper, [1, 2]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_a_caller_that_is_killed(tmp_path: Path, how: signal.Signals):
    script = tmp_path / "caller.py"
    script.write_text(CALLER)
    found = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=found) as caller:
        assert caller.stdout is not None
        assert len({caller.stdout.readline() for _ in range(2)}) == 2
        caller.send_signal(how)
        caller.communicate(timeout=20)  # its end of the pipe is shut only when the workers, who share it, are gone


def test_here_gives_the_same_results_in_this_process_in_order():
    heard = []
    done = list(Here(heard.append).map(Squarer, [3, 1]))
    assert done == [(3, (9, os.getpid())), (1, (1, os.getpid()))]
    assert heard == [("squaring", 3), ("squaring", 1)]


def test_telling_reaches_nobody_where_nobody_listens():
    list(Here(lambda event: None).map(Squarer, [1]))
    assert Squarer()(2)[0] == 4
