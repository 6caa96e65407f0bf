"""A saved model labels texts in order and says who labelled them."""

from __future__ import annotations

import pytest

from vermeil.data import Dataset, Example, Span
from vermeil.deploy.predictor import predict, predict_stream
from vermeil.errors import ModelError
from vermeil.students import load, student
from vermeil.train.strategies import STRATEGIES
from vermeil.train.trainer import TrainSettings, train

GOLD = Dataset((Example("Ada flew to Oslo", (Span(0, 3, "PER"), Span(12, 16, "LOC"))),))


@pytest.fixture
def model(tmp_path):
    learner = student("memorizer", ("PER", "LOC"))
    train(learner, STRATEGIES["gold-only"], gold=GOLD, settings=TrainSettings(steps=2))
    learner.save(tmp_path / "names")
    return tmp_path / "names"


def test_texts_come_back_in_order_with_their_spans(model):
    labelled = predict(model, ["Oslo is cold", "nothing here", "Ada and Ada"])
    assert [[span.label for span in example.labels] for example in labelled] == [["LOC"], [], ["PER", "PER"]]
    assert {example.source for example in labelled} == {"student names"}


def test_ids_and_documents_are_kept_and_old_labels_replaced(model):
    given = Dataset((Example("Oslo is cold", (Span(0, 4, "PER"),), id="a", document="d"),), "raw")
    (example,) = predict(model, given)
    assert (example.id, example.document, example.labels) == ("a", "d", (Span(0, 4, "LOC"),))


def test_progress_adds_up_to_the_number_of_texts(model):
    done = []
    predict(model, ["Ada"] * 5, done.append)
    assert sum(done) == 5


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="no such folder"):
        predict(tmp_path / "nowhere", ["Ada"])


def test_a_stream_of_texts_is_labelled_as_it_is_drawn(model):
    drawn = []

    def texts():
        for number in range(5000):
            drawn.append(number)
            yield "Ada flew to Oslo"

    labelled = predict_stream(model, texts())
    assert [span.label for span in next(labelled).labels] == ["PER", "LOC"]
    assert len(drawn) <= 1024
    assert 1 + sum(1 for _ in labelled) == 5000


def test_a_student_in_memory_labels_as_its_folder_does(model):
    (example,) = predict(load(model), ["Ada"])
    assert (example.labels, example.source) == ((Span(0, 3, "PER"),), "student")


def test_a_stream_refuses_what_is_no_model_at_once(tmp_path):
    with pytest.raises(ModelError, match="no such folder"):
        predict_stream(tmp_path / "nowhere", iter(["Ada"]))


def test_a_model_in_the_folder_where_one_stands_has_a_name_too(model, monkeypatch):
    monkeypatch.chdir(model)
    assert {example.source for example in predict(".", ["Ada"])} == {"student names"}
