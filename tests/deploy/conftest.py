"""A tiny model and its export, which several tests share; they copy what they change."""

from __future__ import annotations

import pytest
from families import word_piece, write_encoder
from learnt_by_heart import GOLD

from hub_server import TOKEN, HubServer
from vermeil.deploy.export import export
from vermeil.deploy.hub import push
from vermeil.students import student
from vermeil.train.run import run_record
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A tiny model that has learnt its few sentences by heart, decoded as transformers' pipeline does."""
    folder = tmp_path_factory.mktemp("trained")
    encoder = write_encoder(folder / "encoder", word_piece())
    settings = {"learning_rate": 5e-3, "decoding": "argmax", "train_embeddings": True}
    learner = student(str(encoder), ("PER", "LOC"), **settings)
    run = train(learner, STRATEGIES["gold-only"], gold=GOLD, settings=TrainSettings(steps=60, batch_size=6))
    learner.save(folder / "model", {"run.json": run_record(run)})
    return folder / "model"


@pytest.fixture(scope="session")
def exported(model, tmp_path_factory):
    """What `export` gave for it."""
    folder = tmp_path_factory.mktemp("exported") / "folder"
    return export(model, folder, dev=GOLD, gold=GOLD)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub of this test's own, with nothing kept here yet."""
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


@pytest.fixture
def pushed(hub, exported):
    """ORG/NAME@COMMIT of the exported model, on the hub."""
    return push(exported.folder, "team/names")
