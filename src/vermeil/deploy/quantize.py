"""Weights of eight bits, tried in a fixed order until one setting costs no more F1 than is allowed."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vermeil.errors import MissingExtra


@dataclass(frozen=True)
class Int8:
    """One way to quantise; `spared` are the parts whose matrices stay in float32.

    Args:
        name: what the record and messages call it.
        per_channel: a scale for each column of a matrix rather than one for all.
        reduced: seven bits of range, for processors that would overflow while adding up products.
        unsigned: weights from 0 to 255 with a zero point rather than -128 to 127.
        spared: names among "classifier", "last layer", "first layer" and "attention".
    """

    name: str
    per_channel: bool = True
    reduced: bool = False
    unsigned: bool = False
    spared: tuple[str, ...] = ()


TRIES = (
    Int8("per channel"),
    Int8("per channel, reduced range", reduced=True),
    Int8("per channel, unsigned", unsigned=True),
    Int8("one scale for each matrix", per_channel=False),
    Int8("without the classifier", spared=("classifier",)),
    Int8("without classifier and last layer", spared=("classifier", "last layer")),
    Int8("without classifier, first and last layer", spared=("classifier", "first layer", "last layer")),
    Int8(
        "without classifier, outer layers and attention",
        spared=("classifier", "first layer", "last layer", "attention"),
    ),
)
"""From the fastest files to the one closest to float32; among equally fast ones, the better comes first."""


class Measured(NamedTuple):
    """What a file scores and how fast it is, on dev."""

    score: float
    texts_per_second: float


@dataclass(frozen=True)
class Try:
    """One quantised file: how it was made, how large it is, what it scored; None where there was no dev set."""

    setting: Int8
    bytes: int
    score: float | None
    texts_per_second: float | None
    kept: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the record."""
        return {**asdict(self), "setting": asdict(self.setting)}


def quantize(
    source: Path, target: Path, measure: Callable[[Path], Measured], lowest: float, tries: Sequence[Int8] = TRIES
) -> list[Try]:
    """Write `target` with the first setting whose score is at least `lowest`; no file is left if none is.

    Raises:
        MissingExtra: a package for quantising is not installed.
    """
    tried: list[Try] = []
    for setting in tries:
        write_int8(source, target, setting)
        score, speed = measure(target)
        tried.append(Try(setting, target.stat().st_size, score, speed, kept=score >= lowest))
        if tried[-1].kept:
            return tried
    target.unlink(missing_ok=True)
    return tried


def write_int8(source: Path, target: Path, setting: Int8) -> None:
    """The network of `source` with weights of eight bits; inputs of each product are quantised as they come.

    Raises:
        MissingExtra: a package for quantising is not installed.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ModuleNotFoundError:
        raise MissingExtra("quantising", "export") from None
    model = onnx.load(source)
    _forget_shapes_of_weights(model.graph)
    with tempfile.TemporaryDirectory() as scratch, _without_noise():
        made = Path(scratch) / target.name  # it leaves files of its own beside what it writes
        quantize_dynamic(
            model,
            made,
            per_channel=setting.per_channel,
            reduce_range=setting.reduced,
            weight_type=QuantType.QUInt8 if setting.unsigned else QuantType.QInt8,
            nodes_to_exclude=list(spared_nodes([node.name for node in model.graph.node], setting.spared)),
        )
        target.write_bytes(made.read_bytes())


def _forget_shapes_of_weights(graph: Any) -> None:  # noqa: ANN401 - a class that protobuf makes when it is loaded
    """The quantiser turns some matrices over under their own names, and then stumbles over the shapes they had."""
    weights = {each.name for each in graph.initializer}
    kept = [each for each in graph.value_info if each.name not in weights]
    del graph.value_info[:]
    graph.value_info.extend(kept)


def spared_nodes(names: Sequence[str], spared: Sequence[str]) -> Iterator[str]:
    """The nodes of those parts; a node's name begins with the path of its module (see `write_onnx`)."""
    layers = [int(found[1]) for name in names if (found := _LAYER.search(name))]
    outer = {"first layer": min(layers, default=-1), "last layer": max(layers, default=-1)}
    numbers = {outer[part] for part in spared if part in outer}
    for name in names:
        layer = _LAYER.search(name)
        if layer is None:
            # what is in no layer is embeddings before them, and the classifier after
            if "classifier" in spared and re.match(
                r"(classifier|pre_classifier|score|head|output|(\w+\.)?pooler)\b", name
            ):
                yield name
        elif int(layer[1]) in numbers or ("attention" in spared and _ATTENTION.search(name)):
            yield name


_LAYER = re.compile(r"\blayers?\.(\d+)\.")
_ATTENTION = re.compile(r"\b(attention|self_attn|attn)\b")


@contextmanager
def _without_noise() -> Iterator[None]:
    """onnxruntime advises, on the root logger, to simplify the graph first; that changes no figure here."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
