"""An exported folder: whole, equal to its model, readable by others, and refused once it was changed."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import onnxruntime
import pytest
import tokenizers
import torch
from learnt_by_heart import GOLD, found
from transformers import pipeline

from vermeil.data import Dataset, Example, Span
from vermeil.deploy.export import export
from vermeil.errors import DataError, ModelError, OutputError
from vermeil.students import load, student
from vermeil.students._card import read_card
from vermeil.students.transformer.exported import Exported

FILES = {
    ".vermeil",
    "README.md",
    "config.json",
    "manifest.json",
    "model.int8.onnx",
    "model.onnx",
    "model.safetensors",
    "run.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vermeil.json",
}


def test_the_folder_holds_what_it_should_and_its_record_says_how_int8_was_judged(exported):
    assert {path.name for path in exported.folder.iterdir()} == FILES
    card = json.loads((exported.folder / "vermeil.json").read_text())
    assert card["onnx"] == {"default": "model.int8.onnx", "files": ["model.onnx", "model.int8.onnx"]}
    assert card["export"]["model"] == "model"
    assert card["export"]["float32"]["score"] == 1.0
    assert card["export"]["largest_difference"] <= 1e-3
    assert card["export"]["tries"][-1]["kept"]


def test_torch_and_both_onnx_files_find_the_same(exported, model):
    expected = found(load(model))
    assert any(expected)
    card = read_card(exported.folder)
    assert found(Exported.load(exported.folder, card, file="model.onnx")) == expected
    assert found(Exported.load(exported.folder, card, file="model.int8.onnx")) == expected
    assert (exported.folder / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()


def test_transformers_pipeline_finds_the_same(exported, model):
    find = pipeline("token-classification", str(exported.folder), aggregation_strategy="first", device="cpu")
    shown = [[(e["start"], e["end"], e["entity_group"]) for e in find(example.text)] for example in GOLD]
    assert shown == found(load(model))


def test_plain_onnxruntime_gives_the_logits_of_the_network(exported, model):
    tokenizer = tokenizers.Tokenizer.from_file(str(exported.folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(exported.folder / "model.onnx")
    encoding = tokenizer.encode("Alice flew to Lima.")
    ids, mask = np.array([encoding.ids]), np.array([encoding.attention_mask])
    (logits,) = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
    with torch.inference_mode():
        expected = load(model).network(torch.tensor(ids), torch.tensor(mask)).logits.numpy()
    assert np.abs(logits - expected).max() <= 1e-3


def test_the_code_on_the_card_works_in_all_four_libraries(exported, capsys):
    card = (exported.folder / "README.md").read_text()
    shown = []
    for code in re.findall(r"```python\n(.*?)```", card, re.DOTALL):
        code = code.replace("FOLDER", str(exported.folder)).replace("Some text.", "Alice flew to Lima.")
        exec(compile(code, "README.md", "exec"), {})
        shown.append(capsys.readouterr().out)
    vermeil, spacy, transformers, onnx = shown
    assert re.search(r"\('Alice', 'PER', 0\.\d+\), \('Lima', 'LOC', 0\.\d+\)", vermeil)
    assert spacy == "[('Alice', 'PER'), ('Lima', 'LOC')]\n"
    assert "'entity_group': 'PER'" in transformers
    assert "'end': 18" in transformers
    assert "'B-PER')" in onnx
    assert "'B-LOC')" in onnx


def test_what_is_exported_already_is_not_exported_again(exported, tmp_path):
    with pytest.raises(ModelError, match="this is an exported model"):
        export(exported.folder, tmp_path / "again")


def test_without_dev_there_is_no_int8_and_without_gold_no_word_of_the_data_on_the_card(model, tmp_path):
    done = export(model, tmp_path / "unjudged", test=GOLD)
    card = (tmp_path / "unjudged/README.md").read_text()
    assert "`PER`" in card
    assert "Lima" not in card
    assert (done.default, done.tries) == ("model.onnx", ())
    assert "cannot be judged" in done.verdict
    assert not (tmp_path / "unjudged/model.int8.onnx").exists()


@pytest.mark.parametrize("given", ["dev", "test", "gold"])
def test_labels_that_the_model_does_not_know_are_refused_with_the_nearest_that_it_does(model, tmp_path, given):
    lower = Dataset((Example("Ada flew.", (Span(0, 3, "per"),)),), "lower.conll")
    with pytest.raises(DataError, match=r"lower.conll has the label 'per' \(did you mean 'PER'\?\).*PER, LOC; rename"):
        export(model, tmp_path / "out", **{given: lower})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("labels", "why"),
    [((), "dev.conll has no labels"), ((Span(18, 19, "PER"),), "on dev it scores F1 0.00 itself")],
)
def test_a_dev_set_by_which_nothing_can_be_judged_leaves_float32(model, tmp_path, labels, why):
    done = export(model, tmp_path / "unjudged", dev=Dataset((Example(GOLD[0].text, labels),), "dev.conll"))
    assert (done.default, done.tries) == ("model.onnx", ())
    assert why in done.verdict
    assert "cannot be judged" in done.verdict
    assert not (tmp_path / "unjudged/model.int8.onnx").exists()


def test_the_card_names_the_window_that_the_network_has(exported):
    limit = json.loads((exported.folder / "config.json").read_text())["max_position_embeddings"]
    assert limit < read_card(exported.folder).settings["window"]
    assert f"in windows of {limit} pieces" in (exported.folder / "README.md").read_text()


@pytest.mark.slow
def test_without_dev_int8_is_written_if_it_is_asked_for(model, tmp_path):
    done = export(model, tmp_path / "asked", int8="always")
    assert done.default == "model.int8.onnx"
    assert "nobody knows" in done.verdict


@pytest.mark.slow
def test_float32_stays_where_no_setting_is_good_enough(model, tmp_path):
    done = export(model, tmp_path / "strict", dev=GOLD, most_lost=-1)
    assert done.default == "model.onnx"
    assert len(done.tries) > 5
    assert "none of" in done.verdict
    assert not (tmp_path / "strict/model.int8.onnx").exists()


@pytest.mark.parametrize("inside", ["", "exported", ".."])
def test_the_models_own_folder_is_left_alone(model, inside):
    before = {path: path.stat().st_mtime_ns for path in model.iterdir()}
    with pytest.raises(OutputError, match="folder of its own"):
        export(model, model / inside)
    assert {path: path.stat().st_mtime_ns for path in model.iterdir()} == before


def test_a_student_without_a_network_cannot_be_exported(tmp_path):
    student("memorizer", ["PER"]).save(tmp_path / "names")
    with pytest.raises(ModelError, match="no network"):
        export(tmp_path / "names", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["config.json", "model.onnx", "tokenizer.json", "vermeil.json", "run.json"])
def test_a_changed_folder_is_refused_by_torch_and_onnxruntime_alike(exported, tmp_path, name):
    folder = tmp_path / "changed"
    shutil.copytree(exported.folder, folder)
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    for read in (load, lambda folder: Exported.load(folder, read_card(folder))):
        with pytest.raises(ModelError, match=name):
            read(folder)


def test_the_card_may_be_edited_since_its_licence_has_to_be_chosen(exported, tmp_path):
    folder = tmp_path / "edited"
    shutil.copytree(exported.folder, folder)
    card = (folder / "README.md").read_text()
    (folder / "README.md").write_text(card.replace("license: unknown", "license: mit"))
    assert found(load(folder)) == found(load(exported.folder))


def test_a_run_that_fails_leaves_nothing(model, tmp_path):
    with pytest.raises(RuntimeError, match="stop"):
        export(model, tmp_path / "out", on_stage=stop)
    assert list(tmp_path.iterdir()) == []


def stop(stage):
    raise RuntimeError("stop")


def test_whoever_watches_is_told_of_each_stage_and_of_each_text(model, tmp_path):
    told = []
    done = export(
        model,
        tmp_path / "out",
        dev=GOLD,
        test=GOLD,
        on_stage=told.append,
        on_texts=lambda count: told.append(f"{count} texts"),
        on_done=lambda count: told.append(count) if count else None,
    )
    scoring = ["6 texts", 6]
    assert len(done.tries) == 1
    assert told == [
        "writing ONNX",
        "comparing ONNX with torch",
        *("scoring float32 on dev", *scoring),
        *("trying int8 on dev, 1 of at most 8 (per channel)", *scoring),
        *("scoring the file to be used on dev, for the card", *scoring),
        *("scoring the file to be used on test, for the card", *scoring),
        "writing the model card",
    ]


def test_a_published_folder_does_not_say_where_things_lay_on_this_machine(exported, model):
    assert str(model.parent) in (model / "run.json").read_text()
    for path in exported.folder.iterdir():
        assert str(model.parent).encode() not in path.read_bytes(), path.name
