"""An exported folder that is hostile or broken is refused by the name of a file, and nothing in it is ever run."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from vermeil.deploy.bulk import predict_files
from vermeil.errors import UserError
from vermeil.students import load
from vermeil.students.transformer.manifest import MANIFEST, write_manifest

Change = Callable[[Path], object]


class Evil:
    """Unpickled, it leaves a file where the test stands."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


PICKLE = pickle.dumps(Evil())
CODE = b"import os; os.mkdir('ran')\n"


def put(name: str, content: bytes = b"") -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return change


def edit(name: str, **values: object) -> Change:
    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(content | values))

    return change


def settings(**values: object) -> Change:
    """Other settings on vermeil's card."""

    def change(folder: Path) -> None:
        card = json.loads((folder / "vermeil.json").read_text())
        (folder / "vermeil.json").write_text(json.dumps(card | {"settings": card["settings"] | values}))

    return change


def instead(name: str, of: str, content: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / of).unlink()
        (folder / name).write_bytes(content)

    return change


def link(name: str, target: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


def pipe(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return change


def graph(change_it: Callable[[onnx.ModelProto], None]) -> Change:
    """The network that is used, with something done to it."""

    def change(folder: Path) -> None:
        path = folder / json.loads((folder / "vermeil.json").read_text())["onnx"]["default"]
        model = onnx.load(path)
        change_it(model)
        path.write_bytes(model.SerializeToString())

    return change


def elsewhere(place: str) -> Callable[[onnx.ModelProto], None]:
    """A weight that says its numbers lie in another file."""

    def change(model: onnx.ModelProto) -> None:
        tensor = numpy_helper.from_array(np.zeros(1, np.float32), "evil")
        onnx.external_data_helper.set_external_data(tensor, place)
        tensor.ClearField("raw_data")
        model.graph.initializer.append(tensor)

    return change


def foreign(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Run", [], ["evil"], domain="evil.example"))
    model.opset_import.append(helper.make_opsetid("evil.example", 1))


def listed(name: str) -> Change:
    """The manifest names a file that is none of the folder's."""

    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["files"][name] = {"sha256": "0" * 64, "bytes": 0}
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return change


INDEX = json.dumps({"weight_map": {"a": "../../evil.bin"}}).encode()

RESEALED: dict[str, tuple[str, Change]] = {
    "pickled weights": ("pytorch_model.bin", instead("pytorch_model.bin", "model.safetensors", PICKLE)),
    "a pickle beside good weights": ("optimizer.pt", put("optimizer.pt", PICKLE)),
    "a pickle of another name": ("extra.joblib", put("extra.joblib", PICKLE)),
    "a checkpoint": ("last.ckpt", put("last.ckpt", PICKLE)),
    "code": ("modeling.py", put("modeling.py", CODE)),
    "code in a folder": ("evil.py", put("sub/evil.py", CODE)),
    "an adapter on another model": ("adapter_config.json", put("adapter_config.json", b"{}")),
    "auto_map in the config": ("config.json", edit("config.json", auto_map={"AutoModel": "modeling.Evil"})),
    "auto_map far down": ("config.json", edit("config.json", text_config={"a": [{"auto_map": {}}]})),
    "auto_map in the tokenizer": ("tokenizer_config.json", edit("tokenizer_config.json", auto_map={"a": "b"})),
    "attention from a repository": ("config.json", edit("config.json", _attn_implementation="evil/kernel")),
    "experts from a repository": ("config.json", edit("config.json", experts_implementation="evil/kernel")),
    "quantisation": ("config.json", edit("config.json", quantization_config={"quant_method": "bitsandbytes"})),
    "an index that leads out": (
        "model.safetensors",
        instead("model.safetensors.index.json", "model.safetensors", INDEX),
    ),
    "a network that is a link": ("model.onnx", link("model.onnx", "/etc/hostname")),
    "a link to nowhere": ("extra.json", link("extra.json", "/nowhere")),
    "a folder that is a link": ("extra", link("extra", "/etc")),
    "weights of the network above": (".onnx", graph(elsewhere("../../evil"))),
    "weights of the network anywhere": (".onnx", graph(elsewhere("/etc/hostname"))),
    "weights of the network beside it": (".onnx", graph(elsewhere("run.json"))),
    "operators of others": (".onnx", graph(foreign)),
    "a pickle as network": ("model.onnx", put("model.onnx", PICKLE)),
    "a network that is empty": ("model.int8.onnx", put("model.int8.onnx")),
    "a network above the folder": ("vermeil.json", edit("vermeil.json", onnx={"default": "../evil.onnx"})),
    "a network anywhere": ("vermeil.json", edit("vermeil.json", onnx={"default": "/tmp/evil.onnx"})),
    "a network that is none": ("vermeil.json", edit("vermeil.json", onnx={"default": "model.safetensors"})),
    "a network that is not there": ("other.onnx", edit("vermeil.json", onnx={"default": "other.onnx"})),
    "a tokenizer of its own kind": ("tokenizer.json", put("tokenizer.json", b'{"model": {"type": "Evil"}}')),
    "a pickle as tokenizer": ("tokenizer.json", put("tokenizer.json", PICKLE)),
    "a kind that is a path": ("there are: memorizer", edit("vermeil.json", student="../evil")),
    "a kind that is a module": ("there are: memorizer", edit("vermeil.json", student="os")),
    "labels that are no names": ("vermeil.json", edit("vermeil.json", labels=[1, 2])),
    "other labels than its network": (".onnx", edit("vermeil.json", labels=["PER"])),
    "settings that are a list": ("vermeil.json", edit("vermeil.json", settings=[])),
    "an overlap below zero": ("vermeil.json", settings(overlap=-1)),
    "an overlap that is a text": ("vermeil.json", settings(overlap="x")),
    "words of no kind": ("vermeil.json", settings(words="all")),
    "a window without end": ("vermeil.json", settings(window=-1)),
    "a config nested without end": ("config.json", put("config.json", b"[" * 100_000)),
    "a card that is a pipe": ("vermeil.json", pipe("vermeil.json")),
    "a network that is a pipe": ("model.onnx", pipe("model.onnx")),
}
"""A file that the refusal names, and what was done; whoever did it wrote a manifest that fits."""

AS_FOUND: dict[str, tuple[str, Change]] = {
    "weights with a huge header": (
        "model.safetensors",
        put("model.safetensors", (2**60).to_bytes(8, "little") + b"{}"),
    ),
    "a file that was added": ("added.txt", put("added.txt")),
    "a file that was added and is hidden": (".added", put(".added")),
    "a folder that was added": ("sub", put("sub/added.txt")),
    "a manifest that names a file above": (MANIFEST, listed("../evil")),
    "a manifest that names any file": (MANIFEST, listed("/etc/hostname")),
    "a manifest that names a file in a folder": (MANIFEST, listed("sub/evil")),
    "a manifest that names nothing": (MANIFEST, listed("")),
    "a manifest without files": (MANIFEST, put(MANIFEST, b"{}")),
    "a manifest that is a list": (MANIFEST, put(MANIFEST, b"[]")),
    "a pickle as manifest": (MANIFEST, put(MANIFEST, PICKLE)),
    "a run that was changed": ("run.json", edit("run.json", mean_share=1)),
}


@pytest.fixture
def copied(exported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.txt").write_text("Alice flew to Lima.\n")
    return Path(shutil.copytree(exported.folder, tmp_path / "model", ignore=shutil.ignore_patterns(".vermeil")))


def refused(folder: Path, named: str) -> None:
    before = set(folder.parent.rglob("*"))
    for attempt in (load, lambda model: predict_files(model, ["raw.txt"], "out.jsonl")):
        with pytest.raises(UserError) as refusal:
            attempt(folder)
        assert named in str(refusal.value)
        assert "\n" not in str(refusal.value)
    assert set(folder.parent.rglob("*")) == before
    assert not Path("ran").exists()


@pytest.mark.parametrize("why", RESEALED)
def test_a_hostile_folder_is_refused_though_its_manifest_fits(copied, why):
    named, change = RESEALED[why]
    change(copied)
    if not (copied / "sub").exists() and not any(path.is_symlink() or not path.is_file() for path in copied.iterdir()):
        write_manifest(copied)
    refused(copied, named)


@pytest.mark.parametrize("why", AS_FOUND)
def test_what_does_not_fit_its_manifest_is_refused(copied, why):
    named, change = AS_FOUND[why]
    change(copied)
    refused(copied, named)
