"""Cells of a transformer student: one that diverges loses no other, and another encoder is another cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from families import word_piece, write_encoder
from flights import LABELS, flights

from vermeil.blend.schedules import Constant
from vermeil.compare import CompareSettings, compare, read_comparison
from vermeil.compare.cells import Cell
from vermeil.compare.conditions import Condition
from vermeil.compare.pools import Data, Pools
from vermeil.errors import TrainingDiverged
from vermeil.train.strategies import STRATEGIES, Stage, Strategy
from vermeil.train.trainer import NOTHING, TrainSettings

GOLD, TEST = flights(), flights(verb="walked")
WILD = Strategy((Stage(Constant(0.0), learning_rate=1e33),))
TRAINING = TrainSettings(steps=3, batch_size=4)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("cells") / "encoder", word_piece())


def test_a_cell_that_diverges_is_told_of_after_the_others_are_done(tmp_path, encoder):
    settings = CompareSettings(student=str(encoder), train=TRAINING, seeds=(0, 1))
    with pytest.raises(TrainingDiverged, match=r"2 of 4 cells failed, such as wild, seed 0: training diverged at step"):
        compare(
            {"wild": WILD, "gold-only": STRATEGIES["gold-only"]},
            LABELS,
            test=TEST,
            gold=GOLD,
            settings=settings,
            out=tmp_path,
        )
    (row,) = read_comparison(tmp_path)
    assert (row.name, row.seeds) == ("gold-only", (0, 1))


def test_other_weights_in_the_same_folder_make_another_cell(tmp_path, encoder):
    def fingerprint():
        cell = Cell(Condition("gold-only"), 0, STRATEGIES["gold-only"], LABELS, str(copy), {}, TRAINING, 1)
        return cell.fingerprint(data, Pools(data))

    data, copy = Data(GOLD, {"": NOTHING}, NOTHING, TEST), shutil.copytree(encoder, tmp_path / "encoder")
    first = fingerprint()
    assert fingerprint() == first
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    assert fingerprint() != first
