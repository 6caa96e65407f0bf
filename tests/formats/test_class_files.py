"""Classes of whole texts: rows of JSON and Parquet, tables, folders; what is wrong is named with its line."""

from __future__ import annotations

import csv
import json
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vermeil as vm
from vermeil.data import Example, Kind, Lost, Span, Vote, whole
from vermeil.errors import DataError
from vermeil.formats import open_texts, read, read_texts, reading, write

NAMES = ["sport", "world news", "é,\u2028", '"quoted"', "Sci/Tech", "#1"]
TEXTS = st.lists(
    st.sampled_from(
        ["goal", "東京", "🇵🇪", "\ufeff", " ", "\t", "\n", "\r\n", "\r", "\u2028", '"', '""', ",", ";", "#", "'"]
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: "".join(parts) if "".join(parts).strip() else f"{''.join(parts)}x")  # a blank one is in no class


@st.composite
def classified(draw: st.DrawFn, kind: Kind) -> Example:
    text, state = draw(TEXTS), draw(st.sampled_from(["labels", "labels", "failed", "unlabelled"]))
    most = 1 if kind == "class" else 3
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1 if kind == "class" else 0, max_size=most, unique=True))
    scores = [draw(st.none() | st.floats(0, 1)) for _ in names]
    return Example(
        text,
        tuple(whole(text, name, score) for name, score in zip(names, scores, strict=True)) if state == "labels" else (),
        id=draw(st.just("") | st.uuids().map(str)),
        document=draw(st.just("") | st.just("d,1")),
        source="" if state == "unlabelled" else draw(st.sampled_from(["gold", "openai:small"])),
        failed="no, not\nat all" if state == "failed" else "",
        votes=tuple(whole_vote(text, name) for name in draw(st.sets(st.sampled_from(NAMES), max_size=2))),
        kind=kind,
    )


def whole_vote(text: str, name: str) -> Vote:
    return Vote(0, len(text), name, ("a", "b"), 0.5)


def datasets(kind: Kind) -> st.SearchStrategy[list[Example]]:
    return st.lists(classified(kind), min_size=1, max_size=4)


ANY = st.sampled_from(["class", "classes"]).flatmap(datasets)


