"""An exported folder is read as it was written, or not at all."""

from __future__ import annotations

import pytest

from vermeil.errors import ModelError
from vermeil.students.transformer.manifest import MANIFEST, check_manifest, write_manifest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.onnx").write_bytes(b"weights")
    write_manifest(tmp_path)
    return tmp_path


def test_a_folder_as_it_was_written_passes(folder):
    (folder / ".gitattributes").write_text("*.onnx filter=lfs")
    check_manifest(folder)


CHANGES = {
    "another byte": ("model.onnx", lambda folder: (folder / "model.onnx").write_bytes(b"Weights")),
    "one byte more": ("model.onnx", lambda folder: (folder / "model.onnx").write_bytes(b"weights!")),
    "a file less": ("model.onnx", lambda folder: (folder / "model.onnx").unlink()),
    "a file more": ("weights.data", lambda folder: (folder / "weights.data").write_bytes(b"")),
    "a folder more": ("inner", lambda folder: (folder / "inner").mkdir()),
    "a link": ("link", lambda folder: (folder / "link").symlink_to("config.json")),
    "no list": (MANIFEST, lambda folder: (folder / MANIFEST).write_text('{"files": []}')),
    "no fingerprint": (
        "config.json",
        lambda folder: (folder / MANIFEST).write_text('{"files": {"config.json": 1, "model.onnx": 1}}'),
    ),
    "a path out of it": (
        "../outside",
        lambda folder: (folder / MANIFEST).write_text(
            (folder / MANIFEST).read_text().replace('"config.json"', '"../outside": {}, "config.json"')
        ),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_refused_and_the_file_named(change, folder):
    named, make = CHANGES[change]
    make(folder)
    with pytest.raises(ModelError) as refusal:
        check_manifest(folder)
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_content_of_what_is_not_read_is_not_looked_at_but_its_size_is(folder):
    (folder / "model.onnx").write_bytes(b"Weights")
    check_manifest(folder, unread={"model.onnx"})
    (folder / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        check_manifest(folder, unread={"model.onnx"})
