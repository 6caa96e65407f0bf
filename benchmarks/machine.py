"""What a page of results says of the machine, the versions and the command."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    """Its name, without what differs from boot to boot."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {names[0] if names else platform.machine()}"


def made(versions: dict[str, str] | None = None) -> str:
    """The last paragraph of a page: date, command, machine, versions."""
    script = Path(sys.argv[0]).resolve()
    arguments = [Path(given).name if "/" in given else given for given in sys.argv[1:]]  # no folders of this machine
    command = " ".join(["python", str(script.relative_to(script.parents[1])), *arguments])
    known = {"python": platform.python_version(), "vermeil": version("vermeil"), **(versions or {})}
    listed = ", ".join(f"{name} {number}" for name, number in known.items())
    return f"Made on {datetime.now(UTC):%Y-%m-%d} with `{command}` on {processor()}. Versions: {listed}."


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median of some rounds, with the smallest and the largest."""
    middle, least, most = (f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least} to {most})"


def resident_mb(pid: int | str = "self") -> float:
    """Memory of a process that is really there, in MB (Linux)."""
    fields = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")
    return int(fields[1].split()[0]) / 1024 if len(fields) > 1 else 0.0
