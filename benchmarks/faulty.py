"""The fault server of the tests, in a process of its own: a share of all calls meets one of the faults.

Which call meets which fault depends on its text and on how often it was asked, so two runs meet the same ones.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from loopback_server import for_vermeil, text_in

from fault_server import FAULTS, FaultServer, Request

STOP_A_RUN = ("401", "404", "redirect")
"""No call can succeed, says the server: the run ends with a line that says why."""

SLOW = ("429-5", "429-3600", "hang", "drip", "drip-headers")
"""Faults that take seconds, left out of the short version."""


class Faults:
    """Chooses the fault of each call and counts it, and answers those that meet none."""

    def __init__(self, share: float, kinds: list[str]) -> None:
        self._share, self._kinds = share, kinds
        self._asked: Counter[str] = Counter()
        self._here = threading.local()
        self.met: Counter[str] = Counter()

    def __call__(self, request: Request, before: int) -> str:
        """The fault of this call, "" for none."""
        text = self._here.text = text_in(json.dumps(request.body["messages"]).encode())
        chance = random.Random(f"{text} {self._asked[text]}")
        self._asked[text] += 1
        fault = chance.choice(self._kinds) if chance.random() < self._share else ""
        self.met[fault or "none"] += 1
        return fault

    def answer(self, prompt: str) -> str:
        """The right answer to the call that this thread is serving: of a repair, the prompt doesn't hold the text."""
        return for_vermeil(self._here.text)


class Faulty:
    """The server, to be used with `with`.

    Args:
        share: of the calls, that meet a fault.
        kinds: of faults; all if not given.
    """

    def __init__(self, share: float = 0.2, kinds: tuple[str, ...] = ()) -> None:
        self._command = [sys.executable, __file__, "--share", str(share), *kinds]

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        self.url = self._ask("url")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def met(self) -> dict[str, int]:
        """How often each fault was met."""
        found: dict[str, int] = self._ask("met")
        return found

    def _ask(self, what: str) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdin
        assert self._process.stdout
        print(what, file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Serve until standard input ends; each line asks for something."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=0.2)
    options.add_argument("kinds", nargs="*")
    given = options.parse_args()
    faults = Faults(given.share, given.kinds or sorted(FAULTS))
    with FaultServer(faults.answer, faults) as server:
        for line in sys.stdin:
            print(json.dumps(server.url if line.strip() == "url" else faults.met), flush=True)


if __name__ == "__main__":
    main()
