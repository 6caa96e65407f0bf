"""A model is pushed to a hub as one commit, and pulled from it by its commit, as plain files that are checked."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest
import spacy
from learnt_by_heart import found

from hub_server import TOKEN, Repo
from vermeil.deploy.bulk import predict_files
from vermeil.deploy.export import export
from vermeil.deploy.hub import push
from vermeil.deploy.predictor import predict
from vermeil.errors import HubError, ModelError, SettingsError
from vermeil.students import find, load


def content(folder):
    """Bytes by name, without the mark of whoever wrote the folder."""
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name not in (".vermeil", ".gitattributes")
    }


def test_what_was_pushed_is_pulled_byte_by_byte_and_predicts_the_same(hub, pushed, exported):
    assert content(find(pushed).folder) == content(exported.folder)
    assert found(load(pushed)) == found(load(exported.folder))


def test_a_branch_is_pinned_to_the_commit_that_it_was(pushed):
    assert find("team/names@main").name == pushed


def test_a_commit_that_was_fetched_needs_no_hub(hub, pushed):
    load(pushed)
    hub.calls.clear()
    load(pushed)
    assert hub.calls == []


def test_a_second_push_is_a_second_commit_and_the_first_stays(hub, pushed, exported, tmp_path):
    smaller = shutil.copytree(exported.folder, tmp_path / "smaller")
    manifest = json.loads((smaller / "manifest.json").read_text())
    del manifest["files"]["run.json"]
    (smaller / "run.json").unlink()
    (smaller / "manifest.json").write_text(json.dumps(manifest))
    second = push(smaller, "team/names")
    assert second != pushed
    assert content(find(second).folder) == content(smaller)
    assert content(find(pushed).folder) == content(exported.folder)


def test_a_private_model_is_seen_only_with_the_token(hub, exported, monkeypatch):
    name = push(exported.folder, "team/secret", private=True)
    assert hub.repos["team/secret"].private
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ModelError, match="shows no such model; check the name, or it is private: then set HF_TOKEN"):
        load(name)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert found(load(name)) == found(load(exported.folder))


def test_a_private_push_never_goes_where_all_can_see_it(hub, pushed, exported):
    with pytest.raises(ModelError, match="everybody can see this repository"):
        push(exported.folder, "team/names", private=True)
    assert len(hub.repos["team/names"].commits) == 2


def test_a_repository_of_something_else_is_left_alone(hub, exported):
    hub.repos["team/other"] = Repo()
    hub.repos["team/other"].commit({"weights.bin": b"", "README.md": b"mine"})
    with pytest.raises(ModelError, match=r"holds something else \(weights\.bin\)"):
        push(exported.folder, "team/other")
    assert len(hub.repos["team/other"].commits) == 1


def test_only_an_exported_and_unchanged_folder_is_pushed(hub, model, exported, tmp_path):
    with pytest.raises(ModelError, match="only an exported folder is pushed"):
        push(model, "team/names")
    changed = shutil.copytree(exported.folder, tmp_path / "changed")
    (changed / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"config\.json"):
        push(changed, "team/names")
    with pytest.raises(ModelError, match="no such folder"):
        push(tmp_path / "nowhere", "team/names")
    assert hub.calls == []


def test_what_may_run_code_is_not_even_fetched(hub, pushed):
    _, files = hub.repos["team/names"].commits[-1]
    hostile = {"run.py": b"raise SystemExit", "weights.pkl": b"\x80", "sub/model.onnx": b"", "../up.json": b"{}"}
    commit = hub.repos["team/names"].commit(files | hostile | {".hidden.json": b"{}"})
    folder = find(f"team/names@{commit}").folder
    assert not {path.name for path in folder.rglob("*")} & {"run.py", "weights.pkl", "sub", "up.json", ".hidden.json"}
    assert not [call for call in hub.calls if "run.py" in call or "pkl" in call or "sub/" in call or ".." in call]


def test_a_file_that_was_changed_on_the_hub_is_refused_by_name(hub, pushed):
    _, files = hub.repos["team/names"].commits[-1]
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        commit = hub.repos["team/names"].commit(files | {name: files[name] + b" "})
        with pytest.raises(ModelError, match=name):
            load(f"team/names@{commit}")
    commit = hub.repos["team/names"].commit(files | {"added.txt": b"text"})
    with pytest.raises(ModelError, match=r"added\.txt"):
        load(f"team/names@{commit}")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("team/nobody@main", ModelError, "shows no such model"),
        ("team/names@v9", ModelError, "no such commit, tag or branch"),
        ("team/plain@main", ModelError, r"has no vermeil\.json"),
        ("team/names", ModelError, "name its revision too: team/names@COMMIT"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(hub, pushed, name, error, message):
    hub.repos["team/plain"] = Repo()
    hub.repos["team/plain"].commit({"model.safetensors": b""})
    with pytest.raises(error, match=message) as raised:
        load(name)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("status", "error"), [(401, ModelError), (403, ModelError), (500, HubError), (429, HubError)])
def test_a_hub_that_refuses_or_fails_is_one_line_without_the_token(hub, pushed, exported, status, error):
    hub.status = lambda path: status
    for attempt in (lambda: load("team/names@main"), lambda: push(exported.folder, "team/new")):
        with pytest.raises(error, match=str(status)) as raised:
            attempt()
        assert TOKEN not in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_hub_that_breaks_off_leaves_no_half_of_a_model(hub, pushed, tmp_path):
    hub.status = lambda path: 403 if path.endswith("tokenizer.json") else 0  # others are tried again for half a minute
    with pytest.raises(ModelError, match="403"):
        load(pushed)
    assert [path.name for path in (tmp_path / "home/vermeil/team--names").iterdir()] == [".lock"]
    hub.status = lambda path: 0
    load(pushed)


def test_a_hub_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(HubError, match="cannot be reached"):
        load("team/names@main")


def test_without_a_token_or_with_an_odd_name_nothing_is_sent(hub, exported, monkeypatch):
    with pytest.raises(SettingsError, match="'team/names@main' is no name"):
        push(exported.folder, "team/names@main")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(SettingsError, match="HF_TOKEN is not set"):
        push(exported.folder, "team/names")
    assert hub.calls == []


def test_a_token_that_lies_in_a_file_is_not_used(hub, pushed, tmp_path, monkeypatch):
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home/token").write_text("hf_of_somebody_else")
    monkeypatch.delenv("HF_TOKEN")
    hub.tokens.clear()
    load("team/names@main")
    assert hub.tokens == {""}


def test_labels_and_exports_name_the_commit(hub, pushed, tmp_path):
    (tmp_path / "raw.txt").write_text("Alice flew to Lima.\n")
    predict_files("team/names@main", [tmp_path / "raw.txt"], tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text())["source"] == f"student {pushed}"
    assert len(predict(pushed, ["Alice flew to Lima."])[0].labels) == 2


def test_a_folder_goes_before_a_hub(hub, exported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(exported.folder, tmp_path / "team/names@main")
    assert found(load("team/names@main")) == found(load(exported.folder))
    assert hub.calls == []


def test_the_program_pushes_and_pulls_and_prints_no_token(hub, exported, tmp_path):
    def run(*arguments, **more):
        return subprocess.run(
            [sys.executable, "-m", "vermeil", *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, **more},
        )

    ran = run("push", exported.folder, "team/names")
    assert (ran.returncode, ran.stdout.startswith("team/names@")) == (0, True), ran.stderr
    (tmp_path / "raw.txt").write_text("Alice flew to Lima.\n")
    labelled = run("predict", ran.stdout.strip(), tmp_path / "raw.txt")
    assert (labelled.returncode, labelled.stderr) == (0, "")
    assert [span["label"] for span in json.loads(labelled.stdout)["spans"]] == ["PER", "LOC"]
    offline = run("predict", "team/names@main", tmp_path / "raw.txt", HF_HUB_OFFLINE="1")
    assert (offline.returncode, offline.stderr.count("\n")) == (1, 1)
    assert "HF_HUB_OFFLINE is set" in offline.stderr
    wrong = run("push", exported.folder, "team/names", HF_TOKEN="hf_wrong_token")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "hf_wrong" not in wrong.stdout + wrong.stderr
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert TOKEN not in ran.stdout + ran.stderr + labelled.stdout
    assert TOKEN.encode() not in kept


@pytest.mark.slow
def test_a_trained_folder_on_a_hub_is_exported_from_there(hub, model, tmp_path):
    files = {path.name: path.read_bytes() for path in model.iterdir() if not path.name.startswith(".")}
    hub.repos["team/trained"] = Repo()
    commit = hub.repos["team/trained"].commit(files)
    done = export("team/trained@main", tmp_path / "out", int8="never")
    assert found(load(done.folder)) == found(load(model))
    record = json.loads((done.folder / "vermeil.json").read_text())["export"]
    assert record["model"] == f"team/trained@{commit}"


def test_a_hub_that_answers_with_another_commit_is_not_believed(hub, pushed):
    name, _, commit = pushed.partition("@")
    other = hub.repos[name].commits[0][1]
    hub.repos[name].at = lambda revision: ("a" * 40, other)
    with pytest.raises(HubError, match="answers with another commit"):
        find(f"{name}@{commit}")


def test_labels_name_the_commit_that_a_branch_was(pushed):
    assert {example.source for example in predict("team/names@main", ["Alice flew to Lima."])} == {f"student {pushed}"}


def test_a_saved_spacy_pipeline_needs_no_hub_any_more(hub, pushed, tmp_path, monkeypatch):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": pushed})
    nlp.to_disk(tmp_path / "pipeline")
    shutil.rmtree(tmp_path / "home")
    for broken in (lambda path: 503, lambda path: 403):
        hub.status = broken
        assert len(spacy.load(tmp_path / "pipeline")("Alice flew to Lima.").ents) == 2
