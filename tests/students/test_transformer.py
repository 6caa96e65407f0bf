from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from embedded_corpus import f1
from families import byte_level, write_encoder
from transformers import RobertaConfig, RobertaModel

from vermeil.data import Example, Span
from vermeil.errors import DataError, SettingsError, VermeilError
from vermeil.students import load, student
from vermeil.students.transformer.student import Transformer

LABELS = ["PER", "LOC"]
TAUGHT = [
    Example("Alice Moreno flew to Lima.", (Span(0, 12, "PER"), Span(21, 25, "LOC")), id="a"),
    Example("The mayor of Port Evelyn met nobody.", (Span(13, 24, "LOC"),), id="b"),
    Example("Nobody believed the baker's son.", id="c"),
    Example("Alice believed the mayor.", (Span(0, 5, "PER"),), id="d"),
]
TEXTS = [
    Example("The baker flew to Port Evelyn, where Alice met the mayor of Lima.", source=""),
    Example("", source=""),
    Example("\u200b \0", source=""),
    Example("Lima", source=""),
    Example("Nobody met Alice Moreno. " * 30, source=""),
]


def new(encoder: Path, **settings: object) -> Transformer:
    """The random encoders of these tests know no word, so they must be free to learn their embeddings."""
    learner = student(str(encoder), LABELS, **{"learning_rate": 5e-3, "train_embeddings": True, **settings})
    assert isinstance(learner, Transformer)
    return learner


def taught(encoder: Path, steps: int = 30, **settings: object) -> Transformer:
    learner = new(encoder, **{"window": 32, **settings})
    learner.start_stage(steps)
    for _ in range(steps):
        learner.learn(TAUGHT)
    return learner


def weights(learner: Transformer) -> list[bytes]:
    return [parameter.detach().numpy().tobytes() for parameter in learner._network.parameters()]


@pytest.fixture(scope="module")
def pupil(tiny_encoder: Path) -> Transformer:
    return taught(tiny_encoder, 60)


def test_it_learns_what_it_is_taught(pupil: Transformer):
    assert pupil.predict(TAUGHT) == [example.labels for example in TAUGHT]


