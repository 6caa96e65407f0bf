"""Files, folders and pipes are labelled in order; what a stopped run labelled is not labelled again."""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import sys

import pytest

from vermeil import formats
from vermeil.data import Example, Span
from vermeil.deploy.bulk import pipeline_entities, predict_files
from vermeil.errors import DataError, OutputError, SettingsError, UnknownName
from vermeil.students import memorizer, student

TEXTS = [f"Ada flew to Oslo, for the {number}th time" for number in range(3000)]


@pytest.fixture
def model(tmp_path):
    learner = student("memorizer", ("PER", "LOC"))
    learner.learn([Example("Ada flew to Oslo", (Span(0, 3, "PER"), Span(12, 16, "LOC")))])
    learner.save(tmp_path / "names")
    return tmp_path / "names"


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw.txt").write_text("\n".join(TEXTS) + "\n")
    return tmp_path / "raw.txt"


def stop(count):
    raise KeyboardInterrupt


def stopped(model, raw, out):
    """A run that Ctrl-C ends after 2,000 texts."""
    seen = []

    def stop_later(count):
        seen.append(count)
        if sum(seen) > 2000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_files(model, [raw], out, on_done=stop_later)


def texts_of(path):
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


def test_files_folders_and_pipes_are_one_stream_in_order(model, tmp_path, monkeypatch):
    news = tmp_path / "news"
    (news / "deep").mkdir(parents=True)
    (news / "b.txt.gz").write_bytes(gzip.compress(b"in Oslo\n"))
    (news / "a.jsonl").write_text('{"body": "Ada", "text": "-", "id": "x"}\n')
    (news / "deep/c.conll").write_text("Ada B-LOC\nran O\n\n")
    (news / ".hidden").write_text("no text")
    for _ in range(2):  # the second time, the output lies in the folder
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"last\n")))
        done = predict_files(model, [news, "-"], news / "out.jsonl", column="body")
        labelled = formats.read(news / "out.jsonl")
        assert [example.text for example in labelled] == ["Ada", "in Oslo", "Ada ran", "last"]
        assert [[span.label for span in example.labels] for example in labelled] == [["PER"], ["LOC"], ["PER"], []]
        assert (labelled[0].id, labelled[0].source, labelled[2].tokens) == ("x", "student names", ((0, 3), (4, 7)))
        assert (done.texts, done.before) == (4, 0)


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.conll", "out.json"])
def test_a_stopped_run_goes_on_where_it_stopped_and_ends_as_an_unbroken_one(model, raw, tmp_path, name, monkeypatch):
    predict_files(model, [raw], tmp_path / "whole" / name)
    stopped(model, raw, tmp_path / "parts" / name)
    assert [path.name.startswith(f".{name}.") for path in (tmp_path / "parts").iterdir()] == [True]
    asked = []
    plain = memorizer.Memorizer.predict
    monkeypatch.setattr(
        memorizer.Memorizer, "predict", lambda self, examples, on_done: asked.extend(examples) or plain(self, examples)
    )
    done = predict_files(model, [raw], tmp_path / "parts" / name)
    assert done.before == len(TEXTS) - len(asked) == 1024
    assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [name]


def test_a_row_that_was_cut_off_and_texts_that_changed_are_labelled_anew(model, raw, tmp_path):
    out = tmp_path / "out.jsonl"
    stopped(model, raw, out)
    [begun] = tmp_path.glob(".out.jsonl.*")
    rows = [json.dumps({"text": text, "spans": [], "source": "me", "state": "empty"}) + "\n" for text in TEXTS[:1030]]
    begun.write_text("".join(rows)[:-9])
    now = [*TEXTS[:1026], "changed", *TEXTS[1027:]]
    raw.write_text("\n".join(now) + "\n")
    done = predict_files(model, [raw], out)
    assert done.before == 1024, "its part is labelled anew as a whole"
    assert texts_of(out) == now
    sources = [json.loads(line)["source"] for line in out.read_text().splitlines()]
    assert sources == ["me"] * 1024 + ["student names"] * (3000 - 1024)


