"""A model in spaCy's pipeline: entities, what could not be placed, streams, processes and saved pipelines."""

from __future__ import annotations

import multiprocessing
import shutil

import pytest
import spacy
from learnt_by_heart import GOLD
from spacy.tokens import Doc

from vermeil.data import Example, Span
from vermeil.errors import ModelError, SettingsError, VermeilError
from vermeil.students import load, student


def entities(doc):
    return [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]


@pytest.fixture
def names(tmp_path):
    """A model that knows three names."""
    learner = student("memorizer", ("PER", "LOC", "ORG"))
    learner.learn([Example("Ada Oslo Oslo-Ada", (Span(0, 3, "PER"), Span(4, 8, "LOC")))])
    learner.save(tmp_path / "names")
    return tmp_path / "names"


def with_tokens(nlp, *words):
    """A text of words without spaces between them."""
    return Doc(nlp.vocab, words=list(words), spaces=[False] * len(words))


@pytest.fixture
def nlp(names):
    blank = spacy.blank("en")
    blank.add_pipe("vermeil", config={"model": str(names)})
    return blank


def test_an_exported_model_gives_its_entities_with_their_scores(exported):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": str(exported.folder)})
    expected = load(exported.folder).predict(GOLD.examples)
    for doc, spans in zip(nlp.pipe(GOLD.texts), expected, strict=True):
        assert entities(doc) == [(span.start, span.end, span.label) for span in spans]
        assert [entity._.vermeil_score for entity in doc.ents] == pytest.approx(
            [span.score for span in spans], abs=1e-4
        )
        assert doc._.vermeil_unaligned == []


def test_a_stream_keeps_its_order_whatever_the_size_of_a_batch(nlp):
    texts = [f"Ada number {number} in Oslo" if number % 3 else "nobody" for number in range(500)]
    for size in (1, 64, 1000):
        docs = list(nlp.pipe(texts, batch_size=size))
        assert [doc.text for doc in docs] == texts
        assert [len(doc.ents) for doc in docs] == [2 if number % 3 else 0 for number in range(500)]


def test_what_is_no_token_of_spacy_is_counted_kept_and_warned_about_once(nlp):
    component = nlp.get_pipe("vermeil")
    with pytest.warns(UserWarning, match=r"'Oslo' \(LOC\) does not begin and end with spaCy's tokens"):
        doc = component(with_tokens(nlp, "Os", "lo-Ada", "-", "Ada"))
    assert entities(doc) == [(9, 12, "PER")]
    assert doc._.vermeil_unaligned == [
        {"start": 0, "end": 4, "label": "LOC", "score": 1.0},
        {"start": 5, "end": 8, "label": "PER", "score": 1.0},
    ]
    component(with_tokens(nlp, "x-Ada-y"))  # a second warning would be an error here
    assert component.unaligned == 3


@pytest.mark.parametrize(("alignment", "placed"), [("expand", [(0, 8, "LOC")]), ("contract", [(0, 2, "LOC")])])
def test_names_can_be_moved_to_the_tokens_and_never_overlap(names, alignment, placed):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": str(names), "alignment": alignment})
    with pytest.warns(UserWarning, match="does not begin and end"):
        doc = nlp.get_pipe("vermeil")(with_tokens(nlp, "Os", "lo-Ada"))
    assert entities(doc) == placed
    assert len(doc._.vermeil_unaligned) == 2


@pytest.mark.parametrize(("overwrite", "labels"), [(True, ["PER", "LOC"]), (False, ["TITLE", "LOC"])])
def test_earlier_entities_give_way_or_stay(names, overwrite, labels):
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "TITLE", "pattern": "Lady Ada"}])
    nlp.add_pipe("vermeil", config={"model": str(names), "overwrite": overwrite})
    assert [entity.label_ for entity in nlp("Lady Ada in Oslo").ents] == labels


def test_a_saved_pipeline_brings_its_model_along(nlp, names, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    nlp.to_disk(tmp_path / "pipeline")  # over itself
    shutil.rmtree(names)
    again = spacy.load(tmp_path / "pipeline")
    assert entities(again("Ada in Oslo")) == [(0, 3, "PER"), (7, 11, "LOC")]
    assert again.get_pipe("vermeil").labels == ("PER", "LOC", "ORG")
    again.to_disk(tmp_path / "copy")
    shutil.rmtree(tmp_path / "pipeline")
    assert len(spacy.load(tmp_path / "copy")("Ada in Oslo").ents) == 2


def spoil(folder):
    (folder / "vermeil.json").write_text("{")


def hold_something_else(folder):
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("happens", [spoil, hold_something_else, shutil.rmtree])
def test_a_saved_pipeline_does_not_care_what_became_of_its_first_folder(nlp, names, tmp_path, happens):
    nlp.to_disk(tmp_path / "pipeline")
    happens(names)
    again = spacy.load(tmp_path / "pipeline")
    assert entities(again("Ada in Oslo")) == [(0, 3, "PER"), (7, 11, "LOC")]
    assert again.meta["labels"]["vermeil"] == ["PER", "LOC", "ORG"]


def test_a_saved_model_that_was_changed_is_refused(exported, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": str(exported.folder)})
    nlp.to_disk(tmp_path / "pipeline")
    with (tmp_path / "pipeline/vermeil/model/model.onnx").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        spacy.load(tmp_path / "pipeline")


@pytest.fixture(params=["fork", "spawn"])
def started_by(request):
    """How processes are begun: spawn is the way on macOS, and from Python 3.14 on Linux does not fork either."""
    usual = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield
    multiprocessing.set_start_method(usual, force=True)


@pytest.mark.usefixtures("started_by")
def test_other_processes_load_the_model_for_themselves(exported):
    nlp = spacy.blank("en")
    nlp.add_pipe("vermeil", config={"model": str(exported.folder)})
    assert len(nlp("Alice flew to Lima.").ents) == 2  # the model's threads run here before the fork
    docs = list(nlp.pipe(GOLD.texts * 4, n_process=2, batch_size=6))
    assert [len(doc.ents) for doc in docs] == [2] * 24


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({}, SettingsError, "which model"),
        ({"model": "names", "alignment": "loose"}, SettingsError, "strict, contract, expand, got 'loose'"),
        ({"model": "empty"}, ModelError, r"vermeil\.json"),
        ({"model": "gone"}, ModelError, "gone: there is no such folder"),
        ({"model": "team/names"}, ModelError, "name its revision"),
    ],
)
def test_a_mistake_is_said_when_the_component_is_made(names, monkeypatch, config, error, message):
    monkeypatch.chdir(names.parent)
    (names.parent / "empty").mkdir()
    with pytest.raises(error, match=message):
        spacy.blank("en").add_pipe("vermeil", config=config)


def test_a_model_is_not_saved_into_itself(nlp, names):
    with pytest.raises(VermeilError, match="within the model's own folder"):
        nlp.to_disk(names / "pipeline")
