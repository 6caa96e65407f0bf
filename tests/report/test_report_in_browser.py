"""The report in a real browser: on a phone nothing is wider than the screen, and no name becomes a script."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from hostile.browser import PROGRAM, tab
from hostile.payloads import PAYLOADS

from vermeil.compare import Condition
from vermeil.report import report

if PROGRAM is None:
    pytest.skip("needs Chromium", allow_module_level=True)

from vermeil.execute.loop import wait_for

TOO_WIDE = """
[...document.querySelectorAll("body *")].filter((e) => !e.closest(".scroll, pre")
  && e.getBoundingClientRect().right > window.innerWidth + 1).map((e) => e.tagName + "." + e.className)
"""
HIDDEN_IN_PRINT = """
[...document.querySelectorAll("details table")].filter((e) => e.getBoundingClientRect().height === 0).length
"""


@pytest.fixture(scope="module")
def page():
    stack = AsyncExitStack()
    yield wait_for(stack.enter_async_context(tab()))
    wait_for(stack.aclose())


@pytest.fixture(scope="module")
def gridded_page(gridded, tmp_path_factory):
    return report(gridded, tmp_path_factory.mktemp("grid") / "report.html")


def seen(page, path, width, **media):
    wait_for(
        page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
    )
    wait_for(page.call("Emulation.setEmulatedMedia", **media))
    page.asked.clear()
    wait_for(page.open(path.as_uri()))
    return lambda script: wait_for(page.run(script))


def test_on_a_phone_tables_scroll_and_the_page_does_not(page, gridded_page):
    run = seen(page, gridded_page, 360)
    run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert run(TOO_WIDE) == []
    assert run("document.documentElement.scrollWidth") <= 360
    assert (
        run("Math.min(...[...document.querySelectorAll('svg text')].map((e) => e.getBoundingClientRect().height))") > 8
    )


def test_it_asks_for_nothing_but_itself(page, gridded_page):
    run = seen(page, gridded_page, 1200)
    assert page.asked == [gridded_page.as_uri()]
    assert run("window.stopped") == []


def test_print_opens_what_is_folded_and_cuts_no_table(page, gridded_page):
    run = seen(page, gridded_page, 700, media="print")  # about the width of a page of A4
    assert run(HIDDEN_IN_PRINT) == 0
    assert (
        run("Math.max(...[...document.querySelectorAll('table')].map((e) => e.getBoundingClientRect().right))") <= 700
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_the_page_in_both_themes(page, gridded_page, theme):
    run = seen(page, gridded_page, 1000, features=[{"name": "prefers-color-scheme", "value": theme}])
    light = "(c) => c.match(/[\\d.]+/g).slice(0, 3).map((p) => p / 255)"
    light += ".map((p) => p <= 0.03928 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4)"
    light += ".reduce((sum, p, i) => sum + p * [0.2126, 0.7152, 0.0722][i], 0)"
    colours = "[...document.querySelectorAll('p, a, .mark, .small, figcaption')].map((e) => getComputedStyle(e).color)"
    behind = run(f"({light})(getComputedStyle(document.body).backgroundColor)")
    for value in run(f"[...new Set({colours})].map({light})"):
        assert (max(value, behind) + 0.05) / (min(value, behind) + 0.05) >= 4.5


@pytest.mark.slow
def test_no_name_runs_a_script(page, build, tmp_path):
    small = build({"gold-only": 0.6, "pooled": 0.7}, size=6, steps=2)
    payloads = PAYLOADS[::11]
    rows = tuple(replace(small.rows[1], condition=Condition(name, teacher=name, student=name)) for name in payloads)
    data = {name: {"name": name, "sha256": name} for name in payloads}
    made = {"command": "".join(payloads), "data": data, "settings": {"student": payloads[0], "seeds": [0]}}
    hostile = replace(small, rows=(small.rows[0], *rows), made=made)
    run = seen(page, report(hostile, tmp_path / "report.html", title=payloads[1]), 1200)
    assert run("window.ran") == []
    assert run("document.querySelectorAll('script, img, iframe, object, input, video').length") == 0
