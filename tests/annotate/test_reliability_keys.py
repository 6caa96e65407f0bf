"""Short version of A10 of docs/results/reliability.md: `benchmarks/proofs` at small size."""

from __future__ import annotations

from proofs.keys import keys


def test_keys_are_in_nothing_that_a_run_leaves_behind() -> None:
    seen = keys(ways=("401", "content"), providers=("openai:m",))
    assert seen.met, seen.figure
