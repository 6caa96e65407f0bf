"""Texts that need not fit in memory: checked once, then streamed as often as one likes."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import sys
import threading
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.data import Example
from vermeil.errors import DataError, OutputError, SettingsError
from vermeil.formats import open_texts, read, read_texts
from vermeil.formats.known_ids import KnownIds


def written(folder: Path, content: str | bytes, name: str = "raw.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("raw.txt", "one\r\n\n \u00a0\n  two\u2028more\nthree"),
        ("raw.txt.gz", gzip.compress("one\nZoë\n".encode(), mtime=0)),
        ("raw.txt", "\ufeffone\n\ufefftwo\n"),
        ("raw.jsonl", rows({"id": "a", "text": "one"}, {"id": "b", "text": "two", "spans": []})),
        ("raw.json", '[{"text": "one"}, {"text": "two"},\n "three"]'),
        ("raw.conll", "-DOCSTART- O\n\nAna B-PER\nran O\n\n\nLima B-LOC\n"),
    ],
)
def test_each_loop_gives_the_examples_that_read_texts_keeps(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = written(tmp_path, content, name)
    texts, kept = open_texts(path), read_texts(path)
    assert list(texts) == list(kept) == list(texts)
    assert (len(texts), texts.name, texts.sha256) == (len(kept), kept.name, kept.sha256)
    assert {example.state for example in texts} == {"unlabelled"}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=8))
def test_any_texts_are_streamed_as_they_were(drawn: list[str]) -> None:
    with TemporaryDirectory() as folder:
        texts = open_texts(written(Path(folder), rows(*({"text": text} for text in drawn)), "raw.jsonl"))
        assert [example.text for example in texts] == drawn


def test_two_loops_run_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"text {k}\n" for k in range(10_000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    for texts in (open_texts(written(tmp_path, content)), open_texts("-")):
        assert all(left == right for left, right in zip(texts, texts, strict=True))


def test_standard_input_is_kept_for_the_second_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ana O\nran O\n\nLima B-LOC\n")))
    texts = open_texts("-", format="conll")
    assert (texts.name, len(texts)) == ("standard input", 2)
    assert [e.text for e in texts] == [e.text for e in texts] == ["Ana ran", "Lima"]


def test_a_named_pipe_is_kept_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("one\ntwo\n"))
    writer.start()
    texts = open_texts(tmp_path / "pipe")
    writer.join()
    assert [e.text for e in texts] == [e.text for e in texts] == ["one", "two"]


def test_a_full_disk_under_the_kept_copy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\n" * 1000)))
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: io.FileIO("/dev/full", "r+"))
    with pytest.raises(OutputError, match=r"standard input could not be kept in .*No space left.*TMPDIR"):
        open_texts("-")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"one\n" * 999 + b"J\xf6rg\n", "raw.jsonl:1: not JSON"),
        (rows({"text": "a"}, {"text": "b"}, {"body": "c"}).encode(), r"raw.jsonl:3: it has no 'text'"),
        (rows({"text": "a"}).encode() + b'{"text": "J\xf6rg"}\n', r"raw.jsonl:2: not UTF-8"),
        (
            rows({"id": 1, "text": "a"}, {"id": 2, "text": "a"}, {"id": 1, "text": "b"}).encode(),
            r"raw.jsonl:3: the id '1' stands for another text in line 1; make ids unique",
        ),
        (b"\n\n", "raw.jsonl: the file has no texts"),
        (b"", "raw.jsonl: the file is empty"),
    ],
)
def test_every_error_comes_before_the_first_text(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        open_texts(written(tmp_path, content, "raw.jsonl"))


def test_a_missing_file_and_a_folder_are_said_as_ever(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no\.txt: there is no such file"):
        open_texts(tmp_path / "no.txt")
    with pytest.raises(DataError, match="this is a folder"):
        open_texts(tmp_path)
    with pytest.raises(DataError, match="cannot be the name of a file"):
        open_texts("a\0b")


def test_a_row_that_repeats_an_earlier_one_is_read_once(tmp_path: Path) -> None:
    row = {"id": "a", "text": "one"}
    path = written(tmp_path, rows(row, {"id": "b", "text": "two"}, row, row, {"text": "x"}, {"text": "x"}), "raw.jsonl")
    texts = open_texts(path)
    assert [e.text for e in texts] == ["one", "two", "x", "x"]
    assert (len(texts), texts.repeats) == (4, 2)


def test_the_first_texts_alone_are_checked_where_only_they_are_wanted(tmp_path: Path) -> None:
    row = {"id": "a", "text": "one"}
    path = written(tmp_path, rows(row, row, {"id": "b", "text": "two"}, "three") + "{broken", "raw.jsonl")
    texts = open_texts(path, limit=2)
    assert [e.text for e in texts] == ["one", "two"]
    assert texts.sha256 == open_texts(written(tmp_path, rows(row, {"id": "b", "text": "two"}), "x.jsonl")).sha256
    assert len(open_texts(path, limit=3)) == 3
    with pytest.raises(DataError, match=r"raw.jsonl:5: not JSON"):
        open_texts(path, limit=4)
    with pytest.raises(SettingsError, match="at least 1, got 0"):
        open_texts(path, limit=0)


@pytest.mark.parametrize("now", ["one\n", "one\ntwo\nthree\n", "one\nTWO!\n", "\0", ""])
def test_a_file_that_changed_since_it_was_checked_is_an_error(tmp_path: Path, now: str) -> None:
    path = written(tmp_path, "one\ntwo\n")
    texts = open_texts(path)
    os.utime(path, ns=(1, 1))
    path.write_text(now)
    with pytest.raises(DataError, match=r"raw.txt: the file changed after it was checked"):
        list(texts)
    path.unlink()
    with pytest.raises(DataError, match=r"raw.txt: the file changed after .*no such file"):
        list(texts)


def test_a_file_that_grows_under_a_loop_is_an_error_and_gives_no_text_more(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(f"text {k}\n" for k in range(40_000)))
    texts = open_texts(path)
    loop = iter(texts)
    head = list(islice(loop, 10))
    with path.open("a") as stream:
        stream.write("more\n" * 10)
    with pytest.raises(DataError, match="changed after"):
        head.extend(loop)
    assert len(head) <= len(texts)


def test_progress_is_told_in_bytes_up_to_the_whole(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(os.urandom(900_000).hex("\n", 30).encode()), "raw.txt.gz")
    told: list[tuple[int, int]] = []
    open_texts(path, on_progress=lambda done, total: told.append((done, total)))
    assert told[0][0] == 0
    assert told[-1] == (path.stat().st_size,) * 2
    assert len(told) > 5
    assert told == sorted(told)


def test_a_text_in_another_column_and_tokens_in_other_columns(tmp_path: Path) -> None:
    path = written(tmp_path, rows({"title": "Ana wins"}), "raw.jsonl")
    assert [e.text for e in open_texts(path, column="title")] == ["Ana wins"]
    path = written(tmp_path, "1 Ana\n2 ran\n", "raw")
    assert [e.text for e in open_texts(path, columns=(1, 0))] == ["Ana ran"]


def test_known_ids_agree_with_a_set() -> None:
    rng, known, seen = random.Random(0), KnownIds(), set[str]()
    for _ in range(20_000):
        name = str(rng.randrange(12_000))
        assert known.add(Example(name, id=name, source="")) == ("repeated" if name in seen else "new")
        seen.add(name)
    assert known.add(Example("other", id=seen.pop(), source="")) == "differs"


def test_two_ids_of_one_hash_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KnownIds, "add", lambda *_: "differs")
    path = written(tmp_path, rows({"id": "a", "text": "one"}, {"id": "b", "text": "two"}), "raw.jsonl")
    assert [e.text for e in open_texts(path)] == ["one", "two"]


LINES = {
    "a header that is none": "text, id\nAlice flew, to Lima\n",
    "an object that is none": '{"hello"} said Alice\nAlice flew\n',
    "an array that is none": '["hello"] said Alice\n',
    "one line of several is JSON": '{"text": "Alice"}\nflew to Lima\n',
    "JSON without a text": '{"at": 12}\n{"at": 13}\n',
    "all lines end like tags": "Crash closes I-95\nSnow closes I-96\n",
    "lines end like tags, more and less long": "Blood group O\nAnd his was O\n",
}


@pytest.mark.parametrize("content", LINES.values(), ids=LINES)
@pytest.mark.parametrize("name", ["raw.txt", "raw.TXT", "raw.txt.gz"])
def test_a_file_called_txt_is_one_text_a_line(tmp_path: Path, name: str, content: str) -> None:
    path = written(tmp_path, gzip.compress(content.encode()) if name.endswith(".gz") else content, name)
    assert [e.text for e in open_texts(path)] == [e.text for e in read_texts(path)] == content.splitlines()


@pytest.mark.parametrize(
    "content",
    [
        '{"text": "Ana ran"}\n\n{"text": "Lima", "tokens": null}\n',
        '{"tokens": ["Ana", "ran"]}\n{"tokens": ["Lima"]}\n',
        "Ana B-PER\nran O\n\nLima B-LOC\n",
        "-DOCSTART- -X- O\n\nAna NNP B-PER\nran VB O\n\nLima NNP B-LOC\n",
        'id\ttext\n1\tAna ran\n2\t"Lima"\n',
    ],
)
def test_but_what_is_unmistakably_something_else_is_read_as_that(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    assert [e.text for e in open_texts(path)] == ["Ana ran", "Lima"]
    assert [e.text for e in open_texts(path, format="text")] == [each for each in content.splitlines() if each]


FOREIGN = [
    ("id", 1.5),
    ("id", True),
    ("id", {"$oid": "x"}),
    ("document", {"title": "x"}),
    ("doc", 1.5),
    ("tokens", 12),
    ("tokens", ["ana", "ran"]),
    ("tokens", [[0, 99]]),
]


@pytest.mark.parametrize(("column", "value"), FOREIGN)
def test_a_column_that_is_only_called_like_ours_is_left_out_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, column: str, value: object
) -> None:
    path = written(tmp_path, rows({"text": "Ana ran", "id": "a"} | {column: value}, {"text": "b", column: value}), "x")
    texts = open_texts(path)
    assert [e.text for e in texts] == [e.text for e in texts] == ["Ana ran", "b"]
    assert [(e.id, e.document, e.tokens) for e in texts][1] == ("", "", None)
    assert next(e.id for e in texts) == ("" if column == "id" else "a"), "what is ours is kept"
    (told,) = caplog.messages
    assert told.startswith(f"{path}: left out: {column!r} where it is not vermeil's (")
    assert told.endswith(" in line 1)")
    with pytest.raises(DataError):
        read(path, format="jsonl")


def test_a_row_whose_text_is_the_trouble_says_so_whatever_its_other_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"raw.jsonl:1: its 'text' is not a string; .* there are: id, text"):
        open_texts(written(tmp_path, rows({"text": 3, "id": 1.5}), "raw.jsonl"))
    with pytest.raises(DataError, match=r"raw.jsonl:1: token 2 is 5; tokens are strings"):
        open_texts(written(tmp_path, rows({"tokens": ["Ana", 5]}), "raw.jsonl"))


def test_files_that_are_read_together_share_their_ids(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known = KnownIds()
    first = open_texts(written(tmp_path, rows({"id": 1, "text": "a"}, {"id": 2, "text": "b"}), "1.jsonl"), known=known)
    again = written(tmp_path, rows({"id": 2, "text": "b"}), "2.jsonl")
    assert len(open_texts(again, known=known, earlier=[first])) == 0
    assert "2.jsonl: 1 rows repeat an earlier one with its id; each is read once" in caplog.text
    other = written(tmp_path, rows({"text": "x"}, {"id": 2, "text": "c"}), "3.jsonl")
    with pytest.raises(
        DataError,
        match=r"3.jsonl:2: the id '2' stands for another text in .*1.jsonl:2; make ids unique, or give each file a run",
    ):
        open_texts(other, known=known, earlier=[first])
    assert len(open_texts(other)) == 2


def test_all_files_of_a_folder_are_texts_but_those_that_are_no_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "news/deep").mkdir(parents=True)
    for name in ("b.txt", "news/a.txt", "news/deep/c.txt", "README", ".hidden"):
        written(tmp_path, f"{name}\n\nis here\n", name)
    texts = open_texts(tmp_path)
    assert [(e.id, e.text) for e in texts] == [
        (name, f"{name}\n\nis here") for name in ("b.txt", "news/a.txt", "news/deep/c.txt")
    ]
    assert caplog.messages == [f"{tmp_path}: left out: README (no .txt file)"]
    written(tmp_path, "%PDF", "news/deep/d.pdf")
    with pytest.raises(DataError, match=r"d\.pdf: one \.txt file for each text was expected"):
        open_texts(tmp_path)
