"""Settings are tried in order until one holds its F1; none that doesn't is left behind."""

from __future__ import annotations

import onnx
import pytest
from families import word_piece, write_encoder

from vermeil.deploy.onnx_model import write_onnx
from vermeil.deploy.quantize import TRIES, Measured, quantize, spared_nodes, write_int8
from vermeil.students import student


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("int8")
    write_onnx(student(str(write_encoder(folder / "encoder", word_piece())), ("PER",)), folder / "model.onnx")
    return folder / "model.onnx"


@pytest.mark.parametrize("passing", [0, 2, len(TRIES) - 1])
def test_the_first_setting_that_holds_is_kept(source, tmp_path, passing):
    measured = iter([Measured(0.7, 1.0)] * passing + [Measured(0.8, 1.0)] * len(TRIES))
    tries = quantize(source, tmp_path / "int8.onnx", lambda path: next(measured), lowest=0.8)
    assert [each.setting for each in tries] == list(TRIES[: passing + 1])
    assert [each.kept for each in tries] == [False] * passing + [True]
    assert tries[-1].bytes == (tmp_path / "int8.onnx").stat().st_size < source.stat().st_size


def test_no_file_is_left_where_none_holds(source, tmp_path):
    tries = quantize(source, tmp_path / "int8.onnx", lambda path: Measured(0.7, 1.0), lowest=0.8)
    assert len(tries) == len(TRIES)
    assert not any(each.kept for each in tries)
    assert list(tmp_path.iterdir()) == []


def test_what_is_spared_stays_in_float32(source, tmp_path):
    def multiplied(setting):
        write_int8(source, tmp_path / "int8.onnx", setting)
        nodes = onnx.load(tmp_path / "int8.onnx").graph.node
        return sum(node.op_type == "MatMulInteger" for node in nodes)

    # two layers of six matrices, and the classifier
    assert [multiplied(TRIES[number]) for number in (0, 4, 5, 6)] == [13, 12, 6, 0]


def test_spared_parts_are_found_by_the_names_of_modules():
    names = ["bert.embeddings/Gather_1", "bert.encoder.layer.0.attention.self.query/MatMul_2"]
    names += [f"bert.encoder.layer.{n}.output.dense/MatMul_{n + 3}" for n in range(3)] + ["classifier/MatMul_9"]
    assert list(spared_nodes(names, ("classifier",))) == names[-1:]
    assert list(spared_nodes(names, ("first layer", "last layer"))) == [names[1], names[2], names[4]]
    assert list(spared_nodes(names, ("attention",))) == [names[1]]
    assert list(spared_nodes(names, ())) == []
