"""What a model folder must not hold: pickles, code, links out of it, settings that fetch code from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from vermeil.errors import ModelError
from vermeil.files import sha256_of
from vermeil.students._card import read_json
from vermeil.students.transformer.manifest import MANIFEST, check_manifest
from vermeil.students.transformer.onnx_file import check_onnx

_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
_REMEDY = "convert it with safetensors, or train it again"


def read_config(folder: Path) -> dict[str, Any]:
    """The content of `config.json`.

    Raises:
        ModelError: it is missing, no JSON object, or names an attention or quantisation that is fetched as code.
    """
    config = read_json(folder / "config.json")
    for key, value in _entries(config):
        # such a value may name a repository, whose kernels would be downloaded and run
        if key.lstrip("_").startswith(("attn_implementation", "experts_implementation")) and value is not None:
            raise ModelError(f"{folder / 'config.json'}: sets {key!r}, which may run code; remove that line")
        if key == "quantization_config" and value is not None:
            raise ModelError(f"{folder / 'config.json'}: a quantised model cannot be trained; give the original one")
    return config


def check_weights(folder: Path) -> None:
    """Refuse a folder without safetensors, or whose index leads out of it."""
    index = folder / _INDEX
    if (folder / _WEIGHTS).is_file():
        return
    if index.is_file():
        for file in set(map(str, read_json(index).get("weight_map", {}).values())):
            if Path(file).name != file or not (folder / file).is_file():
                raise ModelError(f"{index}: names {file!r}, which is not a file of this folder")
        return
    pickles = sorted(path for path in folder.iterdir() if path.suffix in _PICKLES)
    if pickles:
        raise ModelError(f"{pickles[0]}: a pickle can run code when it is read, and is refused; {_REMEDY}")
    raise ModelError(f"{folder / _WEIGHTS}: there is no such file; is {folder} a model?")


def check_saved(folder: Path, unread: Collection[str] = (), *, sealed: bool = False) -> None:
    """Refuse a saved student with anything in it that could run code, and an exported one that was changed since.

    Args:
        unread: names of large files that the caller does not read, so that their fingerprints need not be taken.
        sealed: whether it has to have a manifest.

    Raises:
        ModelError: names the file.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise ModelError(f"{path}: a link may lead anywhere, and is refused; copy the file itself")
        if path.suffix in _PICKLES:
            raise ModelError(f"{path}: a pickle can run code when it is read, and is refused; {_REMEDY}")
        if path.suffix == ".py" or path.name == "adapter_config.json":
            raise ModelError(
                f"{path}: no part of a saved student, and it may run code; remove it if you trust the rest"
            )
    for name in ("config.json", "tokenizer_config.json", "tokenizer.json", _WEIGHTS):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: there is no such file; the model is not whole, copy it again")
    if sealed and not (folder / MANIFEST).exists():
        raise ModelError(f"{folder / MANIFEST}: there is no such file; the model is not whole, copy or export it again")
    if (folder / MANIFEST).exists():
        check_manifest(folder, unread)
    for path in sorted(folder.glob("*.onnx")):
        check_onnx(path)
    read_config(folder)
    for name in ("config.json", "tokenizer_config.json"):
        if any(key == "auto_map" for key, _ in _entries(read_json(folder / name))):
            raise ModelError(f"{folder / name}: 'auto_map' would run code from the model, and is refused")


def weights_sha256(folder: Path) -> str:
    """The fingerprint of the weights; of the list of their parts, where they are several files."""
    single = folder / _WEIGHTS
    return sha256_of(single if single.is_file() else folder / _INDEX)


def _entries(value: object) -> Iterator[tuple[str, object]]:
    """All keys with their values, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner)
