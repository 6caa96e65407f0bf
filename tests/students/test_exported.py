"""An exported student gives what the trained one gives, without torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from embedded_corpus import demo

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

import onnx
from families import FAMILIES, write_encoder
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from vermeil import formats
from vermeil.data import Example, Span
from vermeil.deploy.onnx_model import write_onnx
from vermeil.errors import ModelError, VermeilError
from vermeil.students import load, student
from vermeil.students.transformer.exported import Exported
from vermeil.students.transformer.manifest import MANIFEST, write_manifest
from vermeil.students.transformer.student import Transformer

LABELS = ("PER", "ORG", "LOC", "MISC")
ODD = [
    "",
    " \n",
    "\u200b \0",
    "E\u0301mile \u0141ukasz of Zo\u00eb\u00a0& Co",
    "東京でアリスが働いている。",
    "👩‍🚀 flew to 🇵🇪 Peru",
    "İstanbul \ufb01nds Mr Smith",
    "\u202eAlice\u202c in Lima",
    "Nobody met Alice Moreno of Lima. " * 60,
    "x" * 500,
    "U.S. " * 100,
]
Entities = list[list[tuple[int, int, str]]]


def entities(found: Sequence[Sequence[Span]]) -> Entities:
    return [[(span.start, span.end, span.label) for span in spans] for spans in found]


def scores(found: Sequence[Sequence[Span]]) -> list[float]:
    return [span.score or 0.0 for spans in found for span in spans]


def saved(encoder: Path, folder: Path, **settings: object) -> Path:
    """A student that has seen a little of the embedded corpus, saved and exported into one folder."""
    learner = student(
        str(encoder),
        LABELS,
        **{"learning_rate": 5e-3, "train_embeddings": True, "window": 40, "overlap": 8, **settings},
    )
    assert isinstance(learner, Transformer)
    gold = demo("gold")
    learner.start_stage(25)
    for step in range(25):
        learner.learn(gold[8 * step % 200 : 8 * step % 200 + 8])
    learner.save(folder)
    write_onnx(learner, folder / "model.onnx")
    write_manifest(folder)
    return folder


def trained(folder: Path, to: Path) -> Transformer:
    """The same folder as it was before the export."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.onnx", MANIFEST))
    found = load(to)
    assert isinstance(found, Transformer)
    return found


