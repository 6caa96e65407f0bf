"""All formats: what is written is read, what is read is what is there, from wherever it comes."""

from __future__ import annotations

import io
import subprocess
import sys
import weakref
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil import formats
from vermeil.data import Dataset, Example, Lost, Span, unlabelled
from vermeil.errors import DataError, OutputError, UnknownName
from vermeil.formats import describe, read, read_texts, reading, write
from vermeil.formats.unwritten import KEPT

PIECES = [
    "Ana", "Zoë", "Zoe\u0308", "Lima", "東京", "한국", "مريم", "\u200fשרה\u200e", "हिन्दी", "🇵🇪", "❤\ufe0f", "𝔘",
    "\U0001f469\u200d\U0001f467", "\U0001f469\u200d", "\u0301", "\u200b", "\ufeff", "\ufffe", "\0",
    " ", "  ", "\u00a0", "\t", "\n", "\r\n", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u2029",
    "#", "# ", "-DOCSTART-", "{", "[", '"', "\\", "\\u00e9", "</script>", "B-PER", "O", "B-PER I-PER", ".", "'",
]  # fmt: skip
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=30))
WORDS = st.text(min_size=1, max_size=8)


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return tuple(
        Span(
            start,
            end,
            draw(st.sampled_from(["PER", "LOC", "a b", "é-\u2028", "#"])),
            draw(st.sampled_from(["given", "exact", "normalised", "fuzzy"])),
            draw(st.none() | st.floats(0, 1)),
        )
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    )


@st.composite
def examples(draw: st.DrawFn) -> Example:
    text = draw(TEXTS)
    kind = draw(st.sampled_from(["labels", "failed", "unlabelled"]))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return Example(
        text,
        draw(spans(text)) if kind == "labels" else (),
        tokens=draw(st.none() | st.just(tuple(zip(edges[::2], edges[1::2], strict=False)))),
        document=draw(st.just("") | WORDS),
        source="" if kind == "unlabelled" else draw(st.sampled_from(["gold", "openai:small", "\u2028"])),
        lost=tuple(draw(st.lists(st.builds(Lost, st.text(max_size=5), WORDS, WORDS), max_size=2))),
        failed=draw(WORDS) if kind == "failed" else "",
    )


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    drawn = draw(st.lists(examples(), min_size=1, max_size=4))
    ids = draw(st.lists(st.just("") | st.text(max_size=6), min_size=len(drawn), max_size=len(drawn)))
    ids = ["" if ids.count(each) > 1 else each for each in ids]
    return Dataset(tuple(Example(*astuple_but_id(e, each)) for e, each in zip(drawn, ids, strict=True)), "out")


def astuple_but_id(example: Example, name: str) -> tuple[object, ...]:
    e = example
    return (e.text, e.labels, name, e.tokens, e.document, e.source, e.lost, e.failed)


@settings(max_examples=120, deadline=None)
@given(datasets(), st.sampled_from(["out.jsonl", "out.json", "out.jsonl.gz", "out.parquet"]))
def test_our_own_rows_come_back_whole(dataset: Dataset, name: str) -> None:
    with TemporaryDirectory() as folder:
        assert not write(dataset, Path(folder) / name)
        again = read(Path(folder) / name)
    assert [astuple(example) for example in again] == [astuple(example) for example in dataset]
    assert again.sha256 == dataset.sha256


