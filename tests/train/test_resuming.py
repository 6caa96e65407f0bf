"""A run goes on from its last whole checkpoint with the same bits, and from no other run's."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from families import word_piece, write_encoder

from vermeil.blend.schedules import Constant, Linear
from vermeil.data import Dataset, Example, Span, whole
from vermeil.errors import CheckpointError, OutputError
from vermeil.students import student
from vermeil.train.checkpoint import beside, checkpoints, digest
from vermeil.train.strategies import STRATEGIES, Stage, Strategy
from vermeil.train.trainer import TrainSettings, train

GOLD = Dataset(
    tuple(Example(f"Ada flew to Lima on day {i}.", (Span(0, 3, "PER"), Span(12, 16, "LOC"))) for i in range(7))
)
SILVER = Dataset(tuple(Example(f"Bob met Ada {i} times", (Span(0, 3, "PER"),), source="scripted:x") for i in range(9)))
GOES_ON = Strategy((Stage(Constant(1.0), 0.5), Stage(Linear(), 0.5, restart=False)))
SETTINGS = TrainSettings(steps=8, batch_size=3)


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("resuming") / "encoder", word_piece())


def new(kind, seed=0):
    settings = {} if kind == "memorizer" else {"dropout": True, "train_embeddings": True}
    return student(str(kind), ("PER", "LOC"), seed=seed, **settings)


def run(folder, learner, *, strategy=GOES_ON, settings=SETTINGS, stop_at=None, gold=GOLD, every=0.0, fresh=False):
    heard = []

    def on_step(step):
        if step.number == stop_at:
            raise Stop
        heard.append(step.number)

    with checkpoints(folder, every=every, fresh=fresh) as kept:
        done = train(learner, strategy, gold=gold, silver=SILVER, settings=settings, on_step=on_step, checkpoints=kept)
        kept.remove()
    return done, heard


def stopped(folder, learner, stop_at=3, **options):
    with pytest.raises(Stop):
        run(folder, learner, stop_at=stop_at, **options)


@pytest.mark.parametrize("strategy", [GOES_ON, STRATEGIES["silver-then-gold"]], ids=["goes on", "restarts"])
@pytest.mark.parametrize("kind", ["memorizer", "transformer"])
def test_stopped_anywhere_it_ends_with_the_same_bits_and_the_same_losses(tmp_path, encoder, kind, strategy):
    kind = encoder if kind == "transformer" else kind
    whole = new(kind)
    without = train(whole, strategy, gold=GOLD, silver=SILVER, settings=SETTINGS)
    folder = tmp_path / "model.checkpoint"
    for stop_at in (1, 4, 5, 7):
        stopped(folder, new(kind), stop_at, strategy=strategy)
    learner = new(kind)
    done, heard = run(folder, learner, strategy=strategy)
    assert digest(learner.state()) == digest(whole.state())
    assert done.steps == without.steps
    assert heard == list(range(8))
    assert not folder.exists()


def test_without_a_checkpoint_yet_it_begins_at_the_beginning(tmp_path):
    stopped(tmp_path / "c", new("memorizer"), every=3600)
    assert not (tmp_path / "c").exists()


def test_only_the_newest_is_kept_and_what_a_kill_left_half_written_is_swept_away(tmp_path):
    stopped(tmp_path / "c", new("memorizer"))
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["lock", "step-000000003"]
    half = tmp_path / "c" / ".step-000000007.0123abcd.partial"
    half.mkdir()
    (half / "state.json").write_text("{}")
    stopped(tmp_path / "c", new("memorizer"), stop_at=4)
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["lock", "step-000000004"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"settings": SETTINGS.model_copy(update={"steps": 9})}, "settings.steps"),
        ({"gold": Dataset(GOLD.examples[:6])}, "gold"),
        ({"strategy": STRATEGIES["gold-only"]}, "shares"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_kept(tmp_path, change, named):
    stopped(tmp_path / "c", new("memorizer"))
    with pytest.raises(CheckpointError, match=rf"another .*{named}.*--fresh"):
        run(tmp_path / "c", new("memorizer"), **change)
    assert (tmp_path / "c" / "step-000000003").is_dir()
    assert run(tmp_path / "c", new("memorizer"), fresh=True, **change)[0].steps


def test_a_student_that_knew_more_at_the_start_is_another_run(tmp_path):
    stopped(tmp_path / "c", new("memorizer"))
    learner = new("memorizer")
    learner.learn(GOLD.examples)
    with pytest.raises(CheckpointError, match="student before"):
        run(tmp_path / "c", learner)


def test_other_versions_are_another_run(tmp_path, monkeypatch):
    stopped(tmp_path / "c", new("memorizer"))
    path = tmp_path / "c" / "step-000000003" / "state.json"
    content = json.loads(path.read_text())
    content["made_of"]["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"versions\.numpy"):
        run(tmp_path / "c", new("memorizer"))


@pytest.mark.parametrize("damage", ["state.json", "state.safetensors"])
def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path, encoder, damage):
    stopped(tmp_path / "c", new(encoder))
    path = tmp_path / "c" / "step-000000003" / damage
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match=r"step-000000003: the checkpoint is damaged .*--fresh"):
        run(tmp_path / "c", new(encoder))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("choice"), r"another version of vermeil \(no choice\); .*--fresh"),
        (lambda content: content["student"].clear(), r"another version of vermeil \('.*'\); .*--fresh"),
    ],
    ids=["lacks a part", "lacks a part of the student"],
)
def test_a_checkpoint_of_another_version_is_called_that_and_not_damaged(tmp_path, change, said):
    stopped(tmp_path / "c", new("memorizer"))
    path = tmp_path / "c" / "step-000000003" / "state.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=said):
        run(tmp_path / "c", new("memorizer"))


@pytest.mark.parametrize("kind", ["memorizer", "transformer"])
def test_the_last_step_is_kept_for_a_caller_who_has_more_to_do(tmp_path, encoder, kind):
    kind = encoder if kind == "transformer" else kind
    folder, learner, again = tmp_path / "c", new(kind), new(kind)
    for one in (learner, again):
        with checkpoints(folder, every=3600, keep_last=True) as kept:
            done = train(one, GOES_ON, gold=GOLD, silver=SILVER, settings=SETTINGS, checkpoints=kept)
        assert [path.name for path in folder.glob("step-*")] == ["step-000000008"]
    assert digest(again.state()) == digest(learner.state())
    assert len(done.steps) == 8


def test_two_runs_do_not_share_a_folder(tmp_path):
    with checkpoints(tmp_path / "c"), pytest.raises(OutputError, match="another run"):
        run(tmp_path / "c", new("memorizer"))


def test_ctrl_c_waits_for_the_step_and_keeps_it(tmp_path):
    def press(step):
        if step.number == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), checkpoints(tmp_path / "c", every=3600) as kept:
        train(new("memorizer"), GOES_ON, gold=GOLD, silver=SILVER, settings=SETTINGS, on_step=press, checkpoints=kept)
    assert (tmp_path / "c" / "step-000000003").is_dir()
    assert len(run(tmp_path / "c", new("memorizer"))[0].steps) == 8


def test_checkpoints_lie_beside_the_model_not_in_it(tmp_path):
    assert beside(tmp_path / "model") == tmp_path / "model.checkpoint"
    assert beside(tmp_path / "model" / ".") == tmp_path / "model.checkpoint"


def of_class(count: int, source: str = "gold") -> Dataset:
    named = [("Alice flew to Lima", "trip") if n % 2 else ("the baker met nobody", "work") for n in range(count)]
    made = (
        Example(text := f"{said} {n} {source}", (whole(text, label),), source=source, kind="class")
        for n, (said, label) in enumerate(named)
    )
    return Dataset(tuple(made), source)


@pytest.mark.parametrize("name", ["memorizer", "transformer"])
def test_a_student_of_classes_ends_with_the_same_bits_wherever_it_was_stopped(tmp_path, encoder, name):
    settings = {} if name == "memorizer" else {"dropout": True, "train_embeddings": True}
    given = {"gold": of_class(6), "silver": of_class(9, "scripted:x"), "settings": TrainSettings(steps=8, batch_size=4)}

    def new_one():
        return student(name if name == "memorizer" else str(encoder), ("trip", "work"), kind="class", **settings)

    def go_on(learner, stop_at=None):
        def on_step(step):
            if step.number == stop_at:
                raise Stop

        with checkpoints(tmp_path / "model.checkpoint", every=0.0) as kept:
            return train(learner, STRATEGIES["silver-then-gold"], on_step=on_step, checkpoints=kept, **given)

    whole_run = new_one()
    without = train(whole_run, STRATEGIES["silver-then-gold"], **given)
    for stop_at in (2, 5):
        with pytest.raises(Stop):
            go_on(new_one(), stop_at)
    learner = new_one()
    assert go_on(learner).steps == without.steps
    assert digest(learner.state()) == digest(whole_run.state())
