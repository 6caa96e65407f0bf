"""The int8 matrix products that a prediction needs, and how fast onnxruntime multiplies on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROWS = (256, 512, 1024)
_SECONDS = 0.25  # for each shape


def matrices(path: Path) -> list[tuple[int, int]]:
    """The shapes of the matrices that every piece is multiplied with."""
    graph = onnx.load(path).graph
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    found = [shapes[node.input[1]] for node in graph.node if node.op_type == "MatMulInteger"]
    return [(rows, columns) for rows, columns in found]


def operations(shapes: Sequence[tuple[int, int]]) -> int:
    """Multiplications and additions for one piece."""
    return sum(2 * rows * columns for rows, columns in shapes)


def best_rate(shapes: Sequence[tuple[int, int]], threads: int) -> float:
    """Operations a second of `MatMulInteger` alone, one for each thread side by side, at the best number of rows."""
    return max(_rate(shapes, rows, threads) for rows in ROWS)


def _rate(shapes: Sequence[tuple[int, int]], rows: int, threads: int) -> float:
    seconds = 0.0
    for shape in sorted(set(shapes)):
        seconds += shapes.count(shape) * _product_seconds(shape, rows, threads)
    return operations(shapes) * rows * threads / seconds


def _product_seconds(shape: tuple[int, int], rows: int, threads: int) -> float:
    """The time of one product while all threads are at it."""
    session, fed = _session(shape, rows)

    def repeated(_: int) -> list[float]:
        times, end = [], time.perf_counter() + _SECONDS
        while time.perf_counter() < end:
            began = time.perf_counter()
            session.run(None, fed)
            times.append(time.perf_counter() - began)
        return times

    with ThreadPoolExecutor(threads) as pool:
        times = np.concatenate([np.array(each[2:]) for each in pool.map(repeated, range(threads))])
    return float(np.median(times))


def _session(shape: tuple[int, int], rows: int) -> tuple[onnxruntime.InferenceSession, dict[str, np.ndarray]]:
    drawn = np.random.default_rng(0)
    weights = numpy_helper.from_array(drawn.integers(-127, 127, shape, np.int8), "weights")
    zero = numpy_helper.from_array(np.array(128, np.uint8), "zero")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["rows", "weights", "zero"], ["product"])],
        "product",
        [helper.make_tensor_value_info("rows", TensorProto.UINT8, (rows, shape[0]))],
        [helper.make_tensor_value_info("product", TensorProto.INT32, (rows, shape[1]))],
        [weights, zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session, {"rows": drawn.integers(0, 255, (rows, shape[0]), np.uint8)}
