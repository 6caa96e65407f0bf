from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from embedded_corpus import f1
from transformers import pipeline

from vermeil.data import Example, Span
from vermeil.errors import ModelError, OutputError, UserError
from vermeil.students import load, student
from vermeil.students.transformer.student import Transformer

TEXTS = [Example("The baker flew to Port Evelyn.", source=""), Example("Lima " * 200, source="")]


@pytest.fixture(scope="module")
def model(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    learner = student(str(tiny_encoder), ["PER", "LOC"], learning_rate=1e-3, overlap=5)
    learner.start_stage(2)
    learner.learn([Example("Lima is here.", (Span(0, 4, "LOC"),))])
    folder = tmp_path_factory.mktemp("saved") / "model"
    learner.save(folder)
    return folder


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "model"))


def edit(file: str, **values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(content | values))

    return change


def put(file: str, content: bytes = b"") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return change


def link(file: str, target: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        (folder / file).symlink_to(target)

    return change


def rename(file: str, to: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / file).rename(folder / to)

    return change


HOSTILE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "pickled weights": ("pytorch_model.bin", rename("model.safetensors", "pytorch_model.bin")),
    "a pickle beside good weights": ("optimizer.pt", put("optimizer.pt")),
    "code": ("modeling.py", put("modeling.py")),
    "auto_map in the config": ("config.json", edit("config.json", auto_map={"AutoModel": "modeling.Evil"})),
    "auto_map far down": ("config.json", edit("config.json", text_config={"a": [{"auto_map": {}}]})),
    "auto_map in the tokenizer": ("tokenizer_config.json", edit("tokenizer_config.json", auto_map={"a": "b"})),
    "attention from a repository": ("config.json", edit("config.json", _attn_implementation="evil/kernel")),
    "attention by its other name": ("config.json", edit("config.json", attn_implementation="evil/kernel")),
    "quantisation": ("config.json", edit("config.json", quantization_config={"quant_method": "bitsandbytes"})),
    "an adapter on another model": ("adapter_config.json", put("adapter_config.json", b"{}")),
    "weights that are a link": ("model.safetensors", link("model.safetensors", "/etc/hostname")),
    "a link to nowhere": ("extra.json", link("extra.json", "/nowhere")),
    "weights that are none": ("model", put("model.safetensors", b"\xff" * 64)),
    "weights with a huge header": ("model", put("model.safetensors", (2**60).to_bytes(8, "little") + b"{}")),
    "an empty file of weights": ("model", put("model.safetensors")),
    "a tokenizer that is none": ("model", put("tokenizer.json", b'{"model": {"type": "Pickle"}}')),
    "no tokenizer": ("tokenizer.json", lambda folder: (folder / "tokenizer.json").unlink()),
    "no config": ("config.json", lambda folder: (folder / "config.json").unlink()),
    "a config that is no JSON": ("config.json", put("config.json", b"\x80\x04.")),
    "a config nested without end": ("config.json", put("config.json", b"[" * 100_000)),
    "a config that is a list": ("config.json", put("config.json", b"[]")),
    "a model of unknown type": ("model", edit("config.json", model_type="evil")),
    "other labels than its card": ("config.json", edit("vermeil.json", labels=["ORG", "LOC"])),
    "more labels than weights": (
        "model",
        lambda folder: [
            edit("vermeil.json", labels=["PER"])(folder),
            edit("config.json", id2label={"0": "O", "1": "B-PER", "2": "I-PER"})(folder),
        ][0],
    ),
    "more layers than weights": ("model", edit("config.json", num_hidden_layers=3)),
    "labels that are no names": ("vermeil.json", edit("vermeil.json", labels=[1, 2])),
    "no settings": ("vermeil.json", edit("vermeil.json", settings=None)),
    "unknown settings' values": ("vermeil.json", edit("vermeil.json", settings={"seed": 0, "words": "all"})),
    "a kind that is a path": ("there are: memorizer", edit("vermeil.json", student="../evil")),
}