@pytest.fixture(scope="module")
def folder(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tiny_encoder, tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture
def texts() -> list[Example]:
    return [Example(text, source="") for text in [*(example.text for example in demo("test")), *ODD]]


def test_entities_are_those_of_the_trained_student(folder: Path, tmp_path: Path, texts: list[Example]):
    found, expected = load(folder).predict(texts), trained(folder, tmp_path / "t").predict(texts)
    assert entities(found) == entities(expected)
    assert scores(found) == pytest.approx(scores(expected), abs=1e-4)
    assert sum(map(len, found)) > 40


@pytest.mark.slow
@pytest.mark.parametrize("family", ["unigram", "byte_level"])
def test_other_tokenizers_and_decodings_are_followed_too(family: str, tmp_path: Path, texts: list[Example]):
    encoder = write_encoder(tmp_path / "encoder", FAMILIES[family]())
    folder = saved(encoder, tmp_path / "model", decoding="argmax", words="data")
    given = [
        Example(t.text, tokens=((0, 2), (3, 5)), source="") if t.text.isascii() and len(t.text) > 5 else t
        for t in texts
    ]
    found, expected = load(folder).predict(given), trained(folder, tmp_path / "t").predict(given)
    assert entities(found) == entities(expected)
    assert scores(found) == pytest.approx(scores(expected), abs=1e-4)


def test_it_loads_and_labels_without_torch_or_transformers_in_under_a_second(folder: Path, texts: list[Example]):
    code = f"""
import json, sys, time
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {{"torch", "transformers", "safetensors", "huggingface_hub", "aiohttp"}}:
            raise ImportError(name + " is forbidden here")
sys.meta_path.insert(0, Forbidden())
began = time.process_time()
from vermeil.students import load
model = load({str(folder)!r})
seconds = time.process_time() - began
from vermeil.deploy.predictor import predict
found = predict(model, ["The mayor of Lima met Alice Moreno.", ""])
print(json.dumps([seconds, [[[s.start, s.end, s.label] for s in e.labels] for e in found]]))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, found = json.loads(shown.stdout)
    given = [Example("The mayor of Lima met Alice Moreno.", source=""), Example("", source="")]
    assert [[tuple(span) for span in spans] for spans in found] == entities(load(folder).predict(given))
    assert seconds < 1
    assert shown.stderr == ""


def test_company_changes_nothing_and_every_text_done_is_reported(folder: Path, texts: list[Example]):
    model, done = load(folder), list[int]()
    together = model.predict(texts, done.append)
    assert sum(done) == len(texts)
    some = range(0, len(texts), 9)
    assert entities([model.predict([texts[number]])[0] for number in some]) == entities(
        together[number] for number in some
    )


def test_a_stream_of_thousands_keeps_its_order(folder: Path):
    model = load(folder)
    assert isinstance(model, Exported)
    given = [Example(f"Text {number} of Lima", source="") for number in range(2500)]
    assert [example for example, _ in model.stream(iter(given))] == given


def test_a_stream_that_is_left_early_leaves_no_thread_behind(folder: Path):
    before = threading.active_count()
    model = load(folder)
    assert isinstance(model, Exported)
    stream = model.stream(Example("Lima", source="") for _ in range(5000))
    next(stream)
    stream.close()
    assert threading.active_count() == before


def test_an_error_of_the_source_of_the_texts_comes_out_as_it_is(folder: Path):
    def texts():
        yield from (Example("Lima", source="") for _ in range(2000))
        raise OSError("the disk is gone")

    model = load(folder)
    assert isinstance(model, Exported)
    with pytest.raises(OSError, match="the disk is gone"):
        list(model.stream(texts()))


def test_it_learns_nothing_and_is_saved_by_copying(folder: Path, tmp_path: Path):
    model = load(folder)
    for attempt in (lambda: model.start_stage(1), lambda: model.learn([])):
        with pytest.raises(VermeilError, match="learns nothing more"):
            attempt()
    with pytest.raises(VermeilError, match="copy its folder"):
        model.save(tmp_path / "copy")


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "model"))


def refused(folder: Path, message: str) -> None:
    """It is, in one line, although its manifest fits."""
    write_manifest(folder)
    with pytest.raises(ModelError, match=message) as error:
        load(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", b"", "model.onnx"),
        ("model.onnx", b"no graph at all", "model.onnx"),
        ("tokenizer.json", b"{}", "tokenizer.json.*cannot be read as a tokenizer"),
        ("extra.py", b"", "extra.py"),
        ("weights.pkl", b"", "weights.pkl"),
    ],
)
def test_a_damaged_or_hostile_folder_is_refused_by_name(copied, name, content, message):
    (copied / name).write_bytes(content)
    refused(copied, message)


def test_a_folder_without_its_manifest_is_refused(copied):
    (copied / MANIFEST).unlink()
    with pytest.raises(ModelError, match=r"manifest\.json: .* not whole, copy or export it again"):
        load(copied)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["PER"], r"model\.onnx: the labels PER need logits"),
        (["PER", "PER", "ORG", "LOC"], r"vermeil\.json: the label 'PER' is given twice"),
        (["PER", "ORG", "LOC", "\ud800"], r"vermeil\.json: .* half of a character"),
    ],
)
def test_labels_that_its_graph_cannot_have_are_refused(copied, labels, message):
    card = json.loads((copied / "vermeil.json").read_text())
    (copied / "vermeil.json").write_text(json.dumps(card | {"labels": labels}))
    refused(copied, message)


BROKEN_TOKENIZERS = {
    "a normalizer that panics": {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
    "no pieces": {"model": {"type": "Unigram", "unk_id": None, "vocab": []}},
    "no piece for what is unknown": {"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[NO]"}},
    "a special piece that is missing": {
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {},
        }
    },
}


@pytest.mark.parametrize("why", BROKEN_TOKENIZERS)
def test_a_tokenizer_that_cuts_no_text_is_refused(copied, why):
    path = copied / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | BROKEN_TOKENIZERS[why]))
    refused(copied, r"tokenizer\.json: (cannot be read|a text cannot be cut)")


def graph(
    table: np.ndarray, *then: onnx.NodeProto, takes: int = TensorProto.INT64, gives: int = TensorProto.FLOAT
) -> bytes:
    """A network that looks its logits up in a table, pieces x tags."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["found" if then else "logits"]), *then]
    inputs = [helper.make_tensor_value_info(name, takes, ["b", "l"]) for name in ("input_ids", "attention_mask")]
    logits = helper.make_tensor_value_info("logits", gives, None)
    made = helper.make_graph(nodes, "g", inputs, [logits], [numpy_helper.from_array(table, "table")])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


PIECES = 10_000  # more than the tokenizer has
TABLE = np.zeros((PIECES, 9), np.float32)
UNFIT = {
    "fewer pieces than the tokenizer": (graph(TABLE[:50]), "a text cannot be labelled"),
    "numbers of another kind": (graph(TABLE, takes=TensorProto.INT32), "a text cannot be labelled"),
    "other outputs": (graph(TABLE, helper.make_node("Identity", ["found"], ["l"])), "onnxruntime cannot read it"),
    "a single number": (graph(TABLE, helper.make_node("ReduceSum", ["found"], ["logits"], keepdims=0)), "need logits"),
    "one vector a text": (
        graph(TABLE, helper.make_node("ReduceMean", ["found"], ["logits"], axes=[1], keepdims=0)),
        "need logits of the shape",
    ),
    "texts": (graph(TABLE.astype(str).astype(object), gives=TensorProto.STRING), "need logits"),
    "no numbers": (graph(TABLE * np.nan), "no finite numbers"),
    "endless numbers": (graph(TABLE + np.inf), "no finite numbers"),
}


@pytest.mark.parametrize("why", UNFIT)
def test_a_network_that_labels_no_text_is_refused(copied, why):
    content, message = UNFIT[why]
    (copied / "model.onnx").write_bytes(content)
    refused(copied, rf"model\.onnx: .*{message}")


def test_logits_that_are_no_numbers_are_an_error_and_not_a_text_without_labels(copied):
    table = TABLE.copy()
    table[Tokenizer.from_file(str(copied / "tokenizer.json")).encode("mayor", add_special_tokens=False).ids] = np.nan
    (copied / "model.onnx").write_bytes(graph(table))
    write_manifest(copied)
    model = load(copied)
    assert model.predict([Example("Alice", source="")]) == [()]
    with pytest.raises(ModelError, match=r"model\.onnx: .* no finite numbers"):
        model.predict([Example("the mayor", source="")])


def test_weights_elsewhere_are_not_read_even_if_the_check_of_the_file_has_a_hole(copied, monkeypatch):
    monkeypatch.setattr("vermeil.students.transformer.safety.check_onnx", lambda path: None)
    monkeypatch.chdir(copied.parent)
    Path("secret").write_bytes(TABLE.tobytes())
    model = onnx.load_from_string(graph(TABLE))
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "secret")
    model.graph.initializer[0].ClearField("raw_data")
    (copied / "model.onnx").write_bytes(model.SerializeToString())
    refused(copied, r"model\.onnx: onnxruntime cannot read it")


@pytest.mark.slow
def test_entities_are_equal_on_all_of_the_conll_test_set(learner, tmp_path: Path, shared: Path):
    pupil, _ = learner
    pupil.save(tmp_path / "model")
    write_onnx(pupil, tmp_path / "model/model.onnx")
    write_manifest(tmp_path / "model")
    given = [Example(example.text, source="") for example in formats.read(shared / "data/conll2003/eng.testb")]
    assert len(given) >= 3000
    found, expected = load(tmp_path / "model").predict(given), pupil.predict(given)
    assert entities(found) == entities(expected)
    assert np.abs(np.subtract(scores(found), scores(expected))).max() < 1e-4