@settings(max_examples=80, deadline=None)
@given(ANY, st.sampled_from(["jsonl", "json", "jsonl.gz", "parquet"]))
def test_our_own_rows_come_back_whole(given_: list[Example], suffix: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out.{suffix}"
        assert not len(write(given_, path))
        assert repr(read(path).examples) == repr(tuple(given_))
        assert [e.text for e in open_texts(path)] == [e.text for e in given_]


@settings(max_examples=150, deadline=None)
@given(ANY, st.sampled_from(["csv", "tsv", "csv.gz"]))
def test_tables_come_back_but_for_votes(given_: list[Example], suffix: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out.{suffix}"
        assert not len(write(given_, path))
        back = read(path).examples
        assert [e.fingerprint for e in back] == [e.fingerprint for e in given_]
        assert [(e.id, e.document, e.source, e.failed) for e in back] == [
            (e.id, e.document, e.source, e.failed) for e in given_
        ]
        assert [e.text for e in read_texts(path)] == [e.text for e in given_]
        if suffix == "csv":
            with path.open(newline="", encoding="utf-8") as stream:
                assert [row["text"] for row in csv.DictReader(stream)] == [e.text for e in given_]


def test_rows_hold_the_class_and_its_score_and_votes_without_places(tmp_path: Path) -> None:
    goal = Example("Goal!", (whole("Goal!", "sport", 0.5),), votes=(whole_vote("Goal!", "sport"),), kind="class")
    write(
        [goal, Example("Hm.", kind="class", failed="refused"), Example("x", kind="class", source="")],
        tmp_path / "a.jsonl",
    )
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [(row["label"], row.get("score"), row["state"]) for row in rows] == [
        ("sport", 0.5, "labels"),
        (None, None, "failed"),
        (None, None, "unlabelled"),
    ]
    assert rows[0]["votes"] == [{"label": "sport", "score": 0.5, "voters": ["a", "b"]}]
    write([Example("Hm.", kind="classes")], tmp_path / "b.jsonl")
    assert json.loads((tmp_path / "b.jsonl").read_text())["labels"] == []
    assert read(tmp_path / "b.jsonl").kind == "classes"
    assert [e.kind for e in read(tmp_path / "a.jsonl")] == ["class"] * 3


def written(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


def rows(*given_: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in given_)


def test_an_empty_list_is_what_the_other_rows_show(tmp_path: Path) -> None:
    none, sport = {"text": "a", "labels": []}, {"text": "b", "labels": ["sport"]}
    spans = {"text": "b", "labels": [[0, 1, "PER"]]}
    assert [e.kind for e in read(written(tmp_path / "a.jsonl", rows(none, sport)))] == ["classes", "classes"]
    assert [e.kind for e in read(written(tmp_path / "b.jsonl", rows(none, spans)))] == ["spans", "spans"]
    assert read(written(tmp_path / "c.jsonl", rows(none)), kind="classes").kind == "classes"
    with pytest.raises(DataError, match=r"d\.jsonl:1: no class, where a text has one"):
        read(written(tmp_path / "d.jsonl", rows(none, {"text": "b", "label": "sport"})))


def test_one_class_is_read_as_any_number_where_the_task_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,label\na,sport\nb,sport|money\n")
    assert [e.classes for e in read(path, kind="classes")] == [("sport",), ("money", "sport")]
    one = written(tmp_path / "a.jsonl", rows({"text": "a", "labels": ["sport"]}))
    assert read(one, kind="class")[0].kind == "class"


A = {"text": "a", "label": "sport"}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (A | {"label": "sprot"}, r"x\.jsonl:2: the label 'sprot' is not one of the task's \(did you mean 'sport'\?\)"),
        (A | {"label": ""}, r"x\.jsonl:2: a class is a string that is not empty"),
        (A | {"label": None}, r"x\.jsonl:2: the row has no class"),
        (A | {"label": 7}, r"x\.jsonl:2: the class is the number 7, and nothing says what it means"),
        (A | {"text": ""}, r"x\.jsonl:2: an empty text is in no class, and cannot be 'sport'"),
        (A | {"labels": ["money"]}, r"x\.jsonl:2: (any classes of each text, where line 1|both 'label' and 'labels')"),
        ({"text": "a", "labels": ["sport", "money"]}, r"x\.jsonl:2: the 2 classes sport, money, where a text has one"),
        ({"text": "a", "spans": []}, r"x\.jsonl:2: spans, where one class of each text"),
        ({"tokens": ["a"], "tags": ["O"]}, r"x\.jsonl:2: spans, where one class"),
        (A | {"score": 2}, r"x\.jsonl:2: the score .* lies in \[0, 1\]"),
        (A | {"score": "high"}, r"x\.jsonl:2: the score of a class is a number"),
        (A | {"scores": [0.1, 0.2]}, r"x\.jsonl:2: 1 labels but 2 scores"),
        (A | {"votes": [{"label": "sport", "voters": 3}]}, r"x\.jsonl:2: a vote has label and a list of voters"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, row: object, complaint: str) -> None:
    path = written(tmp_path / "x.jsonl", rows(A, row))
    with pytest.raises(DataError, match=complaint) as caught:
        read(path, labels=["sport", "money"], kind="class")
    assert "\n" not in str(caught.value)


def test_mixed_kinds_are_refused_with_both_lines(tmp_path: Path) -> None:
    several = {"text": "b", "labels": ["sport", "money"]}
    with pytest.raises(
        DataError, match=r"x\.jsonl:2: any classes of each text, where line 1 has one class of each text"
    ):
        read(written(tmp_path / "x.jsonl", rows(A, several)))
    with pytest.raises(DataError, match=r"x\.jsonl:1: one class of each text, where spans"):
        read(tmp_path / "x.jsonl", kind="spans")
    tagged = written(tmp_path / "x.conll", "Ana B-PER\n")
    with pytest.raises(DataError, match=r"x\.conll: spans, where one class of each text"):
        read(tagged, kind="class")
    spans = Example("Ana", (Span(0, 3, "PER"),))
    with pytest.raises(DataError, match="of the kind"):
        write([Example("a", (whole("a", "x"),), kind="class"), spans], tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize(
    "content",
    [
        "text,label\r\nGoal!,sport\r\n",
        "\ufefftext;label\nGoal!;sport\n",
        'label,"text"\n"sport","Goal!"\n',
        "\n text , label ,rest\n\nGoal!,sport,1\n",
        "sep=;\r\ntext;label\r\nGoal!;sport\r\n",
        "text,label\r\nGoal!,sport\r\n,\r\n,\r\n",
    ],
)
def test_tables_as_spreadsheets_write_them_are_read(tmp_path: Path, content: str) -> None:
    (example,) = read(written(tmp_path / "a.csv", content))
    assert (example.text, example.classes, example.kind, example.source) == ("Goal!", ("sport",), "class", "gold")


def test_cells_may_be_long_and_hold_line_breaks(tmp_path: Path) -> None:
    text = 'He said "goal",\r\nand\n' + "x" * 200_000
    path = written(tmp_path / "a.csv", "text,label\n" + f'"{text.replace(chr(34), chr(34) * 2)}",sport\nB,tennis\n')
    with pytest.raises(DataError, match=r"a\.csv:5: the label 'tennis'"):
        read(path, labels=["sport"])
    assert read(path)[0].text == text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,class\na,sport\n", r"x\.csv:1: no column 'label' or 'labels'; .*there are: text, class"),
        ("txt,label\na,sport\n", r"x\.csv:1: no column 'text'"),
        ("text,label,text\na,sport,b\n", r"x\.csv:1: the column 'text' occurs twice"),
        ("text,label,labels\na,sport,b\n", r"x\.csv:1: both 'label' and 'labels'"),
        ("text,label\na,sport,b\n", r"x\.csv:2: 3 cells, where the header has 2"),
        ("text,label\na\n", r"x\.csv:2: 1 cells"),
        ('text,label\n"a\nb,sport\nc,money\n', r"x\.csv:2: the cells cannot be told apart \(unexpected end"),
        ('text,label\nb,sport\n"a"b,sport\n', r"x\.csv:3: the cells cannot be told apart"),
        ("text,label\n,sport\n", r"x\.csv:2: an empty text is in no class"),
        ("text,label\na,\n", r"x\.csv:2: the row has no class"),
        ("text,label,score\na,sport,high\n", r"x\.csv:2: the score 'high' is no number"),
        ("text,labels,scores\na,sport|money,0.1\n", r"x\.csv:2: 2 labels but 1 scores"),
        ("text,labels\na,sport|sport\n", r"x\.csv:2: .* has the class 'sport' twice"),
        ("text,label\n", r"x\.csv: the file has no texts"),
        ("\n\n", r"x\.csv: the file has no header"),
        ("sep=;\n", r"x\.csv: the file has no header"),
        ("", r"x\.csv: the file is empty"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    path = written(tmp_path / "x.csv", content)
    with pytest.raises(DataError, match=complaint) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_utf8_in_a_table_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"text,label\na,sp\xf6rt\n")
    with pytest.raises(DataError, match=r"x\.csv:2: not UTF-8 .* looks like latin1"):
        read(tmp_path / "x.csv")


def test_texts_come_from_any_column(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", 'id\treview\n1\tFine\n2\t\n3\t"Two\nlines"\n')
    texts = open_texts(path, column="review")
    assert [(e.id, e.text, e.state) for e in texts] == [
        ("1", "Fine", "unlabelled"),
        ("2", "", "unlabelled"),
        ("3", "Two\nlines", "unlabelled"),
    ]
    with pytest.raises(DataError, match=r"a\.tsv:1: no column 'text'; .*there are: id, review"):
        open_texts(path)


@pytest.mark.parametrize(("content", "format"), [("id,text\n1,a\n", "csv"), ('"text"\tlabel\na\tx\n', "tsv")])
def test_a_table_without_a_name_is_known_by_its_header(tmp_path: Path, content: str, format: str) -> None:
    path = written(tmp_path / "piped", content)
    assert [e.text for e in open_texts(path)] == ["a"]
    if format == "tsv":
        assert reading(path).format == format


def test_a_table_of_tokens_is_still_conll(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "Ana\tB-PER\nran\tO\n\nLima\tB-LOC\n")
    assert reading(path).format == "conll"


def test_tables_hold_no_spans_and_columns_no_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="csv holds classes, and these labels are spans"):
        write([Example("Ana", (Span(0, 3, "PER"),))], tmp_path / "a.csv")
    with pytest.raises(DataError, match="conll holds spans, and these labels are classes"):
        write([Example("a", (whole("a", "x"),), kind="class")], tmp_path / "a.conll")
    with pytest.raises(DataError, match="folders of classes are only read"):
        write([Example("a", (whole("a", "x"),), kind="class")], tmp_path / "a", format="folders")
    with pytest.raises(DataError, match=r"the class 'a\|b' holds '\|'"):
        write([Example("a", (whole("a", "a|b"),), kind="classes")], tmp_path / "a.csv")
    assert not [*tmp_path.iterdir()]


def test_what_a_table_cannot_say_is_counted(tmp_path: Path) -> None:
    lost = Example("a", (whole("a", "x"),), kind="classes", lost=(Lost("y", "y", "unknown label 'y'"),))
    unwritten = write([lost, Example("b\0", kind="classes", failed="x")], tmp_path / "a.csv")
    assert len(unwritten) == 2
    assert len(read(tmp_path / "a.csv")) == 1


def corpus(root: Path, **classes: dict[str, str]) -> Path:
    for name, texts in classes.items():
        (root / name).mkdir(parents=True)
        for file, text in texts.items():
            (root / name / file).write_text(text, encoding="utf-8")
    return root


def test_folders_are_classes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = corpus(tmp_path / "reviews", neg={"2.txt": "Bad.\n", "10.txt": "So bad,\nreally."}, pos={"1.txt": "Fine."})
    (root / "README").write_text("about")
    (root / ".hidden").write_text("x")
    with caplog.at_level(logging.WARNING):
        found = reading(root)
    assert found.format == "folders"
    assert [(e.id, e.text, e.classes, e.kind) for e in found.dataset] == [
        ("neg/10.txt", "So bad,\nreally.", ("neg",), "class"),
        ("neg/2.txt", "Bad.", ("neg",), "class"),
        ("pos/1.txt", "Fine.", ("pos",), "class"),
    ]
    assert "README left out" in caplog.text
    assert [e.id for e in read_texts(root)] == ["neg/10.txt", "neg/2.txt", "pos/1.txt"]
    assert vm.read(root, kind="classes").kind == "classes"


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: no folders in it"):
        read(tmp_path / "empty")
    with pytest.raises(DataError, match=r"sprot: the label 'sprot' .*did you mean 'sport'"):
        read(corpus(tmp_path / "a", sprot={"1.txt": "x"}), labels=["sport"])
    with pytest.raises(DataError, match=r"1\.txt: the file is empty"):
        read(corpus(tmp_path / "b", sport={"1.txt": ""}))
    with pytest.raises(DataError, match=r"1\.txt: an empty text is in no class"):
        read(corpus(tmp_path / "c", sport={"1.txt": " \n"}))
    with pytest.raises(DataError, match=r"1\.pdf: one \.txt file for each text was expected"):
        read(corpus(tmp_path / "d", sport={"1.pdf": "x"}))
    with pytest.raises(DataError, match="spans"):
        read(corpus(tmp_path / "e", sport={"1.txt": "x"}), kind="spans")