def test_a_run_that_fails_before_the_first_label_leaves_nothing(model, raw, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        predict_files(model, [raw], tmp_path / "new/out.jsonl", on_done=stop)
    assert list((tmp_path / "new").iterdir()) == []


def test_another_model_starts_anew(model, raw, tmp_path):
    out = tmp_path / "out.jsonl"
    stopped(model, raw, out)
    votes = json.loads((model / "votes.json").read_text())
    (model / "votes.json").write_text(json.dumps(votes | {"the": {"PER": 3}}))
    assert predict_files(model, [raw], out).before == 0


def test_a_card_that_was_edited_is_no_other_model(model, raw, tmp_path):
    out = tmp_path / "out.jsonl"
    stopped(model, raw, out)
    (model / "README.md").write_text("licence: mit")
    (model / ".gitattributes").write_text("*.onnx filter=lfs")
    assert predict_files(model, [raw], out).before == 1024


def test_what_another_model_left_is_gone_with_a_whole_run_but_not_what_belongs_to_others(model, raw, tmp_path):
    out = tmp_path / "out.jsonl"
    stopped(model, raw, tmp_path / "out.jsonl.gz")
    at_work = tmp_path / f".out.jsonl.{16 * 'a'}.partial"
    at_work.touch()
    kept = {*tmp_path.iterdir()}
    stopped(model, raw, out)
    votes = json.loads((model / "votes.json").read_text())
    (model / "votes.json").write_text(json.dumps(votes | {"the": {"PER": 3}}))
    with at_work.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        predict_files(model, [raw], out)
    assert {*tmp_path.iterdir()} == {*kept, out}
    predict_files(model, [raw], out)
    assert {*tmp_path.iterdir()} == {*kept, out} - {at_work}


def test_two_runs_never_write_one_file(model, raw, tmp_path):
    out = tmp_path / "out.jsonl"
    stopped(model, raw, out)
    [begun] = tmp_path.glob(".out.jsonl.*")
    with begun.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another run is writing"):
            predict_files(model, [raw], out)


def test_a_limit_holds_over_all_files(model, raw, tmp_path):
    done = predict_files(model, [raw, raw], tmp_path / "out.jsonl", limit=3001)
    assert (done.texts, texts_of(tmp_path / "out.jsonl")[-1]) == (3001, TEXTS[0])
    with pytest.raises(SettingsError, match="at least 1"):
        predict_files(model, [raw], tmp_path / "out.jsonl", limit=0)


def test_the_shape_of_the_pipeline_is_a_list_of_entities_for_each_text(model, raw, tmp_path):
    predict_files(model, [raw], tmp_path / "out.jsonl", shape="pipeline", limit=2)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    person = {"entity_group": "PER", "score": 1.0, "word": "Ada", "start": 0, "end": 3}
    assert [row[0] for row in rows] == [person, person]
    assert pipeline_entities(Example("none here")) == []


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"out": "out.xyz"}, DataError, "does not say which format"),
        ({"out": "out.jsonl", "shape": "piepline"}, UnknownName, "did you mean 'pipeline'"),
        ({"out": "out.conll", "shape": "pipeline"}, SettingsError, "written as jsonl, not as conll"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(model, tmp_path, monkeypatch, options, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        predict_files(model, ["nowhere.txt"], **options)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("spans", "out.csv", r"out\.csv: csv holds classes, and these labels are spans; write .* or conll"),
        ("spans", "out.tsv.gz", "tsv holds classes"),
        ("class", "out.conll", r"out\.conll: conll holds spans, and these labels are classes; write .* or csv"),
        ("classes", "out.conll", "conll holds spans"),
    ],
)
def test_a_format_that_cannot_hold_the_models_labels_is_refused_before_the_first_text(
    raw, tmp_path, kind, name, message
):
    learner = student("memorizer", ("PER", "LOC"), kind=kind)
    learner.learn([Example("Ada", (Span(0, 3, "PER"),), kind=kind)])
    learner.save(tmp_path / "model")
    labelled = []
    with pytest.raises(DataError, match=message):
        predict_files(tmp_path / "model", [raw], tmp_path / name, on_done=labelled.append)
    assert (labelled, sorted(path.name for path in tmp_path.iterdir())) == ([], ["model", "raw.txt"])


