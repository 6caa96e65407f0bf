"""A student's network as one ONNX file: piece numbers and mask in, the logits of all tags or classes out."""

from __future__ import annotations

import logging
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vermeil.errors import MissingExtra

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from vermeil.students.transformer.student import Transformer

INPUTS, OUTPUT = ("input_ids", "attention_mask"), "logits"

OPSET = 18
"""The version that torch's translations are written in: any other is converted after the fact. onnxruntime reads it
since 1.14."""


def write_onnx(student: Transformer, path: Path) -> None:
    """Write the network in float32; batch and length are free, all weights lie in this one file.

    The graph takes `input_ids` and `attention_mask` (int64, batch x length) and gives `logits` (float32, batch x
    length x tags, or batch x classes). Nothing in it says where it was made.

    Raises:
        MissingExtra: torch's exporter needs a package that is not installed.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401 - torch asks for it
        import torch
    except ModuleNotFoundError:
        raise MissingExtra("writing ONNX", "export") from None
    network = student.network
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    # sizes other than 1, which the exporter would take for a constant; two tensors, which it would take for one
    ids, mask = (torch.ones(2, 7, dtype=torch.long, device=network.device) for _ in INPUTS)
    free = {0: batch, 1: length}
    with _plain_attention(network), _without_noise(), torch.inference_mode():
        program = torch.onnx.export(
            _logits_of(network),
            (ids, mask),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=dict.fromkeys(INPUTS, free),
            custom_translation_table={torch.ops.aten.gelu.default: _gelu},
            verbose=False,
        )
    assert program is not None  # only the older exporter returns nothing
    model = program.model_proto
    _forget_source(model)
    onnx.save_model(model, str(path))


def largest_difference(student: Transformer, path: Path) -> float:
    """How far the file's logits are from the network's, over short, long, single and several texts."""
    import torch
    from onnxruntime import InferenceSession

    network, drawn = student.network, torch.Generator().manual_seed(0)
    session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
    longest = min(512, int(getattr(network.config, "max_position_embeddings", 0) or 512) - 2)
    found = []
    for batch, length in ((1, 1), (8, 1), (3, 33), (1, longest), (2, longest)):
        ids = torch.randint(0, network.config.vocab_size, (batch, length), generator=drawn)
        mask = torch.ones_like(ids)
        mask[1:, length // 2 + 1 :] = 0
        [logits] = session.run([OUTPUT], dict(zip(INPUTS, (ids.numpy(), mask.numpy()), strict=True)))
        with torch.inference_mode():
            given = (each.to(network.device) for each in (ids, mask))
            expected = network(**dict(zip(INPUTS, given, strict=True))).logits.float().cpu()
        apart = (torch.from_numpy(logits) - expected).abs()
        found.append(float(apart[mask == 1].max() if apart.dim() == mask.dim() + 1 else apart.max()))
    return max(found)


def _gelu(x: Any, approximate: str = "none") -> Any:  # noqa: ANN401 - values of onnxscript
    """GELU with its products in the one order that onnxruntime computes at once; torch's own costs a tenth more."""
    import onnxscript

    op: Any = onnxscript.opset18  # its types know no plain numbers
    if approximate == "tanh":
        inner = op.Mul(op.Add(x, op.Mul(op.Pow(x, 3.0), 0.044715)), math.sqrt(2 / math.pi))
        grown = op.Add(op.Tanh(inner), 1.0)
    else:
        grown = op.Add(op.Erf(op.Div(x, math.sqrt(2))), 1.0)
    return op.Mul(op.Mul(x, 0.5), grown)


def _logits_of(network: PreTrainedModel) -> torch.nn.Module:
    """The network as a function of two tensors with one result."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.network(input_ids=input_ids, attention_mask=attention_mask).logits
            return logits

    return Logits().train(False)


@contextmanager
def _plain_attention(network: PreTrainedModel) -> Iterator[None]:
    """Attention as two products and a softmax: torch's fused kind is taken apart with guards that only cost time."""
    usual = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(usual)


@contextmanager
def _without_noise() -> Iterator[None]:
    """The exporter warns of its own deprecated parts, and logs that torchvision is missing; nobody can act on it."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _forget_source(model: Any) -> None:  # noqa: ANN401 - a class that protobuf makes when it is loaded
    """Name nodes after the module they belong to, and drop what else the exporter notes.

    That is Python files and lines: paths of this machine, a hundredth of the size.
    """
    graph = model.graph
    for number, node in enumerate(graph.node):
        node.name = f"{_module(node)}/{node.op_type}_{number}"
    for part in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]
    del graph.metadata_props[:]
    del model.metadata_props[:]


def _module(node: Any) -> str:  # noqa: ANN401
    """The path of the module that a node was made in, such as `bert.encoder.layer.0.output.dense`."""
    scopes = next((entry.value for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"), "[]")
    modules = [name for name in re.findall(r"'([^']*)'", scopes) if name.startswith("network")]
    return modules[-1].removeprefix("network").removeprefix(".") if modules else ""
