"""Who learns: one file for each kind of small model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

from vermeil import folder as registry
from vermeil.data import Kind
from vermeil.errors import MissingExtra, UnknownName
from vermeil.files import sha256_of
from vermeil.students._card import read_card
from vermeil.students._places import Place, find
from vermeil.students.base import Student

__all__ = ["Place", "Student", "encoder_sha256", "find", "kind_of", "load", "named", "names", "student"]

_ITSELF = sys.modules[__name__]
_EXTRAS = dict.fromkeys(("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub"), "train")
_EXTRAS["onnxruntime"] = "serve"


def names() -> list[str]:
    """What `student` takes, besides the folder or the hub id of an encoder."""
    return registry.names(_ITSELF)


def student(
    name: str,
    labels: Sequence[str],
    *,
    seed: int = 0,
    kind: Kind = "spans",
    **settings: Any,  # noqa: ANN401
) -> Student:
    """A new, untrained student.

    Args:
        name: "minilm", "memorizer", "transformer:ENCODER", or just the encoder: a folder or an id on the model hub.
        seed: of everything about it that is random.
        kind: what its labels are: spans, one class of each text, or any number of classes.
        settings: fields of the kind's own settings, such as `learning_rate=1e-4`.

    Raises:
        UnknownName: there is no such kind of student, and the name cannot be an encoder; or no such kind of labels.
        ModelError: the encoder cannot be found, or isn't safe or whole.
        SettingsError: a setting is unknown or doesn't fit.
        MissingExtra: the kind needs an optional dependency that is not installed.
    """
    if kind not in get_args(Kind):
        raise UnknownName("kind of labels", str(kind), get_args(Kind))
    learner, colon, argument = name.partition(":")
    if not colon and learner not in names() and _may_be_encoder(name):
        learner, argument = "transformer", name
    if learner not in names():
        itself = {"transformer": "transformer:ENCODER, or just the encoder's folder or id (bert-base-cased)"}
        raise UnknownName("student", name, [itself.get(known, known) for known in names()])
    module = registry.load("student", _ITSELF, learner)
    return cast(Student, _call(name, module, "make", argument, labels, seed=seed, kind=kind, **settings))


def encoder_sha256(name: str) -> str:
    """The fingerprint of the weights in the folder that the name of a new student speaks of; "" if it is no folder."""
    learner, _, argument = name.partition(":")
    folder = Path(argument if learner == "transformer" else name)
    weights = sorted(folder.glob("*.safetensors")) if name not in names() and folder.is_dir() else []
    return " ".join(_sha256(path, path.stat().st_mtime_ns, path.stat().st_size) for path in weights)


@lru_cache(64)
def _sha256(path: Path, changed: int, size: int) -> str:
    """Read once for all cells of a comparison; a file that was written anew is read again."""
    return sha256_of(path)


def load(model: Path | str) -> Student:
    """The student that `save` wrote into a folder; no code in the folder is ever run.

    Args:
        model: the folder, or ORG/NAME@REVISION on a model hub; see `find`.

    Raises:
        ModelError: the folder is not a saved student, not whole, or holds what may run code; the file is named.
        HubError: the hub cannot be reached, or fails.
        MissingExtra: its kind needs an optional dependency that is not installed.
    """
    return named(model)[0]


def named(model: Path | str) -> tuple[Student, str]:
    """The student of `load`, and how records call it: the folder's own name, or ORG/NAME@COMMIT."""
    folder, name = find(model)
    card = read_card(folder)
    module = registry.load("student", _ITSELF, card.kind)
    return cast(Student, _call(card.kind, module, "load", folder, card)), name


def kind_of(model: Path | str) -> Kind:
    """What the labels of a saved student are, from its card alone.

    Raises:
        ModelError: as `load`.
    """
    kind = read_card(find(model).folder).settings.get("kind")
    return next((known for known in get_args(Kind) if known == kind), "spans")


def _call(name: str, module: ModuleType, function: str, *arguments: Any, **settings: Any) -> object:  # noqa: ANN401
    try:
        return cast(Callable[..., object], getattr(module, function))(*arguments, **settings)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        raise MissingExtra(f"the student {name!r}", extra) from None


def _may_be_encoder(name: str) -> bool:
    """A path, an id with its owner, or an id such as bert-base-cased; a bare word is rather a mistyped kind."""
    return any(character in name for character in "/\\-.") or Path(name).is_dir()