def test_the_loss_is_the_mean_over_the_words_however_they_are_grouped(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
):
    losses = []
    for budget in (10_000, 1):
        monkeypatch.setattr("vermeil.students.transformer.learning.UNPADDED", budget)
        learner = new(tiny_encoder)
        learner.start_stage(3)
        losses.append([learner.learn(TAUGHT) for _ in range(3)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("dropout", [False, True])
def test_the_same_seed_gives_the_same_bits(tiny_encoder: Path, dropout: bool):
    torch.manual_seed(1)
    first = taught(tiny_encoder, 5, seed=7, dropout=dropout)
    torch.manual_seed(2)
    other = new(tiny_encoder, seed=3, dropout=True)
    other.start_stage(9)
    second = new(tiny_encoder, seed=7, dropout=dropout, window=32)
    second.start_stage(5)
    for _ in range(5):
        other.learn(TAUGHT)  # another student in the same process
        second.learn(TAUGHT)
    assert weights(first) == weights(second)
    assert weights(first) != weights(taught(tiny_encoder, 5, seed=8, dropout=dropout))


def test_the_user_s_random_numbers_are_left_alone(tiny_encoder: Path):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    taught(tiny_encoder, 2, dropout=True).predict(TEXTS)
    assert torch.equal(before, torch.random.get_rng_state())


def test_predictions_do_not_depend_on_what_else_is_predicted(pupil: Transformer):
    together = pupil.predict(TEXTS)
    alone = [pupil.predict([example])[0] for example in TEXTS]
    assert together == alone
    scores = [[span.score for spans in found for span in spans] for found in (together, alone)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def test_every_example_done_is_reported(pupil: Transformer):
    done: list[int] = []
    pupil.predict(TEXTS, done.append)
    assert sum(done) == len(TEXTS)


def test_a_name_at_the_very_end_of_a_long_text_is_found(pupil: Transformer):
    long = "Nobody believed the baker's son. " * 400
    text = f"{long}The mayor of Lima."
    [found] = pupil.predict([Example(text, source="")])
    assert found == (Span(len(text) - 5, len(text) - 1, "LOC"),)


def test_windows_change_nothing_where_a_word_has_context_enough(tiny_encoder: Path, tmp_path: Path):
    spans = [Span(s.start + 33 * i, s.end + 33 * i, s.label) for i in range(40) for s in TAUGHT[0].labels]
    long = Example("Alice Moreno flew to Lima.       " * 40, tuple(spans))
    learner = new(tiny_encoder, window=64, overlap=16)
    learner.start_stage(30)
    for _ in range(30):
        learner.learn([long])
    learner.save(tmp_path / "model")
    card = json.loads((tmp_path / "model/vermeil.json").read_text())
    for window, overlap in ((64, 64), (48, 16), (32, 20)):
        card["settings"] |= {"window": window, "overlap": overlap}
        (tmp_path / "model/vermeil.json").write_text(json.dumps(card))
        assert load(tmp_path / "model").predict([long]) == [long.labels]


def test_it_learns_from_the_end_of_a_long_text_too(tiny_encoder: Path):
    start = "Nobody believed the baker's son. " * 30
    end = Example(f"{start}Lima", (Span(len(start), len(start) + 4, "LOC"),))
    learner = new(tiny_encoder, window=32, overlap=8)
    learner.start_stage(40)
    losses = [learner.learn([end]) for _ in range(40)]
    assert losses[-1] < 0.1 * losses[0]
    assert learner.predict([end]) == [end.labels]


def test_a_span_that_cuts_a_word_is_listed_and_its_word_not_learnt_as_nothing(tiny_encoder: Path):
    cutting = Example("Lima Limas", (Span(5, 9, "LOC"),))
    learner = new(tiny_encoder)
    assert learner.unreachable([cutting, *TAUGHT]) == [(cutting, Span(5, 9, "LOC"))]
    [row] = learner._reader.learnt(0, cutting)
    assert row.targets == 1


def test_a_batch_with_nothing_to_learn_is_a_step_all_the_same(tiny_encoder: Path):
    learner = new(tiny_encoder)
    learner.start_stage(2)
    assert learner.learn([Example(""), Example("Limas", (Span(0, 4, "LOC"),))]) == 0.0
    assert learner.learn([]) == 0.0


def test_data_words_follow_the_tokens_of_the_data(tiny_encoder: Path):
    example = Example("Limassol", (Span(0, 4, "LOC"),), tokens=((0, 4), (4, 8)))
    by_words = {words: new(tiny_encoder, words=words) for words in ("tokenizer", "data")}
    assert by_words["data"].unreachable([example]) == []
    assert len(by_words["tokenizer"].unreachable([example])) == 1


def test_a_label_that_it_does_not_know_is_refused(tiny_encoder: Path):
    learner = new(tiny_encoder)
    learner.start_stage(1)
    with pytest.raises(DataError, match=r"example 'x' has the label 'ORG'; the student knows only PER, LOC"):
        learner.learn([Example("Acme", (Span(0, 4, "ORG"),), id="x")])


def test_learning_before_a_stage_or_in_one_without_steps_is_refused(tiny_encoder: Path):
    learner = new(tiny_encoder)
    with pytest.raises(VermeilError, match="start a stage first"):
        learner.learn(TAUGHT)
    with pytest.raises(SettingsError, match="at least one step, got 0"):
        learner.start_stage(0)


def test_training_that_diverges_stops_and_says_so(tiny_encoder: Path):
    learner = new(tiny_encoder)
    learner.start_stage(200, learning_rate=1e30)
    learner.learn(TAUGHT)  # ruins the weights
    with pytest.raises(VermeilError, match=r"diverged at step 2 of 200.*below 1e\+30"):
        learner.learn(TAUGHT)


def test_a_device_that_is_not_there_is_refused(tiny_encoder: Path):
    with pytest.raises(SettingsError, match="'abacus' cannot be used"):
        new(tiny_encoder, device="abacus")


def test_bfloat16_learns_too(tiny_encoder: Path):
    learner = taught(tiny_encoder, 60, precision="bfloat16")
    assert learner.predict(TAUGHT) == [example.labels for example in TAUGHT]


def test_frozen_embeddings_stay_as_they_were(tiny_encoder: Path):
    before = new(tiny_encoder)
    after = taught(tiny_encoder, 3, train_embeddings=False)
    tables = [learner._network.get_input_embeddings().weight for learner in (before, after)]
    assert torch.equal(*tables)


def test_a_full_window_fits_models_that_count_positions_after_padding(tmp_path: Path):
    encoder = write_encoder(tmp_path / "e", byte_level(), RobertaModel, RobertaConfig, positions=40, padding=1)
    learner = new(encoder)
    assert learner._tokenizer.model_max_length == 38
    learner.start_stage(1)
    learner.learn([Example("Alice flew to Lima. " * 20)])
    learner.predict([Example("Alice flew to Lima. " * 20)])


def test_nothing_is_printed(tiny_encoder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    taught(tiny_encoder, 1).save(tmp_path / "model")
    load(tmp_path / "model").predict(TEXTS)
    assert capfd.readouterr() == ("", "")


def test_real_text_is_learnt_in_forty_steps(learner: tuple[Transformer, float], test_part: list[Example]):
    pupil, before = learner
    assert before < 5
    assert f1(test_part, pupil.predict(test_part)) > 30