@settings(max_examples=120, deadline=None)
@given(datasets(), st.sampled_from(["conll", "token-jsonl"]), st.sampled_from(formats.SCHEMES))
def test_every_label_of_a_tokenised_format_comes_back_or_is_returned(
    dataset: Dataset, format: str, scheme: str
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        lost = write(dataset, path, format=format, scheme=scheme).first
        again: tuple[Example, ...] = read(path, format=format).examples if path.stat().st_size else ()
    kept = [solid(e.text[s.start : s.end]) + s.label for e in again for s in e.labels]
    missing = sum(each.reason.endswith("edges of tokens") for each in lost)
    left_out = sum(solid(each.text) in map(solid, dataset.texts) and not each.label for each in lost)
    given = [solid(e.text[s.start : s.end]) + s.label for e in dataset for s in e.labels]
    assert len(again) + left_out == len(dataset)
    if not missing and not left_out:
        assert kept == given
    rest = iter(given)
    assert all(label in rest for label in kept)  # in order, none invented
    unwritten = sum(len(e.labels) for e in dataset if any(e.where + " was not" in each.reason for each in lost))
    assert len(kept) + missing + unwritten >= len(given)


@pytest.mark.parametrize("format", ["conll", "token-jsonl"])
def test_text_that_the_tokens_leave_out_is_written_all_the_same(tmp_path: Path, format: str) -> None:
    example = Example("Ada-Lee, Oslo", (Span(0, 7, "PER"),), tokens=((0, 3), (4, 7), (9, 13)))
    assert not write(Dataset((example,)), tmp_path / "out", format=format)
    (again,) = read(tmp_path / "out", format=format)
    assert again.text == "Ada - Lee , Oslo"
    assert [again.text[s.start : s.end] for s in again.labels] == ["Ada - Lee"]


def solid(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=120, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_plain_texts_come_back_or_are_returned(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.txt"
        lost = write(unlabelled(texts), path).first
        again = read_texts(path, format="text").texts if path.stat().st_size else ()
    assert sorted([*again, *(each.text for each in lost)]) == sorted(texts)


def test_plain_text_is_one_text_a_line_without_blank_ones(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_bytes("one \r\n\n \u00a0\n  two\u2028more\n".encode())
    raw = read_texts(tmp_path / "raw.txt")
    assert raw.texts == ("one ", "  two\u2028more")
    assert {example.state for example in raw} == {"unlabelled"}


def test_labels_that_plain_text_cannot_hold_are_returned(tmp_path: Path) -> None:
    lost = write(Dataset((Example("Ana", (Span(0, 3, "PER"),), id="1"),)), tmp_path / "out.txt").first
    assert [(each.text, each.label, each.reason) for each in lost] == [
        ("Ana", "PER", "example '1': plain text holds no labels")
    ]


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("x.conll", "Ana B-PER\n", "conll"),
        ("x.train", "-DOCSTART- -X- O O\n\nAna NNP O B-PER\n", "conll"),
        ("x.txt", "# id 1\nAna B-PER\nran O\n", "conll"),
        ("x", "[ O\n{ O\n", "conll"),
        ("x", "Ana B-PER\nran\n\nLima B-LOC\nis O\n", None),
        ("x", '{"text": "a", "spans": []}\n', "jsonl"),
        ("x.json", '{"text": "a", "spans": []}\n{"text": "b", "spans": []}\n', "jsonl"),
        ("x.data", '[\n {"text": "a", "spans": []}]', "json"),
    ],
)
def test_the_format_is_seen_from_name_and_content(tmp_path: Path, name: str, text: str, format: str | None) -> None:
    (tmp_path / name).write_text(text)
    if format is None:
        with pytest.raises(DataError, match="x:2: 1 columns where"):
            reading(tmp_path / name)
    else:
        assert reading(tmp_path / name).format == format


@pytest.mark.parametrize(
    "text", ["Crash closes I-95\n", "Take vitamin B-12\nand sleep\nwell\n", "{sic} he said\n[so] he said\n"]
)
def test_texts_that_look_a_little_like_tags_or_json_are_texts(tmp_path: Path, text: str) -> None:
    (tmp_path / "raw.txt").write_text(text)
    assert read_texts(tmp_path / "raw.txt").texts == tuple(text.splitlines())


def test_plain_text_where_labels_are_needed_is_refused_with_the_formats(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("Just a text.\n")
    with pytest.raises(DataError, match=r"raw.txt: this looks like plain text, labelled .* \(conll, jsonl, json"):
        read(tmp_path / "raw.txt")


def test_kinds_of_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "gold.xlsx").write_text("text,label\n")
    with pytest.raises(DataError, match=r"gold.xlsx: .xlsx is none of the formats \(conll, jsonl"):
        read(tmp_path / "gold.xlsx")


def test_unknown_names_list_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("text\n")
    with pytest.raises(UnknownName, match=r"no format named 'conl' .did you mean 'conll'"):
        read(tmp_path / "x", format="conl")
    with pytest.raises(UnknownName, match=r"no tag scheme named 'IOB3'.*there are: BILOU, BIOES, IOB1, IOB2"):
        write(unlabelled(["a"]), tmp_path / "y.conll", scheme="IOB3")
    with pytest.raises(DataError, match=r"y.out: the name does not say which format to write; end it in .jsonl"):
        write(unlabelled(["a"]), tmp_path / "y.out")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("reader", [read, read_texts, reading])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (b"\n \n\n", "the file has no texts|plain text"),
        (b"Ana O\nran O\nJos\xe9 O\n", ":3: not UTF-8"),
        (b"PK\3\4\0\0", ":1: a NUL byte; this is a binary file"),
    ],
)
def test_a_bad_file_is_one_line_whoever_reads_it(
    tmp_path: Path, reader: type[object], content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "some").write_bytes(content)
    with pytest.raises(DataError, match=f"some: .*{complaint}|some{complaint}") as caught:
        reader(tmp_path / "some")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["Ana B-PER\nran O\n", '{"text": "Ana ran", "spans": [[0, 3, "PER"]]}\n'])
