"""Models of classes on their way to users: exported, run without torch, in bulk, served, and in spaCy."""

from __future__ import annotations

import json
import re

import pytest
import spacy
from families import word_piece, write_encoder
from sorted_by_heart import LABELS, of_classes

from vermeil import formats
from vermeil.data import Example, whole
from vermeil.deploy.bulk import pipeline_result, predict_files
from vermeil.deploy.export import export
from vermeil.deploy.predictor import predict
from vermeil.errors import DataError, UnknownName
from vermeil.students import load, student
from vermeil.students._card import read_card
from vermeil.students.transformer.exported import Exported
from vermeil.train.run import run_record
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train

KINDS = ("class", "classes")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """By kind: a trained folder, and what `export` gave for it."""
    folder, made = tmp_path_factory.mktemp("classes"), {}
    encoder = write_encoder(folder / "encoder", word_piece())
    for kind in KINDS:
        gold = of_classes(kind)
        learner = student(str(encoder), LABELS, kind=kind, learning_rate=5e-3, train_embeddings=True)
        run = train(learner, STRATEGIES["gold-only"], gold=gold, settings=TrainSettings(steps=80, batch_size=6))
        learner.save(folder / kind, {"run.json": run_record(run)})
        made[kind] = folder / kind, export(folder / kind, folder / f"{kind} exported", dev=gold, gold=gold)
    return made


@pytest.fixture
def counter(tmp_path):
    """A quick model of one class of each text."""
    learner = student("memorizer", LABELS, kind="class")
    learner.learn(of_classes("class").examples)
    learner.save(tmp_path / "counter")
    return tmp_path / "counter"


def found(predictor, gold):
    return [[(span.label, span.score) for span in labels] for labels in predictor.predict(gold.examples)]


@pytest.mark.parametrize("kind", KINDS)
def test_torch_and_both_onnx_files_find_the_same_classes(models, kind):
    trained, exported = models[kind]
    gold, card = of_classes(kind), read_card(exported.folder)
    expected = found(load(trained), gold)
    assert [[label for label, _ in each] for each in expected] == [list(example.classes) for example in gold]
    assert load(exported.folder).kind == kind
    float32 = found(Exported.load(exported.folder, card, file="model.onnx"), gold)
    int8 = found(Exported.load(exported.folder, card, file="model.int8.onnx"), gold)
    assert [[label for label, _ in each] for each in int8] == [[label for label, _ in each] for each in expected]
    for ours, theirs in zip(float32, expected, strict=True):
        assert dict(ours) == pytest.approx(dict(theirs), abs=1e-4)
    assert exported.default == "model.int8.onnx"
    assert exported.difference < 1e-3


