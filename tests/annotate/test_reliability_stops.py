"""Short versions of A1, A2, A3 of docs/results/reliability.md: `benchmarks/proofs` at small size."""

from __future__ import annotations

from proofs.full_disk import full_disk
from proofs.killed import IN_FLIGHT, killed
from proofs.second import second

from vermeil.annotate.store import MOST_UNWRITTEN


def test_a_killed_run_loses_nothing_that_was_saved() -> None:
    seen = killed(rounds=1, count=150, seed=3)
    assert not seen.counts["lost"], seen.figure
    assert not seen.counts["unequal"], seen.figure
    assert seen.counts["twice"] <= IN_FLIGHT + MOST_UNWRITTEN, seen.figure


def test_a_full_disk_ends_a_run_cleanly_and_it_goes_on_later() -> None:
    seen = full_disk(rounds=1, count=150)
    assert seen.counts["stopped"]
    assert seen.met, seen.figure


def test_a_second_process_is_refused() -> None:
    seen = second(rounds=1, count=400)
    assert seen.met, seen.figure
