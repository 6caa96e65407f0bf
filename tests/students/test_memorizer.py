from __future__ import annotations

from pathlib import Path

import pytest

from vermeil.data import Example, Kind, Span, whole
from vermeil.errors import DataError, ModelError, SettingsError
from vermeil.students import Student, load, student
from vermeil.students.memorizer import Memorizer

LIMA = Example("Alice flew to Lima.", (Span(0, 5, "PER"), Span(14, 18, "LOC")))


def taught(*examples: Example) -> Memorizer:
    memorizer = Memorizer(["PER", "LOC"])
    memorizer.start_stage(1)
    memorizer.learn(examples)
    return memorizer


def test_it_finds_again_what_it_was_taught():
    assert taught(LIMA).predict([Example("Lima misses Alice.")]) == [(Span(0, 4, "LOC"), Span(12, 17, "PER"))]


def test_the_majority_of_the_votes_wins_and_is_the_score():
    person = Example("Lima sang.", (Span(0, 4, "PER"),))
    [[span]] = taught(LIMA, LIMA, person).predict([Example("In Lima")])
    assert span == Span(3, 7, "LOC")
    assert span.score == pytest.approx(2 / 3)


def test_a_phrase_inside_a_word_is_not_found():
    assert taught(LIMA).predict([Example("Limassol, Alice2")]) == [()]


def test_of_overlapping_phrases_the_longest_wins():
    longer = Example("Lima Beach", (Span(0, 10, "LOC"),))
    assert taught(LIMA, longer).predict([Example("on Lima Beach today")]) == [(Span(3, 13, "LOC"),)]


def test_the_loss_falls_to_zero_once_everything_is_known():
    memorizer = taught()
    assert [memorizer.learn([LIMA]), memorizer.learn([LIMA])] == [1.0, 0.0]


def test_every_example_done_is_reported():
    done: list[int] = []
    taught(LIMA).predict([LIMA] * 3, done.append)
    assert sum(done) == 3


def test_a_label_that_it_does_not_know_is_refused():
    with pytest.raises(DataError, match=r"'ORG'.*knows only PER, LOC"):
        taught(Example("Acme", (Span(0, 4, "ORG"),), id="a"))


def test_saved_and_loaded_it_predicts_the_same(tmp_path: Path):
    memorizer = taught(LIMA, Example("Peru", (Span(0, 4, "LOC"),)))
    memorizer.save(tmp_path / "model")
    again = load(tmp_path / "model")
    texts = [Example("Alice left Peru for Lima.")]
    assert again.predict(texts) == memorizer.predict(texts)
    assert again.labels == memorizer.labels
    assert again.settings == memorizer.settings


def test_a_damaged_file_of_votes_is_named(tmp_path: Path):
    taught(LIMA).save(tmp_path / "model")
    (tmp_path / "model/votes.json").write_text('{"Alice": {"ORG": 3}}')
    with pytest.raises(ModelError, match=r"votes\.json.*'Alice'"):
        load(tmp_path / "model")


def test_settings_that_it_does_not_have_are_refused():
    with pytest.raises(SettingsError, match="no settings, got learning_rate"):
        student("memorizer", ["PER"], learning_rate=0.1)


def class_of(text: str, *labels: str, several: bool = False) -> Example:
    return Example(text, tuple(whole(text, label) for label in labels), kind="classes" if several else "class")


HAPPY, SAD = class_of("What a glad day", "joy"), class_of("A grey and heavy day", "grief")
BOTH = [
    class_of("glad", "joy", several=True),
    class_of("grey but glad", "joy", "grief", several=True),
    class_of("what", several=True),
    class_of("grey", "grief", several=True),
]


def counter(kind: Kind, *batches: list[Example]) -> Student:
    learner = student("memorizer", ["joy", "grief"], kind=kind)
    learner.start_stage(len(batches))
    for batch in batches:
        learner.learn(batch)
    return learner


def test_of_classes_it_remembers_the_words():
    found = counter("class", [HAPPY, SAD] * 3).predict([Example("glad"), Example("heavy rain"), Example("")])
    assert [[span.label for span in each] for each in found] == [["joy"], ["grief"], []]
    assert all(0.5 < span.score < 1 for [span] in found[:2])


def test_a_class_that_was_never_shown_is_no_likelier_for_words_that_it_never_had():
    learner = student("memorizer", ["billing", "praise", "shipping"], kind="class")
    shown = [("invoice %d is wrong", "billing"), ("parcel %d is late today", "shipping")] * 4
    learner.learn([class_of(text % number, label) for number, (text, label) in enumerate(shown)])
    [likely] = learner.probabilities([Example("my parcel is not there", source="")])
    assert likely["shipping"] > 0.8 > 0.1 > likely["praise"]
    assert sum(likely.values()) == pytest.approx(1)
    assert learner.probabilities([Example(" ", source="")]) == [{}]


def test_a_text_may_be_in_several_classes_or_in_none():
    found = counter("classes", BOTH * 5).predict(BOTH)
    assert found == [example.labels for example in BOTH]


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_what_it_counted_is_saved_and_goes_on(tmp_path: Path, kind: Kind):
    batch = [HAPPY, SAD] if kind == "class" else BOTH
    learner = counter(kind, batch)
    learner.save(tmp_path / "model")
    loaded, restored = load(tmp_path / "model"), counter(kind)
    restored.restore(learner.state())
    texts = [Example("glad and heavy"), Example("a day")]
    assert loaded.kind == kind
    assert loaded.predict(texts) == restored.predict(texts) == learner.predict(texts)
    assert loaded.learn(batch) == restored.learn(batch) == learner.learn(batch)


@pytest.mark.parametrize(
    "content", ['{"words": {}}', '{"words": {"hate": {}}, "texts": {}}', '{"words": [], "texts": 3}']
)
def test_damaged_counts_are_named(tmp_path: Path, content: str):
    counter("class", [HAPPY, SAD]).save(tmp_path / "model")
    (tmp_path / "model/words.json").write_text(content)
    with pytest.raises(ModelError, match=r"words\.json.*damaged"):
        load(tmp_path / "model")


def test_a_class_that_it_does_not_know_is_refused():
    with pytest.raises(DataError, match=r"'hate'.*knows only joy, grief"):
        counter("class", [class_of("day", "hate")])
