"""CoNLL columns: what is a token, a comment, a document, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from vermeil.data import Dataset, Example, Lost, Span
from vermeil.errors import DataError
from vermeil.formats import read, read_texts, reading, write


def conll(folder: Path, text: str, name: str = "some.conll") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_sentence_becomes_text_tokens_and_spans(tmp_path: Path) -> None:
    gold = read(conll(tmp_path, "Ana NNP I-PER\nLuz NNP I-PER\nflew VBD O\n\nLima NNP I-LOC\n"))
    assert gold.name == "some.conll"
    assert gold.texts == ("Ana Luz flew", "Lima")
    assert gold[0].labels == (Span(0, 7, "PER"),)
    assert gold[0].tokens == ((0, 3), (4, 7), (8, 12))
    assert gold[0].source == "gold"


@pytest.mark.parametrize(
    "text",
    [
        "Ana B-PER\nran O\n",
        "Ana\tB-PER\r\nran\tO\r\n\r\n",
        "Ana   B-PER  \nran \t O\n \t \n\n",
        "\ufeffAna B-PER\nran O",
        "Ana _ _ B-PER\nran _ _ O\n",
    ],
)
def test_blanks_tabs_line_ends_and_marks_make_no_difference(tmp_path: Path, text: str) -> None:
    gold = read(conll(tmp_path, text))
    assert gold.texts == ("Ana ran",)
    assert gold[0].labels == (Span(0, 3, "PER"),)


def test_tokens_may_hold_odd_spaces(tmp_path: Path) -> None:
    assert read(conll(tmp_path, "10\u00a0000 O\na\u2028b O\n")).texts == ("10\u00a0000 a\u2028b",)
    assert read(conll(tmp_path, "New York\tB-LOC\n \tO\n"))[0].tokens == ((0, 8), (9, 10))


def test_documents_begin_at_docstart_lines(tmp_path: Path) -> None:
    text = "a O\n\n-DOCSTART- O\n\nb O\n\nc O\n\n-DOCSTART-\nd O\n-DOCSTART- O\n"
    gold = read(conll(tmp_path, text))
    assert gold.texts == ("a", "b", "c", "d -DOCSTART-")
    assert [example.document for example in gold] == ["", "doc-1", "doc-1", "doc-2"]


def test_a_hash_is_a_comment_only_where_it_cannot_be_a_token(tmp_path: Path) -> None:
    text = (
        "# text = Ana # 1\n# id one\n# new\nAna B-PER\n# O\n1 O\n\n"  # a token in a sentence, comments before it
        "# O\n1 O\n\n"  # two columns and a tag: a token
        "#tag O\n\n## O\n"
    )
    assert read(conll(tmp_path, text)).texts == ("Ana # 1", "# 1", "#tag", "##")


def test_a_comment_with_as_many_columns_as_the_file_is_seen_by_its_tag(tmp_path: Path) -> None:
    assert read(conll(tmp_path, "# id 12\tdomain=en\nAna _ _ B-PER\n")).texts == ("Ana",)


def test_other_columns_can_be_chosen(tmp_path: Path) -> None:
    path = conll(tmp_path, "#\tsome source\n1\tAna\tB-PER\tO\n2\tran\tO\tO\n", "some.tsv")
    assert read(path, columns=(1, 2))[0].labels == (Span(0, 3, "PER"),)
    with pytest.raises(DataError, match=r"some.tsv:2: 4 columns, so there are no columns \(1, 4\)"):
        read(path, columns=(1, 4))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Ana B-PER\nran O\n\nto VB O\n", "some.conll:4: 3 columns where the file's first line has 2"),
        ("Ana B-PER\nran\n", "some.conll:2: 1 columns where"),
        ("Ana\tB-PER\nran O\n", "some.conll:2: 1 columns where .*tabs"),
        ("Ana\n", "some.conll:1: one column, at least two"),
        ("\tB-PER\nran\tO\n", "some.conll:1: the token is empty"),
        ("a\tO\n\tB-PER\n", "some.conll:2: the token is empty"),
        ("Ana B-PER\nran O\n\nLima I-LOC\n", "some.conll:4: the tag 'I-LOC' .*write 'B-LOC'"),
        ("Ana B-PER\nran VBD\n", "some.conll:2: 'VBD' is not a tag"),
        ("\n \n# only a comment\n\n", "some.conll: the file has no texts, only blank lines or comments"),
        ("-DOCSTART- O\n", "some.conll: the file has no texts"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        read(conll(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_an_unknown_label_is_named_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    path = conll(tmp_path, "Ana O\n\nin O\nNew B-LOCC\nYork I-LOCC\n")
    with pytest.raises(
        DataError, match=r"some.conll:4: the label 'LOCC' .*did you mean 'LOC'\?\); there are: LOC, PER"
    ):
        read(path, labels=["PER", "LOC"])


def test_texts_are_read_without_looking_at_tags(tmp_path: Path) -> None:
    raw = read_texts(conll(tmp_path, "-DOCSTART- O\n\nAna I-PER\nran ?\n"))
    assert raw.texts == ("Ana ran",)
    assert (raw[0].state, raw[0].document, raw[0].tokens) == ("unlabelled", "doc-1", ((0, 3), (4, 7)))
    assert read_texts(conll(tmp_path, "Ana\nran\n\nLima\n")).texts == ("Ana ran", "Lima")


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES", "BILOU"])
def test_what_is_written_is_read_with_its_scheme(tmp_path: Path, scheme: str) -> None:
    gold = Dataset((Example("Ana Luz, Lima-based", (Span(0, 7, "PER"), Span(9, 13, "LOC")), document="a"),))
    assert not write(gold, tmp_path / "out.conll", scheme=scheme)
    again = reading(tmp_path / "out.conll")
    assert again.scheme == scheme
    assert again.dataset.texts == ("Ana Luz , Lima - based",)
    assert [again.dataset[0].text[s.start : s.end] for s in again.dataset[0].labels] == ["Ana Luz", "Lima"]
    assert again.dataset[0].document == "doc-1"


def test_a_span_inside_a_word_splits_it(tmp_path: Path) -> None:
    assert not write(Dataset((Example("unLimaed", (Span(2, 6, "LOC"),)),)), tmp_path / "out.conll")
    assert read(tmp_path / "out.conll").texts == ("un Lima ed",)


def test_what_conll_cannot_say_is_returned_never_written_as_something_else(tmp_path: Path) -> None:
    earlier = Lost("Lyma", "LOC", "not in the text")
    odd = Dataset(
        (
            Example("fine"),
            Example("an answer cut off", source="some-llm", failed="unreadable", id="f"),
            Example("nobody looked", source="", id="u"),
            Example(" ", id="blank"),
            Example("-DOCSTART- here", tokens=((0, 10), (11, 15)), id="d"),
            Example("a\tb", tokens=((0, 3),), id="tab"),
            Example("a", (Span(0, 1, "A\nB"),), id="label"),
            Example("Lima is", (Span(0, 5, "LOC"),), id="edge"),
            Example("gone", lost=(earlier,), id="lost"),
        )
    )
    lost = write(odd, tmp_path / "out.conll").first
    assert read(tmp_path / "out.conll").texts == ("fine", "Lima is", "gone")
    reasons = [(each.reason.split(":")[0], each.reason) for each in lost]
    assert [what.split("'")[1] if "'" in what else what for what, _ in reasons] == [
        "f", "u", "blank", "d", "tab", "label", "edge", "not in the text",
    ]  # fmt: skip
    assert "failed, which CoNLL cannot say" in lost[0].reason
    assert lost[-1] == earlier


def test_a_file_that_starts_with_a_byte_order_mark_as_text_keeps_it(tmp_path: Path) -> None:
    write(Dataset((Example("\ufeff x", tokens=((0, 1), (2, 3))),)), tmp_path / "out.conll")
    assert read(tmp_path / "out.conll").texts == ("\ufeff x",)
