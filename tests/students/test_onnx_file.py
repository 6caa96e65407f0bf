"""An ONNX file that leads out of itself, or needs code of others, is refused before onnxruntime sees it."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vermeil.errors import ModelError
from vermeil.students.transformer.onnx_file import check_onnx

VERSION = [helper.make_opsetid("", 18)]


def network(nodes=(), initializer=(), versions=VERSION, functions=()):
    """A model of the nodes."""
    nodes = nodes or [helper.make_node("Identity", ["x"], ["y"])]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph(list(nodes), "g", [x], [y], list(initializer))
    return helper.make_model(graph, opset_imports=versions, functions=list(functions))


def outside(path):
    """A tensor that says its numbers lie in another file."""
    tensor = numpy_helper.from_array(np.zeros(1, np.float32), "w")
    onnx.external_data_helper.set_external_data(tensor, path)
    tensor.ClearField("raw_data")
    return tensor


def within(tensor):
    """A branch of an If, whose constant is the tensor."""
    constant = helper.make_node("Constant", [], ["w"], value=tensor)
    branch = helper.make_graph([constant], "b", [], [helper.make_tensor_value_info("w", TensorProto.FLOAT, [1])])
    return [helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)]


EVIL = helper.make_opsetid("evil.example", 1)
SPARSE = helper.make_sparse_tensor(outside("../x"), numpy_helper.from_array(np.zeros(1, np.int64)), [1])
HOSTILE = {
    "weights in a file above": network(initializer=[outside("../../secret")]),
    "weights in a file by its full path": network(initializer=[outside("/etc/hostname")]),
    "weights in a file beside it": network(initializer=[outside("weights.bin")]),
    "a constant in another file": network(within(outside("x"))),
    "a sparse constant in another file": network(
        [helper.make_node("Constant", [], ["y"], sparse_value=SPARSE)],
    ),
    "an operator of others": network([helper.make_node("Run", ["x"], ["y"], domain="evil.example")]),
    "operators of others announced": network(versions=[*VERSION, EVIL]),
    "an operator of others in a function": network(
        functions=[
            helper.make_function("", "F", ["x"], ["y"], [helper.make_node("Run", ["x"], ["y"], domain="evil")], VERSION)
        ]
    ),
}


@pytest.mark.parametrize("why", HOSTILE)
def test_a_hostile_file_is_refused_and_named(why, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(HOSTILE[why].SerializeToString())
    with pytest.raises(ModelError, match=r"model\.onnx: (keeps weights|needs operators)"):
        check_onnx(path)


def places(message=onnx.ModelProto.DESCRIPTOR, above=()):
    """The fields that lead from a model to each kind of tensor in it, but for those inside of themselves."""
    for field in message.fields if message not in {each.containing_type for each in above} else ():
        if field.message_type is onnx.TensorProto.DESCRIPTOR:
            yield (*above, field)
        elif field.message_type:
            yield from places(field.message_type, (*above, field))


@pytest.mark.parametrize("place", list(places()), ids=lambda place: ".".join(field.name for field in place))
def test_no_place_in_a_model_may_name_another_file(place, tmp_path):
    model = message = network()
    for field in place:
        inner = getattr(message, field.name)
        message = inner if hasattr(inner, "SetInParent") else inner.add()
    message.CopyFrom(outside("x"))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=r"model\.onnx: keeps weights in another file"):
        check_onnx(path)


DAMAGED = {
    "nothing": b"",
    "a text": b"{}" * 40,
    "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.",
    "onnxruntime's own format": b"\x18\x00\x00\x00ORTM" + bytes(64),
    "cut off": network(initializer=[numpy_helper.from_array(np.zeros(99, np.float32), "w")]).SerializeToString()[:-60],
    "a length beyond the end": b"\x3a\xff\xff\xff\xff\x0f",
    "a field whose number onnxruntime cuts": network().SerializeToString() + b"\xba\x80\x80\x80\x10\x00",
    "a number without end": b"\x3a" + b"\xff" * 20,
    "no graph": helper.make_opsetid("", 18).SerializeToString(),
}


@pytest.mark.parametrize("why", DAMAGED)
def test_what_is_no_onnx_file_is_refused(why, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(DAMAGED[why])
    with pytest.raises(ModelError, match=r"model\.onnx: not an ONNX file"):
        check_onnx(path)


def test_graphs_nested_without_end_are_refused(tmp_path):
    deep = b""
    for _ in range(60):
        for key in (b"\x32", b"\x2a", b"\x0a"):  # attribute.g, node.attribute, graph.node
            deep = key + _length(deep) + deep
    (tmp_path / "model.onnx").write_bytes(b"\x3a" + _length(deep) + deep)
    with pytest.raises(ModelError, match="nested"):
        check_onnx(tmp_path / "model.onnx")


def test_a_plain_file_passes(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(network(within(numpy_helper.from_array(np.zeros(1, np.float32)))).SerializeToString())
    check_onnx(path)


def _length(content: bytes) -> bytes:
    size, found = len(content), bytearray()
    while size > 127:
        found.append(size & 127 | 128)
        size >>= 7
    return bytes([*found, size])
