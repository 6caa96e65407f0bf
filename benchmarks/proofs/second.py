"""A3: a second process on the same store is refused, and the first one goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from loopback import Loopback

from proofs import Seen
from proofs.cases import Case, wait_until


def second(rounds: int = 50, count: int = 4000) -> Seen:
    """While one run is on its way, others try to use its store."""
    refused = 0
    odd: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Loopback(0.25) as server:
        case = Case(Path(folder), server.url(), count, ("--in-flight", "2"))  # eight minutes: longer than the others
        first = case.start()
        wait_until(lambda: server.counts()["replied"] >= 8, first)
        for number in range(rounds):
            other = Case(Path(folder), server.url(), count).finish("--out", str(Path(folder) / f"{number}.jsonl"))
            if other.returncode and "in use by another run" in other.stderr and "Traceback" not in other.stderr:
                refused += 1
            else:
                odd.append(f"exit code {other.returncode}: {other.stderr.strip()[-200:]}")
        alive = first.poll() is None
        first.kill()
        first.communicate()
        whole, kept = case.integrity(), len(case.kept())
        twice = sum(times > 1 for times in server.texts().values())
    figure = (
        f"{refused} of {rounds} were refused with the reason{': ' + odd[0] if odd else ''}; the first one "
        f"{'went on' if alive else 'ended'}, {kept} answers, {twice} texts asked for twice, integrity_check {whole}"
    )
    met = refused == rounds and alive and whole == "ok" and not twice
    return Seen(figure, met, {"refused": refused, "twice": twice, "kept": kept})
