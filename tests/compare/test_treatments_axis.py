"""Treatments of silver are an axis of the grid, and gold that silver is judged by counts as used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flights import flights

from vermeil.compare import CompareSettings, compare
from vermeil.compare.cells import Cell
from vermeil.compare.conditions import Condition
from vermeil.compare.pools import Data, Pools
from vermeil.data import Dataset
from vermeil.errors import DataError
from vermeil.silver.settings import AS_IT_IS, TREATMENTS
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import NOTHING, TrainSettings

LABELS = ("PER", "LOC", "ORG")


def wrong(verb: str) -> Dataset:
    """A teacher that calls every place an organisation."""
    right = flights(verb=verb, source="scripted:wrong")
    spans = (tuple(replace(s, label="ORG") if s.label == "LOC" else s for s in e.labels) for e in right)
    return Dataset(tuple(replace(e, labels=each) for e, each in zip(right, spans, strict=True)), verb)


GOLD, TEST = flights(), flights(verb="walked")
SILVER = Dataset((*wrong("went"), *wrong("flew")), "silver")
TRAIN = TrainSettings(steps=30, batch_size=6)
SETTINGS = CompareSettings(
    student="memorizer",
    train=TRAIN,
    gold_sizes=(18,),
    treatments={"as-it-is": AS_IT_IS, "masked": TREATMENTS["masked"]},
)


def cell(strategy: str, treatment: str = "as-it-is", gold: int | None = 18) -> Cell:
    training = TRAIN.model_copy(update={"silver": TREATMENTS[treatment]})
    return Cell(Condition(strategy, gold=gold), 0, STRATEGIES[strategy], LABELS, "memorizer", {}, training, 1)


DATA = Data(GOLD, {"": SILVER}, NOTHING, TEST)
POOLS = Pools(DATA, (18,))


def test_gold_that_only_judges_adds_no_passes():
    epochs = TrainSettings(epochs=2, batch_size=6)
    runs = {
        name: replace(cell("silver-only", name), training=epochs.model_copy(update={"silver": TREATMENTS[name]}))
        for name in ("as-it-is", "smoothed", "masked")
    }
    drawn = {name: one.draw(POOLS) for name, one in runs.items()}
    assert [len(gold) for gold, _ in drawn.values()] == [0, 0, 18]
    steps = [one.training.total_steps(one.stages, *map(len, drawn[name])) for name, one in runs.items()]
    assert steps[0] == steps[1] == steps[2]


def test_a_teacher_that_cannot_be_judged_is_refused_before_the_first_cell(tmp_path):
    apart = Dataset(tuple(wrong("went")), "silver.jsonl")
    sets = {"gold": GOLD, "test": TEST, "settings": SETTINGS, "out": tmp_path / "results"}
    with pytest.raises(DataError, match=r"silver\.jsonl has labels for none of the 18 texts"):
        compare(["gold-only", "pooled"], LABELS, silver=apart, **sets)
    sets["gold"], sets["settings"] = Dataset((*GOLD, *TEST)), SETTINGS.model_copy(update={"gives_way": "gold"})
    with pytest.raises(DataError, match=r'with gives_way = "gold" there are none; let silver give way'):
        compare(["gold-only", "pooled"], LABELS, silver=SILVER, **sets)
    assert not (tmp_path / "results").exists()


def test_each_treatment_has_a_row_and_gold_alone_has_one(tmp_path):
    comparison = compare(
        ["gold-only", "silver-only"], LABELS, gold=GOLD, silver=SILVER, test=TEST, settings=SETTINGS, out=tmp_path
    )
    assert [row.name for row in comparison] == [
        "gold-only, 18 gold",
        "silver-only, as-it-is",
        "silver-only, 18 gold, masked",
    ]
    plain, masked = comparison["silver-only, as-it-is"], comparison["silver-only, 18 gold, masked"]
    assert masked.figure("precision") > plain.figure("precision") + 0.2  # the places are not called anything now
    assert (plain.gold, masked.gold) == (0, 18)


def test_a_teacher_is_judged_by_the_gold_of_its_own_cell_alone():
    masked = cell("silver-only", "masked")
    gold, silver = masked.draw(POOLS)
    assert len(gold) == 18
    assert sorted(masked.overlap(POOLS).texts) == sorted(gold.texts)
    assert set(silver.texts).isdisjoint(gold.texts)
    assert not len(cell("silver-only").overlap(POOLS))


def test_a_cell_from_before_treatments_were_there_is_found_again():
    plain = cell("pooled")
    assert plain.training.silver == AS_IT_IS
    other = AS_IT_IS.model_copy(update={"after": 0.9})  # means nothing where nothing is asked
    changed = Cell(**{**plain.__dict__, "training": plain.training.model_copy(update={"silver": other})})
    assert plain.fingerprint(DATA, POOLS) == changed.fingerprint(DATA, POOLS)
    assert plain.fingerprint(DATA, POOLS) != cell("pooled", "masked").fingerprint(DATA, POOLS)


def test_other_labels_on_gold_make_another_cell():
    right = Data(GOLD, {"": Dataset((*wrong("went"), *flights(source="scripted:wrong")), "silver")}, NOTHING, TEST)
    masked, plain = cell("pooled", "masked", gold=None), cell("pooled", gold=None)
    assert masked.fingerprint(DATA, Pools(DATA)) != masked.fingerprint(right, Pools(right))
    assert plain.fingerprint(DATA, Pools(DATA)) == plain.fingerprint(right, Pools(right))
