"""JSON rows: the shapes of other tools, and what is wrong with a row."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Dataset, Example, Lost, Span, Vote
from vermeil.errors import DataError
from vermeil.formats import read, read_texts, reading, write

ALICE = {"text": "Alice flew to Lima."}
SPANS = (Span(0, 5, "PER"), Span(14, 18, "LOC"))


def rows(folder: Path, *values: Any, name: str = "some.jsonl") -> Path:  # noqa: ANN401
    path = folder / name
    path.write_text("".join(f"{v if isinstance(v, str) else json.dumps(v)}\n" for v in values), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "labels",
    [
        {"spans": [{"start": 0, "end": 5, "label": "PER"}, {"start": 14, "end": 18, "label": "LOC"}]},
        {"entities": [{"start": 14, "end": 18, "type": "LOC"}, {"start": 0, "end": 5, "type": "PER"}]},
        {"spans": [{"start": 0, "end": 5, "entity_group": "PER", "word": "alice", "score": 0.5}], "entities": []},
        {"label": [[0, 5, "PER"], [14, 18, "LOC"]]},
        {"labels": [[0, 5, "PER"], [14, 18, "LOC"]]},
        {"entities": [[0, 5, "PER"], [14, 18, "LOC"]], "label": "news"},
        {"entities": [{"id": 1, "start_offset": 0, "end_offset": 5, "label": "PER"}], "relations": []},
        {"spans": [{"start": 0, "end": 5, "label": "PER", "text": "Alice", "token_start": 0}]},
        {"entities": [{"text": "Alice", "type": "PER"}, {"text": "Lima", "type": "LOC"}]},
    ],
)
def test_spans_of_every_common_shape_are_read(tmp_path: Path, labels: dict[str, Any]) -> None:
    gold = read(rows(tmp_path, ALICE | labels))
    assert gold[0].text == ALICE["text"]
    assert gold[0].labels in (SPANS, SPANS[:1])
    assert (gold[0].source, gold[0].state, gold[0].lost) == ("gold", "labels", ())


@pytest.mark.parametrize(
    "row",
    [
        {"tags": ["B-PER", "O", "O", "B-LOC"]},
        {"ner_tags": ["I-PER", "O", "O", "I-LOC"]},
        {"ner_tags": [1, 0, 0, 5], "names": ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC"]},
        {"ner_tags": [1, 0, 0, 5], "names": {"0": "O", "1": "B-PER", "5": "B-LOC"}},
    ],
)
def test_tags_over_tokens_are_read(tmp_path: Path, row: dict[str, Any]) -> None:
    gold = read(rows(tmp_path, {"id": 7, "doc": 3, "tokens": ["Alice", "flew", "to", "Lima"]} | row))
    assert gold[0].labels == SPANS
    assert gold[0].tokens == ((0, 5), (6, 10), (11, 13), (14, 18))
    assert (gold[0].id, gold[0].document) == ("7", "3")


def test_a_text_beside_the_tokens_keeps_its_own_spaces(tmp_path: Path) -> None:
    row = ALICE | {"tokens": ["Alice", "flew", "to", "Lima", "."], "tags": ["B-PER", "O", "O", "B-LOC", "O"]}
    gold = read(rows(tmp_path, row))
    assert gold[0].text == "Alice flew to Lima."
    assert gold[0].labels == SPANS
    with pytest.raises(DataError, match=r"some.jsonl:1: the token 'Bob' does not come next"):
        read(rows(tmp_path, row | {"tokens": ["Bob", "flew", "to", "Lima", "."]}))


def test_numbers_as_tags_can_be_named_by_the_reader(tmp_path: Path) -> None:
    path = rows(tmp_path, {"tokens": ["Ana"], "ner_tags": [1]})
    assert read(path, tag_names=["O", "B-PER"])[0].labels == (Span(0, 3, "PER"),)
    with pytest.raises(DataError, match=r"some.jsonl:1: the tags are numbers, and nothing says what 1 means; give"):
        read(path)
    with pytest.raises(DataError, match=r"some.jsonl:1: the tag 1 has no name among the 1 given"):
        read(path, tag_names=["O"])


def test_a_document_below_zero_is_unknown(tmp_path: Path) -> None:
    assert read(rows(tmp_path, ALICE | {"spans": [], "doc": -1}))[0].document == ""


def test_the_reader_can_say_who_gave_the_labels(tmp_path: Path) -> None:
    path = rows(tmp_path, ALICE | {"spans": []}, ALICE | {"spans": [], "source": "llm-b"})
    assert [example.source for example in read(path, source="llm-a")] == ["llm-a", "llm-b"]


def test_quotes_that_cannot_be_placed_are_kept_as_lost(tmp_path: Path) -> None:
    row = ALICE | {"entities": [{"text": "Alice", "type": "PER"}, {"text": "Bob", "type": "PER"}]}
    example = read(rows(tmp_path, row))[0]
    assert [(s.start, s.end, s.found) for s in example.labels] == [(0, 5, "exact")]
    assert example.lost == (Lost("Bob", "PER", "not in the text"),)


def test_the_three_states_and_unlabelled_are_kept_apart(tmp_path: Path) -> None:
    states = Dataset(
        (
            Example("labels", (Span(0, 6, "X"),), source="llm"),
            Example("empty", source="llm"),
            Example("failed", source="llm", failed="the answer was cut off"),
            Example("unlabelled", source=""),
        )
    )
    write(states, tmp_path / "out.jsonl")
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["state"] for row in written] == ["labels", "empty", "failed", "unlabelled"]
    again = read(tmp_path / "out.jsonl")
    assert [example.state for example in again] == ["labels", "empty", "failed", "unlabelled"]
    assert again[2].failed == "the answer was cut off"
    assert len(again.trainable) == 2


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{not json", r"some.jsonl:2: not JSON \(.* at character 2\); expected one JSON object on each line"),
        ("[1, 2]", r"some.jsonl:2: a row is a JSON object such as"),
        ('"text"', "some.jsonl:2: a row is a JSON object"),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "score": NaN}]}',
            "2: not JSON .NaN is not JSON",
        ),
        ("[" * 100_000, "some.jsonl:2: not JSON .nested too deeply"),
        ('{"text": "a", "n": ' + "1" * 5000 + "}", "some.jsonl:2: not JSON"),
        ('{"text": "a\\ud83d", "spans": []}', "some.jsonl:2: the text of an example holds .* half of a character"),
        ({"spans": []}, "some.jsonl:2: it has no 'text'; name the one that holds the text .*there are: spans"),
        ({"text": 3, "spans": []}, "some.jsonl:2: its 'text' is not a string"),
        (
            {"text": None, "spans": []},
            "some.jsonl:2: its 'text' is null; give it a text, or leave the row out",
        ),
        (ALICE, "some.jsonl:2: the row has no labels"),
        (ALICE | {"label": "positive"}, "some.jsonl:2: one class of each text, where line 1 has spans"),
        (ALICE | {"spans": {"start": 0}}, "some.jsonl:2: 'spans' is a list of objects"),
        (ALICE | {"spans": [[0, 5, "A"]], "label": [[0, 5, "B"]]}, "2: both 'spans' and 'label' hold labels; keep one"),
        (ALICE | {"spans": [[0, 5]]}, r"some.jsonl:2: a span is \[start, end, label\]"),
        (ALICE | {"spans": [{"start": 0, "end": 5}]}, "some.jsonl:2: 'label' is a string that is not empty"),
        (ALICE | {"spans": [[0, 5, 3]]}, "some.jsonl:2: 'label' is a string"),
        (ALICE | {"spans": [[0, 5.0, "A"]]}, "some.jsonl:2: a span needs whole numbers"),
        (ALICE | {"spans": [[False, True, "A"]]}, "some.jsonl:2: a span needs whole numbers"),
        (ALICE | {"spans": [[5, 5, "A"]]}, "some.jsonl:2: a span needs 0 <= start < end"),
        (ALICE | {"spans": [[-3, 5, "A"]]}, "some.jsonl:2: a span needs 0 <= start"),
        (ALICE | {"spans": [[14, 90, "A"]]}, r"some.jsonl:2: .*\[14, 90\) ends outside the text"),
        (ALICE | {"spans": [[0, 5, "A"], [4, 9, "B"]]}, "some.jsonl:2: .*spans overlap"),
        (
            ALICE | {"spans": [{"start": 14, "end": 17, "label": "LOC", "text": "Lima"}]},
            r"some.jsonl:2: the span \[14, 17\) is 'Lim', but the row calls it 'Lima'; count in characters",
        ),
        (ALICE | {"spans": [{"start": 0, "end": 5, "label": "A", "score": 2}]}, r"2: the score .* lies in \[0, 1\]"),
        (ALICE | {"spans": [{"start": 0, "end": 5, "label": "A", "score": "x"}]}, r"2: the score .* is a number"),
        (ALICE | {"spans": [{"start": 0, "end": 5, "label": "A", "found": "x"}]}, "2: 'found' is one of given, exact"),
        (ALICE | {"spans": [], "id": [1]}, "some.jsonl:2: 'id' is a string or a whole number"),
        (ALICE | {"spans": [], "tokens": [[0, 50]]}, "some.jsonl:2: .*outside the text"),
        (ALICE | {"spans": [], "tokens": [1]}, "some.jsonl:2: 'tokens' are strings, or pairs"),
        (ALICE | {"spans": [], "source": 3}, "some.jsonl:2: 'source' is a string"),
        (ALICE | {"spans": [], "failed": True}, "some.jsonl:2: 'failed' is the reason"),
        (ALICE | {"spans": [], "lost": ["x"]}, "some.jsonl:2: 'lost' is a list of objects"),
        (ALICE | {"spans": [], "state": "failed"}, "some.jsonl:2: the state is 'failed', but by .* it is 'empty'"),
        (ALICE | {"spans": [], "state": "odd"}, "some.jsonl:2: the state is 'odd'"),
        (ALICE | {"spans": [[0, 5, "A"]], "source": ""}, "some.jsonl:2: .*labels need a source"),
        ({"tokens": ["Ana", ""], "tags": ["O", "O"]}, "some.jsonl:2: token 2 is ''; tokens are strings"),
        ({"tokens": ["Ana"], "tags": ["O", "O"]}, "some.jsonl:2: 1 tokens but 2 tags"),
        ({"tokens": ["Ana"], "tags": "O"}, "some.jsonl:2: tags need 'tokens' beside them, and both are lists"),
        ({"tokens": ["Ana"], "tags": [None]}, "some.jsonl:2: a tag is a string such as B-PER"),
        ({"tokens": ["Ana"], "tags": ["PER"]}, "some.jsonl:2: tag 1: 'PER' is not a tag"),
        ({"tokens": ["Ana", "Luz"], "tags": ["B-PER", "I-LOC"]}, "some.jsonl:2: tag 2: the tag 'I-LOC' after 'B-PER'"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, row: Any, complaint: str) -> None:  # noqa: ANN401
    with pytest.raises(DataError, match=complaint) as caught:
        read(rows(tmp_path, {"text": "fine", "spans": []}, row))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_label_that_the_task_does_not_know_is_refused_in_every_shape(tmp_path: Path) -> None:
    for row in (
        ALICE | {"spans": [[0, 5, "PRE"]]},
        ALICE | {"entities": [{"text": "Nobody", "type": "PRE"}]},
        {"tokens": ["Ana"], "tags": ["B-PRE"]},
    ):
        with pytest.raises(DataError, match=r"some.jsonl:1: the label 'PRE' .*did you mean 'PER'"):
            read(rows(tmp_path, row), labels={"PER", "LOC"})


def test_an_id_of_two_texts_is_refused_with_both_lines(tmp_path: Path) -> None:
    first, second = ({"id": "a", "text": text, "spans": []} for text in ("one", "two"))
    with pytest.raises(DataError, match=r"some.jsonl:3: the id 'a' stands for another text or labels in line 1"):
        read(rows(tmp_path, first, ALICE | {"spans": []}, second))
    with pytest.raises(DataError, match=r"some.jsonl:2: the id 'a'"):
        read_texts(rows(tmp_path, first, second))


def test_a_row_that_only_repeats_another_is_read_once_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"id": "a", "text": "one", "spans": []}
    with caplog.at_level(logging.WARNING):
        found = reading(rows(tmp_path, row, row))
    assert (len(found.dataset), found.repeats) == (1, 1)
    assert "some.jsonl: 1 rows repeat an earlier one" in caplog.text
    assert str(found) == "1 text, 0 labels; 1 repeated rows read once"


def test_rows_without_ids_may_repeat(tmp_path: Path) -> None:
    assert len(read(rows(tmp_path, ALICE | {"spans": []}, ALICE | {"spans": []}))) == 2


def test_blank_lines_and_line_separators_in_texts_are_no_rows(tmp_path: Path) -> None:
    text = "a\u2028b\x85c"
    path = tmp_path / "some.jsonl"
    path.write_text(f'\n{{"text": "{text}", "spans": []}}\r\n\n', encoding="utf-8")
    assert read(path).texts == (text,)


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_rows_is_read(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps([ALICE | {"spans": [[0, 5, "PER"]]}] * 2, indent=indent))
    assert [example.labels for example in read(path)] == [SPANS[:1]] * 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[\n{"text": "a", "spans": []},\n{"text": 1, "spans": []}]', "some.json:3: its 'text' is not a string"),
        ('[\n{"text": "a", "spans": []},\n\n{"text": ]', "some.json:4: not JSON"),
        ('[{"text": "a", "spans": []}\n{"text"', "some.json:2: not one whole JSON array"),
        ('[{"text": "a", "spans": []}', "some.json:1: not one whole JSON array"),
        ('[{"text": "a", "spans": []}] x', "some.json:1: not one whole JSON array"),
        ('"text"', "some.json:1: not one whole JSON array"),
        ("[]", "some.json: the file has no texts"),
    ],
)
def test_a_wrong_array_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "some.json"
    path.write_text(text)
    with pytest.raises(DataError, match=complaint):
        read(path)


def test_texts_are_read_from_the_column_that_is_named(tmp_path: Path) -> None:
    path = rows(tmp_path, {"id": 3, "title": "Ana wins", "text": "Long story", "spans": [[0, 4, "X"]]})
    assert read_texts(path).texts == ("Long story",)
    assert read_texts(path, column="title")[0] == Example("Ana wins", id="3", source="")
    with pytest.raises(DataError, match=r"some.jsonl:1: it has no 'body'; .*there are: id, spans, text, title"):
        read_texts(path, column="body")


def test_texts_keep_their_tokens(tmp_path: Path) -> None:
    raw = read_texts(rows(tmp_path, {"tokens": ["Ana", "ran"], "tags": ["?", "?"]}))
    assert (raw[0].text, raw[0].tokens, raw[0].state) == ("Ana ran", ((0, 3), (4, 7)), "unlabelled")


def test_strings_alone_are_texts(tmp_path: Path) -> None:
    assert read_texts(rows(tmp_path, '["one", "two"]', name="some.json")).texts == ("one", "two")


def test_tokens_and_tags_are_written_for_other_tools(tmp_path: Path) -> None:
    failed = Example("cut", source="llm", failed="cut off")
    gold = Dataset((Example("Ana ran.", (Span(0, 3, "PER"),), id="a", document="d"), failed))
    lost = write(gold, tmp_path / "out.jsonl", format="token-jsonl", scheme="BIOES").first
    assert json.loads((tmp_path / "out.jsonl").read_text()) == {
        "id": "a", "document": "d", "tokens": ["Ana", "ran", "."], "tags": ["S-PER", "O", "O"],
    }  # fmt: skip
    assert [each.text for each in lost] == ["cut"]


def voted(text: str) -> st.SearchStrategy[Vote]:
    starts = st.integers(0, len(text) - 1)
    return starts.flatmap(
        lambda start: st.builds(
            Vote,
            st.just(start),
            st.integers(start + 1, len(text)),
            st.sampled_from(["PER", "lieu dit", "名"]),
            st.lists(st.sampled_from(["openai:a", "openai:a#2", "b/ü", "c"]), min_size=1, unique=True).map(tuple),
            st.none() | st.floats(0, 1),
        )
    )


SOME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(
    SOME_TEXT.flatmap(
        lambda text: st.builds(
            Example,
            st.just(text),
            source=st.just("openai:a"),
            failed=st.sampled_from(["", "1 of 3 voters answered"]),
            votes=st.lists(voted(text), max_size=5, unique_by=lambda vote: vote.span).map(tuple),
        )
    )
)
@pytest.mark.parametrize("name", ["votes.jsonl", "votes.json"])
def test_votes_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, name: str, example: Example
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    assert not write([example], path)
    assert repr(read(path)[0]) == repr(example)


@pytest.mark.parametrize("format", ["conll", "text", "token-jsonl"])
def test_other_formats_drop_votes_which_is_no_loss(tmp_path: Path, format: str) -> None:
    plain = Example("Alice flew to Lima .", SPANS)
    example = replace(plain, votes=(Vote(0, 5, "PER", ("a", "b")), Vote(6, 10, "LOC", ("a",))))
    assert (
        write([example], tmp_path / "voted", format=format).first
        == write([plain], tmp_path / "plain", format=format).first
    )
    assert (tmp_path / "voted").read_text() == (tmp_path / "plain").read_text()


@pytest.mark.parametrize("votes", [17, "many", None, [], [3, 1], {"up": 3}])
def test_a_column_of_votes_that_is_somebody_elses_is_passed_over(tmp_path: Path, votes: object) -> None:
    assert read(rows(tmp_path, ALICE | {"spans": [[0, 5, "PER"]], "votes": votes}))[0].votes == ()


@pytest.mark.parametrize(
    ("vote", "complaint"),
    [
        ({"start": 0, "end": 5, "label": "PER"}, "a vote has start, end, label and a list of voters"),
        ({"start": 0, "end": 5, "label": "PER", "voters": "ab"}, "a vote has start, end, label and a list of voters"),
        ({"start": 0, "end": 5, "label": "PER", "voters": [1]}, "a vote has start, end, label and a list of voters"),
        ({"start": 0, "end": 5, "label": "PER", "voters": []}, "names each of its voters once"),
        ({"start": 0, "end": 5, "voters": ["a"]}, "'label' is a string that is not empty"),
        ({"start": 0, "end": 5, "label": "ORG", "voters": ["a"]}, "the label 'ORG' is not one of the task's"),
        ({"start": 0, "end": 50, "label": "PER", "voters": ["a"]}, "ends outside the text"),
        ({"start": 0, "end": 5, "label": "PER", "voters": ["a"], "score": 7}, r"lies in \[0, 1\]"),
        ({"start": 0, "end": 5, "label": "PER", "voters": ["a"], "text": "Bob"}, "but the row calls it 'Bob'"),
    ],
)
def test_an_unsound_vote_is_refused_with_its_line(tmp_path: Path, vote: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=f"some.jsonl:1: .*{complaint}"):
        read(rows(tmp_path, ALICE | {"spans": [[0, 5, "PER"]], "votes": [vote]}), labels=["PER"])
