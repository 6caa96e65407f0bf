"""A1: killed at random moments, a run goes on where it was, and pays for nothing twice that was saved."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from loopback import Loopback

from proofs import Seen
from proofs.cases import Case, wait_until

IN_FLIGHT = 16
DELAY = 0.02


def killed(rounds: int = 100, count: int = 300, seed: int = 0) -> Seen:
    """Kill a run, some more than once, and let it go on until it is done; `rounds` times."""
    chance = random.Random(seed)
    lost = unequal = over = kills = 0
    twice: list[int] = []
    with tempfile.TemporaryDirectory() as folder, Loopback(DELAY) as server:
        reference = _finished(Case(Path(folder) / "whole", server.url(), count))
        for number in range(rounds):
            case = Case(Path(folder) / str(number), server.url(), count, ("--in-flight", str(IN_FLIGHT)))
            server.reset()
            saved: dict[str, int] = {}
            strikes = chance.choice((1, 1, 2, 3))
            for _ in range(strikes):
                _kill_once(case, server, chance)
                calls = server.texts()
                saved |= {text: calls.get(text, 0) for text in case.kept()}
            unequal += _finished(case) != reference
            calls = server.texts()
            lost += len(saved.keys() - case.kept()) + sum(calls[text] > before for text, before in saved.items())
            again = sum(calls.values()) - len(calls)
            over += again > strikes * IN_FLIGHT or set(calls) != set(case.texts)
            twice.append(again)
            kills += strikes
    figure = (
        f"{kills} kills in {rounds} runs of {count} texts, {IN_FLIGHT} in flight: {lost} saved answers lost or asked "
        f"for again; {sum(twice) / kills:.1f} calls made again per kill, at most {max(twice)} in a run; {over} runs "
        f"with more than were in flight; {unequal} outputs unequal to the unbroken run's"
    )
    counts = {"lost": lost, "twice": max(twice), "over": over, "unequal": unequal, "kills": kills}
    return Seen(figure, not (lost or over or unequal), counts)


def _kill_once(case: Case, server: Loopback, chance: random.Random) -> None:
    """At a random moment between the start of the process and the writing of its last file."""
    began = server.counts()["calls"]
    moment = chance.randint(-case.count // 10, case.count)  # below 0: before the first call
    process = case.start()
    if moment < 0:
        time.sleep(chance.uniform(0, 1.5))
    else:
        wait_until(lambda: server.counts()["calls"] - began >= moment, process)
        time.sleep(chance.uniform(0, 3 * DELAY))
    process.kill()
    process.communicate()


def _finished(case: Case) -> bytes:
    ran = case.finish()
    if ran.returncode:
        raise AssertionError(f"a run that nobody disturbed failed: {ran.stderr}")
    return case.out.read_bytes()
