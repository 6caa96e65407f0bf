"""What made a result: versions, machine, command. Written with every run, so that it can be repeated."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("vermeil", "numpy", "torch", "transformers", "tokenizers", "safetensors")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on; those not installed are left out."""
    known = {package: found for package in PACKAGES if (found := _version(package))}
    return {"python": platform.python_version(), **known}


@cache
def _version(package: str) -> str | None:
    """Looked up once: it takes milliseconds, and every cell of a grid asks."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def provenance() -> dict[str, Any]:
    """Versions, processor, cores, the command as typed (its program by name only), and the time (UTC)."""
    machine = {"system": platform.system(), "processor": platform.machine(), "cores": cores()}
    if torch := sys.modules.get("torch"):  # not imported for this: only where it did the work
        machine["torch_threads"] = torch.get_num_threads()
    return {
        "versions": versions(),
        "machine": machine,
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def cores() -> int:
    """Processor cores that this process may use, which in a container can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