@pytest.mark.parametrize(("kind", "figure"), [("class", "accuracy"), ("classes", "micro F1")])
def test_the_card_speaks_of_classes(models, kind, figure):
    exported = models[kind][1]
    card = (exported.folder / "README.md").read_text()
    assert "pipeline_tag: text-classification" in card
    assert "| `travel` |" in card
    assert "`The mayor met nobody.`" in card
    assert f"{figure} on dev" in card
    assert exported.verdict.startswith(f"int8 (per channel): {figure} 100.00 on dev")
    assert "span" not in card.replace("span in", "").replace("span.score", "")
    assert json.loads((exported.folder / "vermeil.json").read_text())["tags"] == list(LABELS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_on_the_card_works_in_all_four_libraries(models, kind, capsys):
    exported, shown = models[kind][1], []
    for code in re.findall(r"```python\n(.*?)```", (exported.folder / "README.md").read_text(), re.DOTALL):
        code = code.replace("FOLDER", str(exported.folder)).replace("Some text.", "Alice flew to Lima.")
        exec(compile(code, "README.md", "exec"), {})
        shown.append(capsys.readouterr().out)
    assert len(shown) == 4
    for said in shown:
        assert "travel" in said
        assert re.search(r"0\.[89]|1\.0", said)


def test_classes_are_written_as_rows_as_a_table_and_as_the_pipeline_does(counter, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "Moreno flew to Oslo."}\n{"text": ""}\n{"text": "The mayor met Alice."}\n')
    for name, shape in (("out.jsonl", "spans"), ("out.csv", "spans"), ("pipeline.jsonl", "pipeline")):
        predict_files(counter, [texts], tmp_path / name, shape=shape)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == ["travel", None, "work"]
    assert rows[1]["failed"] == "a blank text is in no class"
    assert 0.5 < rows[0]["score"] <= 1
    assert formats.read(tmp_path / "out.jsonl", kind="class").examples[2].classes == ("work",)
    assert formats.read(tmp_path / "out.csv", kind="class").examples[0].classes == ("travel",)
    first, second, _ = (json.loads(line) for line in (tmp_path / "pipeline.jsonl").read_text().splitlines())
    assert first == {"label": "travel", "score": rows[0]["score"]}
    assert second is None


def test_of_several_classes_each_is_written_with_its_score(models, tmp_path):
    (tmp_path / "texts.txt").write_text("The mayor flew to Lima.\nNobody believed her.\n")
    folder = models["classes"][1].folder
    for name, shape in (("out.jsonl", "spans"), ("pipeline.jsonl", "pipeline")):
        predict_files(folder, [tmp_path / "texts.txt"], tmp_path / name, shape=shape)
    both, none = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert (both["labels"], none["labels"], none["state"]) == (["travel", "work"], [], "empty")
    assert len(both["scores"]) == 2
    both, none = (json.loads(line) for line in (tmp_path / "pipeline.jsonl").read_text().splitlines())
    assert {each["label"] for each in both} == {"travel", "work"}
    assert both[0]["score"] >= both[1]["score"]
    assert none == []


def test_classes_of_the_pipeline_are_sorted_by_how_likely_they_are():
    classes = (whole("Hi", "travel", 0.6), whole("Hi", "work", 0.9))
    assert [each["label"] for each in pipeline_result(Example("Hi", classes, kind="classes"))] == ["work", "travel"]


def test_a_folder_by_class_is_labelled_as_it_was_learnt_from(counter, tmp_path):
    for name, text in (("travel/1.txt", "Moreno flew\n\nto Oslo.\n"), ("work/1.txt", "The mayor\n")):
        (tmp_path / "gold" / name).parent.mkdir(parents=True)
        (tmp_path / "gold" / name).write_text(text)
    predict_files(counter, [tmp_path / "gold"], tmp_path / "out.jsonl")
    labelled, gold = formats.read(tmp_path / "out.jsonl"), formats.read(tmp_path / "gold")
    assert [(each.id, each.text) for each in labelled] == [(each.id, each.text) for each in gold]


def test_a_stopped_run_goes_on_with_the_texts_that_are_left(counter, tmp_path):
    (tmp_path / "texts.txt").write_text("".join(f"Moreno flew to Oslo {number}.\n" for number in range(2500)))

    def stop_later(count, seen=[]):  # noqa: B006
        seen.append(count)
        if sum(seen) > 1500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_files(counter, [tmp_path / "texts.txt"], tmp_path / "out.csv", on_done=stop_later)
    done = predict_files(counter, [tmp_path / "texts.txt"], tmp_path / "out.csv")
    assert done.before > 1000
    assert len(formats.read(tmp_path / "out.csv", kind="class")) == 2500


def test_predicted_examples_say_what_their_labels_are(counter):
    found = predict(counter, ["Moreno flew to Oslo.", ""])
    assert [(example.kind, example.state) for example in found] == [("class", "labels"), ("class", "failed")]


def test_in_spacy_a_text_has_its_classes_as_cats(models):
    for kind in KINDS:
        nlp = spacy.blank("en")
        nlp.add_pipe("vermeil", config={"model": str(models[kind][1].folder)})
        expected = load(models[kind][1].folder).predict(of_classes(kind).examples)
        for doc, labels in zip(nlp.pipe(of_classes(kind).texts), expected, strict=True):
            given = {label: score for label, score in doc.cats.items() if score >= 0.5}
            assert given == pytest.approx({span.label: span.score for span in labels}, abs=1e-4)
            assert set(doc.cats) == {"travel", "work"}
            assert kind == "classes" or sum(doc.cats.values()) == pytest.approx(1)
            assert not doc.ents
        assert nlp("  ").cats == {}


def test_spacy_keeps_the_cats_of_others_if_it_is_told_to(counter):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": str(counter), "overwrite": False})
    doc = nlp.make_doc("Moreno flew to Oslo.")
    doc.cats = {"short": 1.0}
    assert set(nlp(doc).cats) == {"short", "travel", "work"}


def test_a_card_without_a_word_of_the_data_where_no_gold_was_given(models, tmp_path):
    export(models["class"][0], tmp_path / "bare", int8="never")
    assert "mayor" not in (tmp_path / "bare/README.md").read_text()


def test_int8_is_judged_by_the_figure_that_was_asked_for(models, tmp_path):
    for figure in ("accuracy", "macro F1"):
        done = export(models["class"][0], tmp_path / figure, dev=of_classes("class"), measure=figure.lower())
        assert done.figure == figure
        assert f"{figure} 100.00 on dev against 100.00" in done.verdict
        assert f"| {figure} on dev |" in (done.folder / "README.md").read_text()
    with pytest.raises(UnknownName, match=r"no figure to choose by named 'macro F2'.*there are: accuracy, macro F1"):
        export(models["class"][0], tmp_path / "odd", dev=of_classes("class"), measure="macro F2")
    assert not (tmp_path / "odd").exists()


def test_labels_of_another_kind_are_no_dev_set(models, tmp_path):
    with pytest.raises(DataError, match="notes has any classes of each text, where the model gives one class"):
        export(models["class"][0], tmp_path / "odd", dev=of_classes("classes"))
    assert not (tmp_path / "odd").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_is_in_no_class_without_torch_too(models, kind):
    assert load(models[kind][1].folder).predict([Example("", source="")]) == [()]
