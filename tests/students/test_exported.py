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

from families import FAMILIES, write_encoder

from vermeil import formats
from vermeil.data import Example, Span
from vermeil.deploy.onnx_model import write_onnx
from vermeil.errors import ModelError, VermeilError
from vermeil.students import load, student
from vermeil.students.transformer.exported import Exported
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
    return folder


def trained(folder: Path, to: Path) -> Transformer:
    """The same folder as it was before the export."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.onnx"))
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
def test_a_damaged_or_hostile_folder_is_refused_by_name(folder, tmp_path, name, content, message):
    copied = Path(shutil.copytree(folder, tmp_path / "model"))
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match=message) as error:
        load(copied)
    assert "\n" not in str(error.value)


def test_the_graph_of_another_label_set_is_refused(folder: Path, tmp_path: Path):
    copied = Path(shutil.copytree(folder, tmp_path / "model"))
    card = json.loads((copied / "vermeil.json").read_text())
    (copied / "vermeil.json").write_text(json.dumps(card | {"labels": ["PER"]}))
    with pytest.raises(ModelError, match=r"model\.onnx.*labels PER"):
        load(copied)


@pytest.mark.slow
def test_entities_are_equal_on_all_of_the_conll_test_set(learner, tmp_path: Path, shared: Path):
    pupil, _ = learner
    pupil.save(tmp_path / "model")
    write_onnx(pupil, tmp_path / "model/model.onnx")
    given = [Example(example.text, source="") for example in formats.read(shared / "data/conll2003/eng.testb")]
    assert len(given) >= 3000
    found, expected = load(tmp_path / "model").predict(given), pupil.predict(given)
    assert entities(found) == entities(expected)
    assert np.abs(np.subtract(scores(found), scores(expected))).max() < 1e-4