@pytest.mark.parametrize("why", HOSTILE)
def test_a_folder_that_is_hostile_or_broken_is_refused_and_the_file_named(why: str, copied: Path):
    named, change = HOSTILE[why]
    change(copied)
    with pytest.raises(UserError) as refusal:
        load(copied)
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_saved_and_loaded_it_is_the_same_student(model: Path, copied: Path):
    first, second = load(model), load(copied)
    assert first.predict(TEXTS) == second.predict(TEXTS)
    assert first.settings == second.settings
    assert first.settings["overlap"] == 5
    assert first.labels == ("PER", "LOC")
    second.start_stage(1)
    second.learn(TEXTS)


def test_the_config_names_iob2_tags_and_no_path_of_this_machine(model: Path, tiny_encoder: Path):
    config = json.loads((model / "config.json").read_text())
    assert list(config["id2label"].values()) == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    for file in ("config.json", "tokenizer_config.json", "tokenizer.json"):
        assert str(tiny_encoder) not in (model / file).read_text()


def test_whoever_may_read_one_file_of_the_folder_may_read_all(model: Path):
    assert len({path.stat().st_mode for path in model.iterdir()}) == 1


def test_saving_over_something_else_writes_nothing(tiny_encoder: Path, tmp_path: Path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/mine.txt").write_text("keep")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        student(str(tiny_encoder), ["PER"]).save(tmp_path / "notes")
    assert [path.name for path in tmp_path.rglob("*")] == ["notes", "mine.txt"]


def test_a_save_that_fails_leaves_the_earlier_model(tiny_encoder: Path, copied: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path: path.read_bytes() for path in copied.iterdir()}
    learner = student(str(tiny_encoder), ["PER"])
    monkeypatch.setattr("vermeil.students.transformer.saved.write_card", full)
    with pytest.raises(OutputError, match="disk is full"):
        learner.save(copied)
    assert {path: path.read_bytes() for path in copied.iterdir()} == before
    assert list(copied.parent.iterdir()) == [copied]


@pytest.mark.parametrize("broken", ["embeddings cut off", "a pickle only", "code in its attention"])
def test_an_encoder_that_is_not_whole_or_not_safe_is_refused(broken: str, tiny_encoder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(tiny_encoder, tmp_path / "encoder"))
    if broken == "embeddings cut off":
        edit("config.json", num_hidden_layers=5)(folder)
    elif broken == "a pickle only":
        rename("model.safetensors", "pytorch_model.bin")(folder)
    else:
        edit("config.json", _attn_implementation="evil/kernel")(folder)
    with pytest.raises(ModelError, match=str(folder)):
        student(str(folder), ["PER"])


@pytest.fixture(scope="module")
def in_pipeline(
    learner: tuple[Transformer, float], test_part: list[Example], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Example], list[tuple[Span, ...]]]:
    """A saved student, texts (the last one over 128 pieces), and what transformers' own pipeline finds in them."""
    folder = tmp_path_factory.mktemp("learner") / "model"
    learner[0].save(folder)
    texts = [*test_part, Example(" ".join(example.text for example in test_part[:12]))]
    tagger = pipeline("token-classification", str(folder), aggregation_strategy="first")
    found = [
        tuple(Span(e["start"], e["end"], e["entity_group"], score=float(e["score"])) for e in tagger(text.text))
        for text in texts
    ]
    return folder, texts, found


def test_transformers_own_pipeline_finds_the_same_entities_where_words_are_decided_one_by_one(
    in_pipeline: tuple[Path, list[Example], list[tuple[Span, ...]]],
):
    folder, texts, theirs = in_pipeline
    settings = json.loads((folder / "vermeil.json").read_text())["settings"]
    edit("vermeil.json", settings=settings | {"decoding": "argmax"})(folder)
    ours = load(folder).predict(texts)
    assert ours == theirs
    scores = [[span.score for spans in found for span in spans] for found in (ours, theirs)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)
    assert len(scores[0]) > 50


def test_where_the_pipeline_differs_from_the_default_it_broke_a_name_in_pieces(
    learner: tuple[Transformer, float], in_pipeline: tuple[Path, list[Example], list[tuple[Span, ...]]]
):
    _, texts, theirs = in_pipeline
    texts, theirs = texts[:-1], theirs[:-1]
    ours = learner[0].predict(texts)
    assert f1(texts, ours) > f1(texts, theirs)
    assert sum(map(len, ours)) < sum(map(len, theirs))
