"""Parquet is read by its columns, in parts, and written whole or not at all."""

from __future__ import annotations

import gzip
import io
import sys
import weakref
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from vermeil import formats
from vermeil.data import Dataset, Example, Lost, Span, Vote, unlabelled
from vermeil.errors import DataError, OutputError
from vermeil.formats import open_texts, read, read_texts, write
from vermeil.formats.parquet import ROWS

EVERYTHING = Dataset(
    (
        Example(
            "Zoë flew\0 to 🇵🇪.",
            (Span(0, 3, "PER", "fuzzy", 0.25), Span(13, 15, "LOC")),
            id="a",
            tokens=((0, 3), (4, 8)),
            document="d",
            source="llm",
            lost=(Lost("Oslo", "LOC", "not in the text"),),
            votes=(Vote(0, 3, "PER", ("x", "y"), 1.0),),
        ),
        Example("nothing"),
        Example("cut", failed="no answer"),
        Example("", source=""),
    ),
    "all.parquet",
)


def table(folder: Path, name: str = "some.parquet", **columns: list[Any]) -> Path:
    parquet.write_table(pyarrow.table(columns), folder / name)
    return folder / name


def test_all_of_an_example_comes_back(tmp_path: Path) -> None:
    write(EVERYTHING, tmp_path / "all.parquet")
    again = read(tmp_path / "all.parquet")
    assert list(map(repr, again)) == list(map(repr, EVERYTHING))
    assert read_texts(tmp_path / "all.parquet").texts == EVERYTHING.texts


def test_other_tools_find_plain_columns(tmp_path: Path) -> None:
    write(EVERYTHING, tmp_path / "all.parquet")
    first = parquet.read_table(tmp_path / "all.parquet").to_pylist()[0]
    assert first["text"] == "Zoë flew\0 to 🇵🇪."
    assert first["spans"][0] == {"start": 0, "end": 3, "label": "PER", "found": "fuzzy", "score": 0.25}
    assert (first["id"], first["state"], first["failed"]) == ("a", "labels", None)


def test_any_column_can_hold_the_text_and_no_other_is_read(tmp_path: Path) -> None:
    path = table(tmp_path, body=["Ada", "Bob"], id=[7, 8], doc=["x", None], text=[1.5, 2.5], label=[b"\xff", b"\xfe"])
    texts = open_texts(path, column="body")
    assert [(e.text, e.id, e.document, e.state) for e in texts] == [
        ("Ada", "7", "x", "unlabelled"),
        ("Bob", "8", "", "unlabelled"),
    ]


