"""A9: the wall clock of a run is moved by a day, forwards and back: nothing stalls, and nothing comes in a burst."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from loopback import Loopback

from proofs import Seen
from proofs.cases import Case, wait_until

SOURCE = Path(__file__).with_name("clock.c")
DAY = 86_400
RATE = 20.0
"""Calls a second that the run is limited to, so that a burst would show."""


def compiler() -> str | None:
    """A C compiler, if there is one."""
    return shutil.which("cc") or shutil.which("gcc")


def clock(seconds: float = 12.0) -> Seen:
    """A run of about so many seconds whose clock jumps a day ahead, two days back, and to now again."""
    with tempfile.TemporaryDirectory() as folder, Loopback(0.05) as server:
        shim, offset = Path(folder) / "clock.so", Path(folder) / "offset"
        subprocess.run([str(compiler()), "-shared", "-fPIC", "-O1", "-o", shim, SOURCE, "-ldl"], check=True)
        environment = {"LD_PRELOAD": str(shim), "CLOCK_OFFSET": str(offset)}
        _set(offset, DAY)
        moved = _moves(environment)
        _set(offset, 0)
        options = ("--requests-per-minute", str(RATE * 60), "--in-flight", "8")
        case = Case(Path(folder) / "run", server.url(), int(seconds * RATE), options, environment)
        process = case.start()
        jumps: list[float] = []
        for part, jump in enumerate((DAY, -DAY, 0), start=1):
            enough = part * case.count // 4
            wait_until(partial(_called, server, enough), process)
            _set(offset, jump)
            jumps.append(time.monotonic())
        said = process.communicate(timeout=120)[1]
        arrivals = server.times()["arrivals"]
    gaps = [after - before for before, after in itertools.pairwise(arrivals)]
    # The bucket is full when the run begins: what comes later is what the clock has a hand in.
    later = [moment for moment in arrivals if moment >= jumps[0]]
    burst = max((sum(start <= moment < start + 1 for moment in later) for start in later), default=0)
    stall = max((gap for gap, at in zip(gaps, arrivals[1:], strict=True) if at >= jumps[0]), default=99.0)
    figure = (
        f"{len(arrivals)} calls at {RATE:g} a second, the clock moved by +1, -2 and +1 days meanwhile: the longest "
        f"stall {stall:.2f} s, at most {burst} calls within a second; exit code {process.returncode}"
        f"{'' if moved else '; the clock could not be moved, so this shows nothing'}"
    )
    met = moved and stall <= 1 and burst <= 1.25 * RATE and not process.returncode and len(arrivals) == case.count
    return Seen(figure, met, {"stall": stall, "burst": burst, "failed": bool(process.returncode), "said": len(said)})


def _called(server: Loopback, enough: int) -> bool:
    return server.counts()["calls"] >= enough


def _set(offset: Path, seconds: int) -> None:
    """Written beside and moved into place: the process reads it at any moment."""
    new = offset.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(offset)


def _moves(environment: dict[str, str]) -> bool:
    """Whether a Python of this machine believes the moved clock."""
    ran = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=True,
    )
    return abs(float(ran.stdout) - time.time() - DAY) < 60
