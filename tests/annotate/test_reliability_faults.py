"""Short versions of A7, A8, A9 of docs/results/reliability.md: `benchmarks/proofs` at small size."""

from __future__ import annotations

import pytest
from proofs.clock import clock, compiler
from proofs.faults import QUICK_KINDS, faults
from proofs.spending import capped
from proofs.storms import storms


def test_every_text_ends_as_its_labels_or_as_a_failure_with_its_reason() -> None:
    seen = faults(300, kinds=QUICK_KINDS, in_flight=16)
    assert seen.met, seen.figure


def test_a_rate_limit_is_kept_to_and_used() -> None:
    seen = storms(limit=60, window=2.0, windows=3.0, weathers=1)
    assert not seen.counts["failed"], seen.figure
    assert seen.counts["rate"] >= 0.75, seen.figure
    assert seen.counts["further"] <= 0.3, seen.figure


def test_a_budget_is_overrun_by_no_more_than_what_was_in_flight() -> None:
    seen = capped(200, in_flight=16)
    assert seen.met, seen.figure


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler, to move the clock of one process only")
def test_a_moved_wall_clock_stalls_nothing_and_lets_nothing_burst() -> None:
    seen = clock(seconds=3.0)
    assert seen.met, seen.figure