def test_words_and_numbered_tags_are_labels(tmp_path: Path) -> None:
    path = table(tmp_path, tokens=[["Ada", "ran"], ["to", "Oslo"]], ner_tags=[[1, 0], [0, 3]])
    gold = read(path, tag_names=["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
    assert [[span.label for span in example.labels] for example in gold] == [["PER"], ["LOC"]]


def test_a_pipe_and_gzip_are_recognised_by_what_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = table(tmp_path, text=["Ada"]).read_bytes()
    (tmp_path / "no-suffix").write_bytes(content)
    (tmp_path / "packed.parquet.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    for path in ("-", tmp_path / "no-suffix", tmp_path / "packed.parquet.gz"):
        assert [example.text for example in open_texts(path)] == ["Ada"]


def test_parquet_goes_into_a_pipe_and_gzip_too(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write(EVERYTHING, "-", format="parquet")
    (tmp_path / "piped.parquet").write_bytes(capsysbinary.readouterr().out)
    write(EVERYTHING, tmp_path / "packed.parquet.gz")
    assert list(read(tmp_path / "piped.parquet")) == list(read(tmp_path / "packed.parquet.gz")) == list(EVERYTHING)


def test_rows_are_written_in_groups_as_they_are_drawn(tmp_path: Path) -> None:
    drawn: list[weakref.ref[Example]] = []
    alive = []

    def examples() -> Any:  # noqa: ANN401
        for k in range(4 * ROWS + 1):
            example = Example(f"text {k}")
            drawn.append(weakref.ref(example))
            yield example
            if k % 1000 == 0:
                alive.append(sum(ref() is not None for ref in drawn))

    write(examples(), tmp_path / "out.parquet")
    found = parquet.ParquetFile(tmp_path / "out.parquet").metadata
    assert (found.num_rows, found.num_row_groups) == (4 * ROWS + 1, 5)
    assert max(alive) <= 2 * ROWS + 1


def test_long_texts_are_written_in_smaller_groups(tmp_path: Path) -> None:
    write(unlabelled(["x" * 3_000_000] * 7), tmp_path / "out.parquet")
    assert parquet.ParquetFile(tmp_path / "out.parquet").metadata.num_row_groups == 3


def damaged(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes(40) + content[middle + 40 :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: b"", r"bad\.parquet: not Parquet, or damaged"),
        (lambda content: b"no parquet\n", r"bad\.parquet: not Parquet, or damaged"),
        (lambda content: content[:-9], r"bad\.parquet: not Parquet, or damaged"),
        (lambda content: content[: len(content) // 2] + content[-300:], r"bad\.parquet: not Parquet, or damaged"),
        (damaged, r"bad\.parquet"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, change: Any, message: str) -> None:  # noqa: ANN401
    whole = table(tmp_path, text=[f"text {k * 7919}" for k in range(999)])
    (tmp_path / "bad.parquet").write_bytes(change(whole.read_bytes()))
    with pytest.raises(DataError, match=message) as error:
        open_texts(tmp_path / "bad.parquet")
    assert "\n" not in str(error.value)


def test_gzip_that_was_cut_off_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(table(tmp_path, text=[f"text {k * 7919}" for k in range(999)]).read_bytes())
    (tmp_path / "bad.parquet.gz").write_bytes(packed[:-20])
    with pytest.raises(DataError, match=r"bad\.parquet\.gz: not gzip, or broken"):
        open_texts(tmp_path / "bad.parquet.gz")


def test_what_is_wrong_with_a_row_is_said_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"some\.parquet: no column 'body'.*there are: text, id"):
        open_texts(table(tmp_path, text=["Ada"], id=["a"]), column="body")
    with pytest.raises(DataError, match=r"some\.parquet:2: its 'text' is null; give it a text"):
        open_texts(table(tmp_path, text=["Ada", None]))
    with pytest.raises(DataError, match=r"some\.parquet:3: the id 'a' stands for another text in line 1"):
        open_texts(table(tmp_path, text=["Ada", "Bob", "Cid"], id=["a", "b", "a"]))
    with pytest.raises(DataError, match=r"some\.parquet:1: .*outside the text"):
        read(table(tmp_path, text=["Ada"], spans=[[{"start": 0, "end": 9, "label": "PER"}]]))
    with pytest.raises(DataError, match="has no texts"):
        open_texts(table(tmp_path, text=pyarrow.array([], pyarrow.string())))


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = table(tmp_path, text=["Ada"] * 5000)
    texts = iter(open_texts(path))
    next(texts)
    table(tmp_path, text=["Bob"] * 6000)
    with pytest.raises(DataError, match="changed after it was checked"):
        list(texts)


def test_a_failed_writing_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    write(EVERYTHING, path)
    with pytest.raises(OutputError, match="half a character"):
        write([Example("x", document="\ud800")], path)
    assert list(read(path)) == list(EVERYTHING)
    assert [each.name for each in tmp_path.iterdir()] == ["out.parquet"]


def test_it_is_one_of_the_formats_that_are_listed() -> None:
    assert "parquet" in formats.FORMATS


def test_columns_of_other_types_than_ours_are_left_out_where_texts_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = table(tmp_path, text=["Ada", "Bob"], id=[1.5, 2.5], tokens=[3, 4], document=[{"a": 1}, None])
    assert [(e.text, e.id, e.tokens, e.document) for e in open_texts(path)] == [
        ("Ada", "", None, ""),
        ("Bob", "", None, ""),
    ]
    (told,) = caplog.messages
    assert all(f"{column!r} where it is not vermeil's" in told for column in ("id", "document", "tokens"))
