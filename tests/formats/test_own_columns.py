"""Files of other people: texts and labels in columns of any name, and columns that only look like vermeil's."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

import vermeil as vm
from vermeil.data import Kind
from vermeil.errors import DataError

TICKETS = "Nr;Beschreibung;Team;state;score\r\n7;Rechnung falsch 😡;billing;closed;5\r\n8;Wo bleibt es?;shipping;;\r\n"


def written(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


def rows(*given: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in given)


def parquet(path: Path, given: list[dict[str, Any]]) -> Path:
    arrow = pytest.importorskip("pyarrow")
    table = pytest.importorskip("pyarrow.parquet")
    table.write_table(arrow.Table.from_pylist(given), path)
    return path


def found(path: Path, kind: Kind | None = None, label: str = "Team") -> list[tuple[str, tuple[str, ...], Kind]]:
    read = vm.read(path, column="Beschreibung", label_column=label, kind=kind)
    return [(example.text, example.classes, example.kind) for example in read]


WANTED = [("Rechnung falsch 😡", ("billing",), "class"), ("Wo bleibt es?", ("shipping",), "class")]


def test_text_and_class_are_read_from_any_columns_of_a_table(tmp_path: Path) -> None:
    assert found(written(tmp_path / "a.csv", TICKETS)) == WANTED
    assert found(written(tmp_path / "a.tsv", TICKETS.replace(";", "\t"))) == WANTED


def test_and_of_rows_of_json_and_parquet(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"Beschreibung": "Rechnung falsch 😡", "Team": "billing", "state": "closed", "votes": [{"up": 1}]},
        {"Beschreibung": "Wo bleibt es?", "Team": "shipping", "state": "open", "votes": []},
    ]
    assert found(written(tmp_path / "a.jsonl", rows(*given))) == WANTED
    assert found(written(tmp_path / "a.json", json.dumps(given))) == WANTED
    assert (
        found(parquet(tmp_path / "a.parquet", [{k: v for k, v in row.items() if k != "votes"} for row in given]))
        == WANTED
    )


def test_several_classes_stand_in_a_list_or_between_bars(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", "Beschreibung,Teams\na,billing|shipping\nb,\n")
    wanted = [("a", ("billing", "shipping"), "classes"), ("b", (), "classes")]
    assert found(table, "classes", "Teams") == wanted
    lists = rows({"Beschreibung": "a", "Teams": ["billing", "shipping"]}, {"Beschreibung": "b", "Teams": []})
    assert found(written(tmp_path / "a.jsonl", lists), None, "Teams") == wanted


def test_spans_and_tags_may_be_called_anything_too(tmp_path: Path) -> None:
    spans = written(tmp_path / "a.jsonl", rows({"body": "Ana ran", "who": [[0, 3, "PER"]]}, {"body": "b", "who": []}))
    assert [example.classes for example in vm.read(spans, column="body", label_column="who")] == [("PER",), ()]
    tags = written(tmp_path / "b.jsonl", rows({"tokens": ["Ana", "ran"], "who": ["B-PER", "O"]}))
    assert vm.read(tags, label_column="who", kind="spans")[0].classes == ("PER",)


def test_ids_and_documents_are_still_read(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", "id,document,text,Team\n1,d,a,billing\n")
    (example,) = vm.read(table, label_column="Team")
    assert (example.id, example.document) == ("1", "d")


def test_another_column_of_texts_leaves_the_others_vermeils_own(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "body,label,score\na,sport,0.5\n")
    (example,) = vm.read(path, column="body")
    assert (example.text, example.labels[0].label, example.labels[0].score) == ("a", "sport", 0.5)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.csv", "text,team\na,b\n", r"x\.csv:1: no column 'Team' \(did you mean 'team'\?\); .*--label-column"),
        ("x.jsonl", rows({"text": "a", "team": "b"}), r"x\.jsonl:1: no column 'Team'.*; there are: text, team"),
        ("x.jsonl", rows({"txt": "a", "Team": "b"}), r"x\.jsonl:1: no column 'text' .*--column"),
        ("x.csv", "text,Team\na, \n,x\n", r"x\.csv:3: an empty text is in no class"),
        ("x.jsonl", rows({"text": "a", "Team": None}), r"x\.jsonl:1: nothing stands in 'Team'"),
        ("x.csv", "text,Team\na,\n", r"x\.csv:2: the row has no class in 'Team'"),
        ("x.jsonl", rows("a"), r"x\.jsonl:1: a row is a JSON object"),
        ("x.conll", "Ana B-PER\n", r"x\.conll: conll has no columns with names, such as 'Team'"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        vm.read(written(tmp_path / name, content), label_column="Team")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "text,label,state\na,sport,closed\n"),
        ("x.csv", "text,label,score\na,sport,5\n"),
        ("x.csv", "text,label,score\na,sport,high\n"),
        ("x.csv", "text,label,failed\na,sport,no\n"),
        ("x.jsonl", rows({"text": "a", "label": "sport", "source": 3})),
        ("x.jsonl", rows({"text": "a", "label": "sport", "lost": 3})),
        ("x.jsonl", rows({"text": "a", "label": "sport", "failed": False, "scores": "few"})),
    ],
)
def test_a_column_that_only_looks_like_ours_says_what_to_do_and_that_helps(
    tmp_path: Path, name: str, content: str
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(DataError, match=r"if that column is your own, rename it, or name that of the labels"):
        vm.read(path)
    (example,) = vm.read(path, label_column="label")
    assert (example.classes, example.state, example.source) == (("sport",), "labels", "gold")


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "text,labels\na,\nb,\n"), ("a.jsonl", rows({"text": "a", "labels": []}))]
)
def test_where_no_text_is_in_a_class_labels_are_still_classes(tmp_path: Path, name: str, content: str) -> None:
    assert {example.kind for example in vm.read(written(tmp_path / name, content))} == {"classes"}
    assert vm.read(written(tmp_path / "b.jsonl", rows({"text": "a", "spans": []}))).kind == "spans"


@pytest.mark.parametrize("text", [" ", "\t", "\u3000"])
def test_a_blank_text_with_a_class_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    for name, content in (
        ("a.csv", f"text,label\nb,x\n{text},x\n"),
        ("a.jsonl", rows({"text": "b", "label": "x"}, {"text": text, "label": "x"})),
    ):
        with pytest.raises(
            DataError, match=rf"{name}:\d: a blank text is in no class, and cannot be 'x'; leave it out"
        ):
            vm.read(written(tmp_path / name, content))


def test_a_text_with_two_classes_in_two_rows_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        vm.read(written(tmp_path / "a.csv", "text,label\nHi,sport\nHo,sport\nHi,money\nHo,sport\n"))
    assert (
        "a.csv: rows that give a text other classes than an earlier one: 1, such as 'Hi' in lines 2 and 4"
        in caplog.text
    )
