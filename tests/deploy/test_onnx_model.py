"""The ONNX file computes what the network computes, for any number of texts of any length."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from families import word_piece, write_encoder
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

from vermeil.deploy.onnx_model import INPUTS, OUTPUT, largest_difference, write_onnx
from vermeil.students import student

FAMILIES = {
    "bert": (BertModel, BertConfig),
    "roberta": (RobertaModel, RobertaConfig),
    "distilbert": (DistilBertModel, DistilBertConfig),
}
LENGTHS = (1, 2, 3, 17, 128, 512)


OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES if name != "bert"]


@pytest.fixture(scope="module", params=["bert", *OTHERS])
def exported(request, tmp_path_factory):
    """A student of each family, and its ONNX file."""
    folder = tmp_path_factory.mktemp(request.param)
    network, config = FAMILIES[request.param]
    write_encoder(folder / "encoder", word_piece(), network, config, positions=514)
    learner = student(str(folder / "encoder"), ("PER", "LOC"))
    write_onnx(learner, folder / "model.onnx")
    return learner, folder / "model.onnx"


@pytest.mark.parametrize("batch", range(1, 9))
def test_the_logits_are_those_of_torch_for_any_batch_and_length(exported, batch):
    learner, path = exported
    session = onnxruntime.InferenceSession(path)
    for length in LENGTHS:
        ids, mask = random_rows(learner.network.config.vocab_size, batch, length)
        (found,) = session.run([OUTPUT], dict(zip(INPUTS, (ids, mask), strict=True)))
        with torch.inference_mode():
            expected = learner.network(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits.numpy()
        assert found.shape == (batch, length, 5)
        assert np.abs(found - expected)[mask == 1].max() <= 1e-3


def test_the_graph_stands_alone_and_says_nothing_of_where_it_was_made(exported):
    _, path = exported
    model = onnx.load(path, load_external_data=False)
    assert {(entry.domain, entry.version) for entry in model.opset_import} == {("", 18)}
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert b".py" not in path.read_bytes()


def test_onnxruntime_computes_each_gelu_at_once(exported, tmp_path):
    _, path = exported
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    operators = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert "Erf" not in operators
    assert operators.count("BiasGelu") == 2


def test_the_student_is_as_it_was(exported):
    learner, _ = exported
    assert learner.network.config._attn_implementation == "sdpa"


def random_rows(vocabulary: int, batch: int, length: int):
    """Pieces and mask; each row but the first is shorter than the one before it."""
    drawn = np.random.default_rng(batch * 1000 + length)
    mask = np.zeros((batch, length), np.int64)
    for row in range(batch):
        mask[row, : max(1, length * (batch - row) // batch)] = 1
    return drawn.integers(4, vocabulary, (batch, length)) * mask, mask


def test_the_check_of_the_exporter_sees_another_network(exported):
    learner, path = exported
    assert largest_difference(learner, path) <= 1e-4
    with torch.no_grad():
        learner.network.classifier.bias += 0.01
    assert largest_difference(learner, path) == pytest.approx(0.01, abs=1e-4)
    with torch.no_grad():
        learner.network.classifier.bias -= 0.01