@pytest.mark.parametrize("format", ["csv", "text", "folders"])
def test_what_standard_output_cannot_hold_is_said_of_it(model, raw, format):
    with pytest.raises(DataError, match=r"^standard output: "):
        predict_files(model, [raw], "-", format=format)


def test_an_id_of_two_texts_in_two_files_is_refused_before_the_first_text(model, tmp_path):
    for name, text in (("a.jsonl", "Ada"), ("b.jsonl", "Oslo"), ("again.jsonl", "Ada")):
        (tmp_path / name).write_text(f'{{"id": 1, "text": "{text}"}}\n')
    with pytest.raises(
        DataError, match=r"b\.jsonl:1: the id '1' stands for another text in .*a\.jsonl:1; make ids unique, or"
    ):
        predict_files(model, [tmp_path / "a.jsonl", tmp_path / "b.jsonl"], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
    done = predict_files(model, [tmp_path / "a.jsonl", tmp_path / "again.jsonl"], tmp_path / "out.jsonl")
    assert (done.texts, len(formats.read(tmp_path / "out.jsonl"))) == (1, 1)


def test_a_folder_of_txt_files_has_a_text_in_each_as_for_every_verb(model, tmp_path):
    for name in ("b.txt", "pos/1.txt", "pos/deep/2.txt"):
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_text("Ada flew\nto Oslo\n")
    predict_files(model, [tmp_path / "raw"], tmp_path / "out.jsonl")
    found = formats.read(tmp_path / "out.jsonl")
    assert [example.id for example in found] == ["b.txt", "pos/1.txt", "pos/deep/2.txt"]
    assert [example.id for example in found] == [example.id for example in formats.read_texts(tmp_path / "raw")]
    assert {example.text for example in found} == {"Ada flew\nto Oslo"}
    done = predict_files(model, [tmp_path / "raw"], tmp_path / "lines.jsonl", input_format="text")
    assert (done.texts, texts_of(tmp_path / "lines.jsonl")[:2]) == (6, ["Ada flew", "to Oslo"])


def test_a_folder_is_read_as_texts_where_that_is_said(model, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.txt").write_text("Ada\nOslo\n")
    done = predict_files(model, [tmp_path / "raw"], tmp_path / "out.jsonl", input_format="folders")
    assert done.texts == 1
    (tmp_path / "raw/more.jsonl.gz").touch()
    with pytest.raises(DataError, match=r"raw: holds \.txt files, each of which is a text, and more\.jsonl\.gz; name"):
        predict_files(model, [tmp_path / "raw"], tmp_path / "out.jsonl")
    assert predict_files(model, [tmp_path / "raw"], tmp_path / "out.jsonl", input_format="folders").texts == 1
    with pytest.raises(UnknownName, match=r"no format named 'txt' \(did you mean 'text'"):
        predict_files(model, [tmp_path / "raw"], tmp_path / "out.jsonl", input_format="txt")


def test_a_bad_line_anywhere_stops_the_run_before_it_begins(model, raw, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"text": "Ada"}\n{not json\n')
    with pytest.raises(DataError, match=r"bad\.jsonl:2"):
        predict_files(model, [raw, tmp_path / "bad.jsonl"], tmp_path / "out.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no files"):
        predict_files(model, [tmp_path / "empty"], tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "empty", "names", "raw.txt"]


def test_the_texts_themselves_are_never_written_over(model, tmp_path):
    (tmp_path / "gold.jsonl").write_text('{"text": "Ada flew to Oslo", "spans": []}\n')
    before = (tmp_path / "gold.jsonl").read_bytes()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "gold.jsonl")
    for out in ("gold.jsonl", "link.jsonl"):
        with pytest.raises(SettingsError, match="is the file of the texts itself; name another one to write"):
            predict_files(model, [tmp_path / "gold.jsonl"], tmp_path / out)
    assert (tmp_path / "gold.jsonl").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold.jsonl", "link.jsonl", "names"]
