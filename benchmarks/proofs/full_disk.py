"""A2: a disk that is full ends a run cleanly, and costs nothing that was saved."""

from __future__ import annotations

import random
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loopback import Loopback

from proofs import Seen
from proofs.cases import Case

PAGE = 4096
MUCH = 256 * 2**20


class Disk:
    """A folder in which only so many bytes have room.

    A file system in memory, where this process may mount one. Elsewhere a limit on the length of each file: the
    system then says "file too large" rather than "no space left", which SQLite cannot tell from a broken disk.
    """

    def __init__(self, folder: Path, mounted: bool) -> None:
        self.folder = folder
        self.mounted = mounted
        self._most = MUCH

    def cramp(self, most: int) -> None:
        """From now on there is room for `most` bytes."""
        self._most = most
        if self.mounted:
            _mount("-o", f"remount,size={most // PAGE * PAGE}", str(self.folder))

    def limits(self) -> dict[str, Any]:
        """What a process has to be started with."""
        if self.mounted:
            return {}
        most = self._most
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))}


@contextmanager
def disk() -> Iterator[Disk]:
    """A disk, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = _mount("-t", "tmpfs", "-o", f"size={MUCH}", "vermeil", folder)
        try:
            yield Disk(Path(folder), mounted)
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def full_disk(rounds: int = 20, count: int = 400, seed: int = 0) -> Seen:
    """Runs whose store and output have room for a random number of bytes, and then for as many as they want."""
    chance = random.Random(seed)
    unclean: list[str] = []
    lost = unequal = stopped = 0
    with Loopback(0.005) as server:
        with disk() as roomy:
            whole = Case(roomy.folder, server.url(), count)
            reference, needed = _bytes_needed(whole)
            mounted = roomy.mounted
        for _ in range(rounds):
            with disk() as cramped:
                case = Case(cramped.folder, server.url(), count)
                cramped.cramp(chance.randint(min(needed // 10, 20 * PAGE), needed))
                server.reset()
                ran = case.finish(**cramped.limits())
                stopped += ran.returncode != 0
                if ran.returncode and not _clean(ran):
                    unclean.append(ran.stderr.strip()[-300:])
                cramped.cramp(MUCH)
                saved, calls = case.kept(), server.texts()
                unequal += case.finish().returncode != 0 or case.out.read_bytes() != reference
                lost += sum(server.texts()[text] > calls[text] for text in saved) + len(saved - case.kept())
    figure = (
        f"{rounds} runs of {count} texts with room for {_few(needed)} at most "
        f"({'a file system of that size' if mounted else 'a limit on the length of files'}): {stopped} ended for want "
        f"of room, {len(unclean)} of them without a line that names the disk{_first(unclean)}; {lost} saved answers "
        f"lost or asked for again; {unequal} outputs unequal afterwards"
    )
    counts = {"stopped": stopped, "unclean": len(unclean), "lost": lost, "unequal": unequal}
    return Seen(figure, not (unclean or lost or unequal), counts)


def _bytes_needed(case: Case) -> tuple[bytes, int]:
    ran = case.finish()
    if ran.returncode:
        raise AssertionError(ran.stderr)
    case.out.with_name("silver.jsonl.run.json").unlink()
    return case.out.read_bytes(), sum(file.stat().st_size for file in case.folder.iterdir())


def _clean(ran: subprocess.CompletedProcess[str]) -> bool:
    """A refusal that names the disk or its space, and is no traceback."""
    said = ran.stderr.lower()
    return ran.returncode in (1, 2) and "traceback" not in said and ("disk" in said or "space" in said)


def _few(count: int) -> str:
    return f"{count / 1024:,.0f} KiB"


def _first(found: list[str]) -> str:
    return f" (such as: {found[0]})" if found else ""
