"""The loopback server in a process of its own, and what it counted."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Loopback:
    """The server in its process, to be used with `with`.

    Args:
        delay: seconds until an answer.
        limit: calls allowed in `window` seconds; 0 for no limit.
        fixed: the window starts anew when it is over; else the bucket refills evenly.
        retry_after: whether a refusal says when to come back.
        stated: whether every reply says what is left of the limit.
    """

    def __init__(
        self,
        delay: float = 0.05,
        limit: int = 0,
        window: float = 60.0,
        fixed: bool = False,
        retry_after: bool = True,
        stated: bool = False,
    ) -> None:
        options = {"--delay": delay, "--limit": limit, "--window": window}
        self._command = [
            sys.executable,
            str(Path(__file__).with_name("loopback_server.py")),
            *(str(part) for pair in options.items() for part in pair),
        ]
        self._command += ["--fixed"] * fixed + ["--no-retry-after"] * (not retry_after)
        self._command += ["--stated"] * stated

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def url(self, client: str = "") -> str:
        """The base URL for a client, "" for vermeil."""
        return f"{self.address}/{client}/v1" if client else f"{self.address}/v1"

    def counts(self) -> dict[str, int]:
        """Calls, texts, replies, refusals, and how many were in flight."""
        found: dict[str, int] = self._get("/counts")
        return found

    def texts(self) -> dict[str, int]:
        """How often each text was asked about."""
        found: dict[str, int] = self._get("/texts")
        return found

    def times(self) -> dict[str, list[float]]:
        """When accepted and refused calls arrived, by the server's monotonic clock."""
        found: dict[str, list[float]] = self._get("/times")
        return found

    def reset(self) -> None:
        """Count from 0."""
        urllib.request.urlopen(urllib.request.Request(f"{self.address}/reset", b"", method="POST"), timeout=30).close()

    def cpu_seconds(self) -> float:
        """Processor time that the server has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        with urllib.request.urlopen(self.address + path, timeout=30) as reply:
            return json.load(reply)