def test_standard_input_is_read_once_and_its_format_seen(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    gold = read("-")
    assert (gold.name, gold.texts, gold[0].labels) == ("standard input", ("Ana ran",), (Span(0, 3, "PER"),))


@pytest.mark.parametrize("format", ["conll", "token-jsonl", "text"])
def test_what_cannot_be_written_is_counted_whole_and_kept_in_part(tmp_path: Path, format: str) -> None:
    failed = (Example(" ", failed="cut") for _ in range(2 * KEPT))
    lost = write(failed, tmp_path / "out", format=format)
    assert (len(lost), len(lost.first)) == (2 * KEPT, KEPT)
    assert "2,000 texts or labels not written" in repr(lost)


@pytest.mark.parametrize("name", ["out.jsonl", "out.json", "out.conll", "out.txt", "out.jsonl.gz"])
def test_examples_are_written_as_they_are_drawn(tmp_path: Path, name: str) -> None:
    drawn: list[weakref.ref[Example]] = []

    def examples() -> Iterator[Example]:
        for k in range(300):
            example = Example(f"text {k}", source="gold")
            drawn.append(weakref.ref(example))
            yield example
            alive = sum(ref() is not None for ref in drawn[:-1])
            assert alive <= 1, "examples pile up"

    write(examples(), tmp_path / name)
    assert len(drawn) == 300


def test_examples_that_fail_half_way_leave_nothing(tmp_path: Path) -> None:
    def examples() -> Iterator[Example]:
        yield Example("one")
        raise DataError("the source broke off")

    with pytest.raises(DataError, match="broke off"):
        write(examples(), tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_standard_output_gets_our_own_rows(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write(unlabelled(["Zoë"]), "-")
    assert (
        capsysbinary.readouterr().out == '{"text": "Zoë", "spans": [], "source": "", "state": "unlabelled"}\n'.encode()
    )


def test_a_failed_writing_leaves_the_earlier_file(tmp_path: Path) -> None:
    write(unlabelled(["earlier"]), tmp_path / "out.txt")
    with pytest.raises(OutputError, match="half a character"):
        write(Dataset((Example("x", document="\ud800"),)), tmp_path / "out.txt", format="jsonl")
    assert read_texts(tmp_path / "out.txt").texts == ("earlier",)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_dataset_is_described_in_a_line() -> None:
    example = Example("Ana", (Span(0, 3, "PER"),), tokens=((0, 3),), document="d")
    assert describe(Dataset((example,) * 2)) == "2 texts, 2 tokens, 2 labels, 1 document"
    assert describe(Dataset((Example("x", failed="cut"),))) == "1 text, 0 labels, 1 failed"


def test_reading_files_needs_nothing_heavy() -> None:
    program = "import sys, vermeil.formats; print([m for m in ('torch', 'numpy', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", ["a.conll", "a.tokens.jsonl"])
def test_texts_that_tokens_space_otherwise_are_counted(tmp_path, name):
    spaced, kept = Example("It's Ada's.", (Span(5, 8, "PER"),)), Example("Ada flew .", (Span(0, 3, "PER"),))
    unwritten = write([spaced, kept], tmp_path / name, format="conll" if name == "a.conll" else "token-jsonl")
    assert (len(unwritten), unwritten.respaced) == (0, 1)
    assert [read(tmp_path / name)[at].text == each.text for at, each in enumerate((spaced, kept))] == [False, True]
