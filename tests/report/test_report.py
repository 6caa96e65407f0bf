"""The report is one page that needs nothing else, and a user's text stays text in every form of it."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from itertools import groupby
from xml.etree import ElementTree

import pytest
from rich.console import Console

from vermeil.data import Dataset, Example, Span
from vermeil.errors import MissingExtra, OutputError, SettingsError
from vermeil.report import report, table

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "[bold]$a_b$[/bold]",
    "a|b `c` *d*\n# e",
    "\x1b[31m東京\x00\u202ekcatta",
)


class Page(HTMLParser):
    """Tags, ids, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, text):
        self.texts.append(text)

    def named(self, name: str, start: str = "") -> list[str]:
        """Values of the attribute that begin so, those of links to the same data once."""
        values = [value or "" for attribute, value in self.attributes if attribute == name]
        return list(dict.fromkeys(value for value in values if value.startswith(start)))

    @property
    def ids(self) -> list[str | None]:
        return [value for name, value in self.attributes if name == "id"]


@pytest.fixture(scope="module")
def written(ordinary, tmp_path_factory):
    """A folder with the whole report."""
    folder = tmp_path_factory.mktemp("report")
    assert report(ordinary, folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def small(build):
    """The least there can be: drawn fast."""
    return build({"gold-only": 0.6}, size=12, steps=4)


@pytest.fixture(scope="module")
def nasty(build, tmp_path_factory):
    """A report where every name that a user can give is an attack."""
    text = "<b>Ada</b> met Bo & Co."
    spans = Span(3, 6, NASTY[0]), Span(15, 17, NASTY[2]), Span(18, 19, NASTY[5])
    test = Dataset((Example(text, spans),) * 6, NASTY[1])
    made = {"command": NASTY[0], "versions": {NASTY[1]: NASTY[4]}, "data": {NASTY[0]: {"name": NASTY[4]}}}
    folder = tmp_path_factory.mktemp("nasty")
    report(build(dict.fromkeys(NASTY, 0.4), test=test, made=made), folder, title=NASTY[0])
    return folder


def rows_of(path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


# ---------------------------------------------------------------- what is in it


def test_everything_is_written_and_nothing_else(written):
    drawn = ("f1", "share", "loss", "mistakes")
    figures = {f"figures/{name}.{kind}" for name in drawn for kind in ("svg", "pdf", "csv")}
    sheets = {f"figures/{name}.csv" for name in ("labels", "contrasts")}
    there = {str(path.relative_to(written)) for path in written.rglob("*") if path.is_file()}
    assert there == {"report.html", "report.md", "results.csv"} | figures | sheets


def test_the_sheet_of_contrasts_has_the_columns_that_it_always_had(written):
    (first, *_) = rows_of(written / "figures" / "contrasts.csv")
    assert list(first)[:3] == ["question", "row", "beside"]
    assert {"p_texts", "p_texts_corrected", "label_noise"} <= first.keys()


def test_the_page_needs_nothing_from_outside_and_runs_nothing(written):
    text = (written / "report.html").read_text()
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("src", "href", "xlink:href")]
    kinds = ("#", "data:text/csv;", "data:application/toml;", "figures/")
    assert [link for link in links if not link.startswith(kinds)] == []
    assert all((written / link).exists() for link in links if link.startswith("figures/"))
    assert re.sub(r'http://www\.w3\.org/\S+"', "", text).count("http://") == 0
    assert "@import" not in text


def test_the_page_can_be_read_by_those_who_do_not_see_it(written):
    page = Page((written / "report.html").read_text())
    assert ("lang", "en") in page.attributes
    described = [value for name, value in page.attributes if name == "aria-label"]
    assert sum(tag == "svg" for tag in page.tags) == 4 == sum("gold-only" in d for d in described)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_shows_each_strategy_and_marks_the_best(written, ordinary):
    page = Page((written / "report.html").read_text())
    words = " ".join(page.texts)
    for row in ordinary:
        assert row.strategy in words
        assert f"{100 * row.f1:.1f}" in words
    assert page.attributes.count(("class", "best")) == 1
    assert re.search(r"silver-then-gold\s+best on dev", words)


def test_results_csv_has_all_digits(written, ordinary):
    rows = rows_of(written / "results.csv")
    assert [row["strategy"] for row in rows] == [row.strategy for row in ordinary]
    for row, line in zip(rows, ordinary, strict=True):
        assert float(row["f1"]) == pytest.approx(line.f1, abs=1e-12)
        assert float(row["f1_low"]) <= line.f1 <= float(row["f1_high"])
    assert rows[0]["gain"] == ""
    assert float(rows[1]["gain"]) == pytest.approx(ordinary["silver-only"].f1 - ordinary["gold-only"].f1)


def test_markdown_tables_have_as_many_cells_in_each_row(written):
    text = (written / "report.md").read_text()
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| ")]
    # scores, comparisons, F1 by label, what made it: a row has as many cells as its head
    assert [width for width, _ in groupby(widths)] == [9, 8, 5, 3]
    assert "![F1 with 95 % interval by strategy: gold-only" in text


def test_no_text_of_the_test_set_leaves_the_page(written, ordinary):
    sentence = ordinary.test[0].text[5:]
    for path in written.rglob("*.*"):
        if path.name != "report.html":
            assert sentence.encode() not in path.read_bytes()


def test_without_examples_no_text_of_the_test_set_is_in_the_page_either(small, tmp_path):
    page = report(small, tmp_path / "page.html", examples=0).read_text()
    assert "Mistakes of" not in page
    assert " went to " not in page


def test_a_path_that_ends_in_html_is_the_page_alone(small, tmp_path):
    assert report(small, tmp_path / "x" / "page.html") == tmp_path / "x" / "page.html"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["page.html"]


def test_the_same_comparison_gives_the_same_bytes(written, ordinary, tmp_path):
    report(ordinary, tmp_path)
    for path in written.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes()


def test_a_page_that_is_sent_away_alone_has_its_numbers_with_it(written, ordinary, tmp_path):
    page = Page(report(ordinary, tmp_path / "alone.html").read_text())
    links = dict(zip(page.named("download"), page.named("href", "data:"), strict=True))
    for name, link in links.items():
        if name.endswith(".csv"):
            folder = written if name == "results.csv" else written / "figures"
            assert b64decode(link.partition("base64,")[2]) == (folder / name).read_bytes()
    assert {"f1.csv", "results.csv", "labels.csv", "study.toml"} <= set(links)
    assert not page.named("href", "figures/")


def test_seeds_are_shown_where_there_are_several(build, tmp_path):
    page = report(build({"gold-only": 0.6, "pooled": 0.7}, seeds=3), tmp_path / "page.html").read_text()
    assert "± seeds" in page
    assert "one seed only" not in page


def test_one_strategy_with_nothing_predicted_is_a_report(build, tmp_path):
    page = report(build({"gold-only": 0.0}, dev=False, size=3, steps=1), tmp_path / "page.html").read_text()
    assert "no dev set" in page


# ---------------------------------------------------------------- a user's text is data


def test_no_name_becomes_markup_in_the_page(nasty):
    page = Page((nasty / "report.html").read_text())
    assert not {"script", "img", "b"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    words = "".join(page.texts)
    assert NASTY[0] in words
    assert "$a_b$" in words
    assert len(page.ids) == len(set(page.ids))
    assert not {"\x1b", "\x00", "\u202e"} & set(words)


def test_no_name_becomes_markup_in_a_figure(nasty):
    for path in (nasty / "figures").glob("*.svg"):
        tags = {element.tag.rsplit("}")[-1] for element in ElementTree.parse(path).iter()}
        assert tags <= {"svg", "title", "defs", "style", "g", "path", "use", "text", "clipPath", "rect"}
    said = "".join(ElementTree.parse(nasty / "figures" / "f1.svg").getroot().itertext())
    assert "<script>" in said
    assert "東京" in said


def test_no_name_reaches_the_terminal_as_a_command(build):
    assert "\x1b" not in printed(build({NASTY[5]: 0.5}))
    assert "東京" in printed(build({NASTY[5]: 0.5}))


def test_no_cell_is_a_formula(nasty):
    for path in [nasty / "results.csv", *(nasty / "figures").glob("*.csv")]:
        for row in rows_of(path):
            for name in ("row", "strategy", "other", "label", "kind"):
                assert not row.get(name, "").startswith(("=", "+", "-", "@"))
    assert "'=HYPERLINK(1)" in [row["strategy"] for row in rows_of(nasty / "results.csv")]


def test_no_name_becomes_markup_in_markdown(nasty):
    text = (nasty / "report.md").read_text()
    assert not re.search(r"(?<!\\)<", text)
    assert "\n# e" not in text
    assert r"a\|b \`c\` \*d\* \# e" in text


# ---------------------------------------------------------------- the terminal


def printed(comparison, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(table(comparison, width))
    return console.file.getvalue()


def test_the_table_fits_eighty_columns_and_marks_the_best(ordinary):
    text = printed(ordinary)
    assert "silver-then-gold ←" in text
    said = " ".join(text.split())
    assert "60 steps each; ← best on dev; gain: F1 points over gold-only; * p < 0.05 after Holm's" in said
    assert "±" not in text
    assert f"{100 * ordinary['sigmoid'].f1:.1f}" in text


def test_columns_that_would_say_nothing_are_left_out(build):
    text = printed(build({"pooled": 0.7}, seeds=2, dev=False))
    assert "±" in text
    assert "gain" not in text
    assert "←" not in text


def test_at_a_narrow_width_what_matters_less_gives_way_and_nothing_is_cut_in_two(build):
    comparison = build({"gold-only": 0.6, "silver-then-gold": 0.78}, seeds=2)
    wide, narrow = printed(comparison, 200), printed(comparison, 50)
    assert {"P", "R", "time", "silver"} <= set(wide.split("─")[0].split())
    assert "not shown" not in wide
    assert narrow.split("─")[0].split() == ["strategy", "F1", "95", "%", "gain"]
    assert "not shown at this width: time, P, R, ±, silver" in " ".join(narrow.split())
    row = comparison["silver-then-gold"]
    (line,) = [line for line in narrow.splitlines() if line.strip().startswith("silver-then-gold")]
    assert f"{100 * row.f1:.1f}" in line
    assert "–" in line


def test_brackets_in_a_name_are_no_markup(build):
    assert "[bold]x[/bold]" in printed(build({"[bold]x[/bold]": 0.7}))


# ---------------------------------------------------------------- what can go wrong


def test_without_matplotlib_the_extra_is_named(ordinary, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"vermeil\[report\]"):
        report(ordinary, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(small, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="taken"):
        report(small, tmp_path / "taken" / "page.html")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_file_of_another_kind_is_refused(ordinary, tmp_path):
    with pytest.raises(SettingsError, match=r"ends in .html, got .*report.pdf"):
        report(ordinary, tmp_path / "report.pdf")
    with pytest.raises(SettingsError, match="0 or more, got -1"):
        report(ordinary, tmp_path, examples=-1)


def test_a_report_can_be_imported_without_matplotlib():
    code = "import sys, vermeil.report; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
