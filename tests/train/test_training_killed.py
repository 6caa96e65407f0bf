"""Short version of T1 of docs/results/reliability.md: `benchmarks/proofs/training.py` at small size."""

from __future__ import annotations

from pathlib import Path

from families import word_piece, write_encoder
from proofs.training import killed_training


def test_a_killed_run_goes_on_and_ends_with_the_same_weights(tmp_path: Path):
    encoder = write_encoder(tmp_path / "encoder", word_piece())
    seen = killed_training(rounds=1, student=str(encoder), seed=1)
    assert seen.counts["kills"] == 1
    assert not seen.counts["unequal"], seen.figure
